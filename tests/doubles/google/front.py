"""What every route shares: who asks, what it may cost, what the script makes of it, how errors look, what is noted.

Served by aiohttp because a rule may cut the connection itself, and aiohttp hands out its transport.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from doubles.google.identities import Identities
from doubles.google.journal import Journal
from doubles.google.mailboxes import Mailbox
from doubles.google.misbehaviour import Rule, Script
from doubles.google.paging import LARGEST
from doubles.google.quota import Quota
from doubles.google.refusals import INSUFFICIENT, UNAUTHENTICATED, Denial, Refusal, Refused
from doubles.google.scopes import ALLOWED

RST = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: close discards what is under way and resets
HTML = "<!DOCTYPE html><html><title>Error 502 (Server Error)!!1</title></html>"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


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
        if 300 <= refused.refusal.status < 400:
            headers["Location"] = str(request.url.origin() / "elsewhere")
        if isinstance(refused.refusal, Refusal) and refused.refusal.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
        return web.json_response(refused.refusal.body(), status=refused.refusal.status, headers=headers)
    except Cut:
        return web.Response()


@dataclass(slots=True)
class Front:
    """``closing`` is set when the server ends, so that connections kept hanging end, too. ``largest`` bounds each page.

    A request that has arrived is served to its end though its client has gone: that is the provider's way.
    """

    identities: Identities
    mailboxes: dict[str, Mailbox]
    script: Script
    journal: Journal
    quota: Quota
    token_urls: list[str] = field(default_factory=list)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    largest: int = LARGEST

    def enter(self, operation: str, request: web.Request, params: Mapping[str, Any], mailbox: str = "") -> Rule:
        """The rule for a request that anybody may make, which is noted."""
        rule = self.script.take(operation, f"{request.path} {json.dumps(dict(params))}")
        decision = "answered" if rule.status is None else f"refused {rule.status} {rule.reason}"
        told = {"operation": operation, "path": request.path, "params": dict(params), "mailbox": mailbox}
        self.journal.write("request", **told, decision=rule.cut or decision)
        return rule

    def admit(self, operation: str, request: web.Request, params: Mapping[str, Any]) -> tuple[Mailbox, Rule]:
        """The mailbox and the rule for a request with a token that allows it; raises `Refused` for others."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        access = self.identities.access(token) if kind == "Bearer" else None
        if access is None:
            self._refuse(operation, request, params, UNAUTHENTICATED)
        user = request.match_info["user"]
        if user not in ("me", access.mailbox):
            self._refuse(operation, request, params, Refusal(403, "forbidden", f"Delegation denied for {user}"))
        if not access.scopes & ALLOWED[operation]:
            self._refuse(operation, request, params, INSUFFICIENT)
        if (exceeded := self.quota.take(access.mailbox, operation)) is not None:
            self._refuse(operation, request, params, exceeded)
        return self.mailboxes[access.mailbox], self.enter(operation, request, params, access.mailbox)

    async def misbehave(self, request: web.Request, rule: Rule) -> None:
        """Be late, refuse, or cut; returns when an ordinary answer is due."""
        await asyncio.sleep(rule.delay)
        if rule.page:
            raise web.HTTPBadGateway(text=HTML, content_type="text/html")
        if rule.status is not None:
            form: type[Refusal | Denial] = Denial if request.path == "/token" else Refusal
            raise Refused(form(rule.status, rule.reason, rule.message, rule.retry_after))
        if rule.cut is None:
            return
        if rule.cut == "hang":
            await self.closing.wait()
        if request.transport is not None:
            if rule.cut == "close":
                request.transport.close()
            else:
                request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
                request.transport.abort()
        raise Cut

    async def answer(
        self,
        request: web.Request,
        body: Mapping[str, Any],
        rule: Rule,
        headers: Mapping[str, str] | None = None,
        *,
        status: int = 200,
    ) -> web.StreamResponse:
        """JSON, as large and as slow as the rule says."""
        text = json.dumps(dict(body)).encode() + b" " * rule.padding
        told = {"Content-Type": "application/json; charset=UTF-8"} | dict(headers or {})
        response = web.StreamResponse(status=status, headers=told)
        response.content_length = len(text)
        await response.prepare(request)
        while rule.drip and text and not self.closing.is_set():
            await response.write(text[:1])
            text = text[1:]
            await asyncio.sleep(rule.drip)
        await response.write(text)
        if rule.goodbye and request.transport is not None:
            await response.write_eof()
            request.transport.close()
        return response

    def _refuse(self, operation: str, request: web.Request, params: Mapping[str, Any], refusal: Refusal) -> Any:
        decision = f"refused {refusal.status} {refusal.reason}"
        told = {"operation": operation, "path": request.path, "params": dict(params), "mailbox": ""}
        self.journal.write("request", **told, decision=decision)
        raise Refused(refusal)
