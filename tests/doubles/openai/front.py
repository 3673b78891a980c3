"""What every route shares: who asks, what the script makes of it, how errors look, what is noted.

Served by aiohttp because a rule may cut the connection itself, and aiohttp hands out its transport.
"""

import asyncio
import gzip
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiohttp import web
from doubles.openai.journal import Journal, key_mark
from doubles.openai.misbehaviour import Rule, Script
from doubles.openai.refusals import INVALID, NO_JSON, NO_KEY, TYPES, Refusal, Refused, no_route, wrong_key

RST = struct.pack("ii", 1, 0)  # SO_LINGER of 0 s: close discards what is under way and resets
JSON = "application/json"
QUOTA = "insufficient_quota"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Cut(Exception):
    """The connection is gone; there is nobody to answer."""


class Sent(Exception):
    """The answer has left."""

    def __init__(self, response: web.StreamResponse) -> None:
        super().__init__("sent")
        self.response = response


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The vendor's JSON form of an error, ``Retry-After`` where one was scripted."""
    try:
        return await handler(request)
    except Refused as refused:
        after = refused.refusal.retry_after
        headers = {"x-request-id": f"req_{uuid4().hex}"} | ({} if after is None else {"Retry-After": after})
        return web.json_response(refused.refusal.body(), status=refused.refusal.status, headers=headers)
    except web.HTTPNotFound:
        return web.json_response(no_route(request.method, request.path).body(), status=404)
    except Sent as sent:
        return sent.response
    except Cut:
        return web.Response()


@dataclass(slots=True)
class Front:
    """``keys`` are those that are good. ``closing`` is set when the server ends, so that hanging connections end, too.

    A request that has arrived is served to its end though its client has gone: that is the provider's way.
    """

    keys: set[str]
    script: Script
    journal: Journal
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def enter(self, operation: str, request: web.Request) -> tuple[dict[str, Any], Rule]:
        """The body and the rule for a request of somebody with a good key; raises `Refused` for others.

        What a rule does happens first: something that stands before a provider knows no keys.
        """
        text = (await request.read()).decode("utf-8", "replace")
        rule = self.script.take(operation, text)
        body = self._body(request, text)
        await asyncio.sleep(rule.delay)
        if not rule.answers:
            self.note(operation, request, body, decision_of(rule))
            await self._misbehave(request, rule, text)
        refusal = self._stranger(request) or (NO_JSON if body is None else None)
        if refusal is not None or body is None:
            self.refuse(operation, request, body, refusal or NO_JSON)
        return body, rule

    def refuse(self, operation: str, request: web.Request, body: Any, refusal: Refusal) -> Any:
        self.note(operation, request, body, f"refused {refusal.status} {refusal.code}")
        raise Refused(refusal)

    def note(self, operation: str, request: web.Request, body: Any, decision: str) -> None:
        told = {"operation": operation, "path": request.path, "key": key_mark(_key(request)), "body": body}
        headers = sorted(name.lower() for name in request.headers)
        self.journal.write("request", **told, headers=headers, decision=decision)

    async def send(
        self, request: web.Request, text: str, rule: Rule, *, content_type: str = JSON, status: int = 200
    ) -> web.StreamResponse:
        """An answer, as large, as slow and as whole as the rule says."""
        raw = text.encode("utf-8", "surrogatepass") + b" " * rule.padding
        headers = {"Content-Type": rule.content_type or content_type, "x-request-id": f"req_{uuid4().hex}"}
        if rule.retry_after is not None:
            headers["Retry-After"] = rule.retry_after
        if rule.location is not None:
            headers["Location"] = rule.location
        if rule.gzip:
            raw, headers["Content-Encoding"] = gzip.compress(raw), "gzip"
        response = web.StreamResponse(status=status, headers=headers)
        response.content_length = len(raw)
        await response.prepare(request)
        if rule.cut == "half":
            await response.write(raw[: len(raw) // 2])
            self._reset(request)
        while rule.drip and raw and not self.closing.is_set():
            await response.write(raw[:1])
            raw = raw[1:]
            await asyncio.sleep(rule.drip)
        await response.write(raw)
        return response

    def _body(self, request: web.Request, text: str) -> dict[str, Any] | None:
        if request.method == "GET":
            return {}
        try:
            body = json.loads(text)
        except ValueError:
            return None
        return body if isinstance(body, dict) else None

    def _stranger(self, request: web.Request) -> Refusal | None:
        key = _key(request)
        if not key:
            return NO_KEY
        return None if key in self.keys else wrong_key(key)

    async def _misbehave(self, request: web.Request, rule: Rule, text: str) -> None:
        """Refuse, cut, or send what is no answer."""
        if rule.cut == "hang":
            await self.closing.wait()
        if rule.cut == "close" and request.transport is not None:
            request.transport.close()
            raise Cut
        if rule.cut in ("hang", "reset"):
            self._reset(request)
        status = rule.status or 200
        kind = rule.type or (
            QUOTA if rule.code == QUOTA else TYPES.get(status, "server_error" if status >= 500 else INVALID)
        )
        echo = f" {request.headers.get('Authorization')} {text}" if rule.echo else ""
        refusal = Refusal(status, rule.message + echo, rule.code, type=kind)
        said = json.dumps(refusal.body()) if rule.body is None else rule.body + echo
        raise Sent(await self.send(request, said, rule, status=status))

    def _reset(self, request: web.Request) -> None:
        if request.transport is not None:
            request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
            request.transport.abort()
        raise Cut


def _key(request: web.Request) -> str:
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    return key if kind == "Bearer" else ""


def decision_of(rule: Rule) -> str:
    """The word in the journal: ``answered``, ``hang``, ``reset``, ``body``, ``refused 429 rate_limit_exceeded``."""
    if rule.status is not None:
        return f"refused {rule.status} {rule.code}"
    if rule.body is not None:
        return "body"
    return rule.cut or "answered"
