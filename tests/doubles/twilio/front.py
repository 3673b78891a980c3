"""What every route of the REST API shares: who asks, what the script makes of it, how errors look, what is noted.

Served by aiohttp because a rule may cut the connection itself, and aiohttp hands out its transport.
Errors: https://www.twilio.com/docs/usage/twilios-response#exceptions.
"""

import asyncio
import socket
import struct
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web
from doubles.twilio.account import Account
from doubles.twilio.checks import Refusal
from doubles.twilio.journal import Journal
from doubles.twilio.misbehaviour import Rule, Script

NOT_FOUND = Refusal(404, 20404, "The requested resource was not found")
UNAUTHENTICATED = Refusal(401, 20003, "Authenticate")
RST = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: close discards what is under way and resets

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """The request ends with this error."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class Cut(Exception):
    """The connection is gone; there is nobody to answer."""


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The vendor's JSON form of an error, ``Retry-After`` where one was scripted."""
    try:
        return await handler(request)
    except Refused as refused:
        seconds = refused.refusal.retry_after
        headers = {} if seconds is None else {"Retry-After": str(seconds)}
        return web.json_response(refused.refusal.body(), status=refused.refusal.status, headers=headers)
    except Cut:
        return web.Response()


@dataclass(slots=True)
class Front:
    """``closing`` is set when the server ends, so that connections kept hanging end, too.

    A request that has arrived is served to its end though its client has gone: that is the provider's way.
    """

    account: Account
    script: Script
    journal: Journal
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def admit(self, operation: str, request: web.Request, params: Mapping[str, str]) -> Rule:
        """The rule for a request of somebody who knows the token; raises `Refused` for others."""
        known = b64encode(f"{self.account.sid}:{self.account.auth_token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {known}":
            self.refuse(request, params, UNAUTHENTICATED)
        if request.match_info.get("account", self.account.sid) != self.account.sid:
            self.refuse(request, params, NOT_FOUND)
        return self.script.take(operation, params)

    async def enter(self, operation: str, request: web.Request, params: Mapping[str, str]) -> None:
        """Admit a request that takes nothing, note it, and misbehave as scripted."""
        rule = self.admit(operation, request, params)
        self.note(request, params, decision_of(rule))
        await self.misbehave(request, rule)

    async def misbehave(self, request: web.Request, rule: Rule) -> None:
        """Be late, refuse, or cut; returns when an ordinary answer is due."""
        await asyncio.sleep(rule.delay)
        if rule.status is not None:
            raise Refused(Refusal(rule.status, rule.code or rule.status, rule.message, rule.retry_after))
        if rule.cut is None:
            return
        if rule.cut == "hang":
            await self.closing.wait()
        if request.transport is not None:
            request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
            request.transport.abort()
        raise Cut

    def refuse(self, request: web.Request, params: Mapping[str, str], refusal: Refusal) -> None:
        self.note(request, params, f"refused {refusal.status} {refusal.code}")
        raise Refused(refusal)

    def note(self, request: web.Request, params: Mapping[str, str], decision: str, sid: str | None = None) -> None:
        told = {"method": request.method, "path": request.path, "params": dict(params)}
        self.journal.write("request", **told, decision=decision, sid=sid)


def decision_of(rule: Rule) -> str:
    """The word in the journal: ``answered``, ``hang``, ``reset``, ``refused 429 20429``."""
    if rule.status is not None:
        return f"refused {rule.status} {rule.code or rule.status}"
    return rule.cut or "answered"
