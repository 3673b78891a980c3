"""Orders to a double that runs as its own process: JSON posted to ``/_double/…``, without credentials."""

from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web
from doubles.google.misbehaviour import Rule
from doubles.google.pubsub import Order, Subscription

if TYPE_CHECKING:
    from doubles.google.double import GoogleDouble

NO_ORDER: dict[str, Any] = {}


class Control:
    """Each order is a method of the double; the answer is JSON.

    ``deliver``: {mailbox?, raw (base64), labels?, date?, hidden_gets?, hidden_lists?, author?, push?: an `Order`}.
    ``push``: {mailbox?, push?: an `Order`}. ``label``: {mailbox?, id, add?, remove?}. ``delete``: {mailbox?, id}.
    ``script``: a list of rules, in place of those left. ``forget``: {history?: mailbox, tokens?: true}.
    ``subscription``: a `Subscription`. ``rotate``: {name}. ``revoke``: {mailbox}. ``message_ids``: {mailbox?, value}.
    ``pages``: {largest}. ``quota``: {per_minute}.
    """

    def __init__(self, double: "GoogleDouble") -> None:
        self._double = double

    def routes(self) -> list[web.RouteDef]:
        orders: dict[str, Callable[[Any], Awaitable[Any]]] = {
            "deliver": self._deliver,
            "push": self._push,
            "label": self._label,
            "delete": self._delete,
            "script": self._script,
            "forget": self._forget,
            "subscription": self._subscription,
            "rotate": self._rotate,
            "revoke": self._revoke,
            "message_ids": self._message_ids,
            "pages": self._pages,
            "quota": self._quota,
        }
        return [web.post(f"/_double/{name}", _json(order)) for name, order in orders.items()]

    async def _deliver(self, order: dict[str, Any]) -> Any:
        told = order | {"raw": b64decode(order["raw"]), "push": Order(**order.get("push", NO_ORDER))}
        return self._double.deliver(**told).short()

    async def _push(self, order: dict[str, Any]) -> Any:
        self._double.push(Order(**order.get("push", NO_ORDER)), mailbox=order.get("mailbox"))
        return {}

    async def _label(self, order: dict[str, Any]) -> Any:
        told = {name: order.get(name, ()) for name in ("add", "remove")}
        return self._double.label(order["id"], mailbox=order.get("mailbox"), **told).short()

    async def _delete(self, order: dict[str, Any]) -> Any:
        return self._double.delete(order["id"], mailbox=order.get("mailbox")).short()

    async def _script(self, rules: list[dict[str, Any]]) -> Any:
        self._double.script.replace([Rule.of(rule) for rule in rules])
        return {}

    async def _forget(self, order: dict[str, Any]) -> Any:
        if order.get("tokens"):
            self._double.identities.forget_tokens()
        if "history" in order:
            self._double.mailboxes[order["history"]].forget_history()
        return {}

    async def _subscription(self, order: dict[str, Any]) -> Any:
        self._double.pubsub.subscription = Subscription(**order)
        return {}

    async def _rotate(self, order: dict[str, Any]) -> Any:
        return {"kid": self._double.certs.rotate(order["name"]).kid}

    async def _revoke(self, order: dict[str, Any]) -> Any:
        for consent in self._double.identities.consents:
            consent.revoked = consent.revoked or consent.mailbox == order["mailbox"]
        return {}

    async def _message_ids(self, order: dict[str, Any]) -> Any:
        self._double.mailbox(order.get("mailbox")).message_ids = order["value"]
        return {}

    async def _pages(self, order: dict[str, Any]) -> Any:
        self._double.shorten_pages(order["largest"])
        return {}

    async def _quota(self, order: dict[str, Any]) -> Any:
        self._double.quota.per_minute = order["per_minute"]
        return {}


def _json(order: Callable[[Any], Awaitable[Any]]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.json_response(await order(await request.json()))

    return handle
