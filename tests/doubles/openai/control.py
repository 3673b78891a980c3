"""Orders to a double that runs as its own process: JSON posted to ``/_double/…``, without credentials."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web
from doubles.openai.conversation import Answer
from doubles.openai.misbehaviour import Rule
from doubles.openai.parameters import Capabilities

if TYPE_CHECKING:
    from doubles.openai.double import OpenAIDouble


class Control:
    """Each order changes the double; the answer is JSON.

    ``script``: a list of rules, in place of those left. ``plan``: {about?, answers: a list of `Answer`}. ``forget``:
    every plan. ``keys``: the list of good ones. ``able``: `Capabilities` that change.
    """

    def __init__(self, double: "OpenAIDouble") -> None:
        self._double = double

    def routes(self) -> list[web.RouteDef]:
        orders: dict[str, Callable[[Any], None]] = {
            "script": self._script,
            "plan": self._plan,
            "forget": self._forget,
            "keys": self._keys,
            "able": self._able,
        }
        return [web.post(f"/_double/{name}", _json(order)) for name, order in orders.items()]

    def _script(self, rules: list[dict[str, Any]]) -> None:
        self._double.script.replace([Rule.of(rule) for rule in rules])

    def _plan(self, order: dict[str, Any]) -> None:
        self._double.mind.plan(*map(Answer.of, order["answers"]), about=order.get("about", ""))

    def _forget(self, _: Any) -> None:
        self._double.mind.forget()

    def _keys(self, keys: list[str]) -> None:
        self._double.keys.clear()
        self._double.keys.update(keys)

    def _able(self, changes: dict[str, bool]) -> None:
        self._double.host.able = Capabilities(**asdict(self._double.host.able) | changes)


def _json(order: Callable[[Any], None]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        order(await request.json())
        return web.json_response({})

    return handle
