"""Orders to a double that runs as its own process: JSON posted to ``/_double/…``, without credentials."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web
from doubles.twilio.inbound import Inbound
from doubles.twilio.misbehaviour import Rule

if TYPE_CHECKING:
    from doubles.twilio.double import TwilioDouble


class Control:
    """Each order is a method of the double; the answer is JSON.

    ``inbound``: an `Inbound`. ``again``: {sid}. ``console``: {to, body, statuses?}. ``report``: {sid, statuses}.
    ``script``: a list of rules, in place of those left. ``account``: {auth_token?, statuses?, webhook?}.
    """

    def __init__(self, double: "TwilioDouble") -> None:
        self._double = double

    def routes(self) -> list[web.RouteDef]:
        orders: dict[str, Callable[[Any], Awaitable[Any]]] = {
            "inbound": self._inbound,
            "again": self._again,
            "console": self._console,
            "report": self._report,
            "script": self._script,
            "account": self._account,
        }
        return [web.post(f"/_double/{name}", _json(order)) for name, order in orders.items()]

    async def _inbound(self, order: dict[str, Any]) -> Any:
        return asdict(await self._double.receive(Inbound.of(order)))

    async def _again(self, order: dict[str, Any]) -> Any:
        return asdict(await self._double.receive_again(order["sid"]))

    async def _console(self, order: dict[str, Any]) -> Any:
        statuses = tuple(order["statuses"]) if "statuses" in order else None
        return {"sid": self._double.write_from_console(order["to"], order["body"], statuses=statuses)}

    async def _report(self, order: dict[str, Any]) -> Any:
        return [asdict(outcome) for outcome in await self._double.report(order["sid"], *order["statuses"])]

    async def _script(self, rules: list[dict[str, Any]]) -> Any:
        self._double.script.replace([Rule.of(rule) for rule in rules])
        return {}

    async def _account(self, order: dict[str, Any]) -> Any:
        account = self._double.account
        account.auth_token = order.get("auth_token", account.auth_token)
        account.statuses = tuple(order.get("statuses", account.statuses))
        account.senders[0].webhook |= order.get("webhook", {})
        return {}


def _json(order: Callable[[Any], Awaitable[Any]]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.json_response(await order(await request.json()))

    return handle
