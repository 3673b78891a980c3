"""uvicorn's protocol behind a guard: a connection that does not get on is closed, whoever opened it.

uvicorn bounds neither the head of a request nor the time it takes (https://www.uvicorn.org/settings/), and its parser
copies an endless header again with every piece: one connection could stop a pod, and so could idle ones in number.
It also parses and keeps every request that is sent before the answer to the last one. What one connection holds here
is one request, so what all of them hold is that times their number.
"""

import asyncio
import json
import math
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 16 * 1024
"""Of what is no body in one request: request line, headers, chunks' sizes and extensions, trailers.

RFC 9110 §5.4 leaves the limit to the server.
"""

MAX_HEADERS = 100
"""In one request, trailers among them: an empty one of 5 bytes takes over 100 once it is parsed."""

_CHUNK_BYTES = 16
"""What a chunk counts besides its bytes: what is tiny costs as much time as what is large."""

HEAD_SECONDS = 10.0
"""From the connection, or the answer before, until the next head is complete."""

REQUEST_SECONDS = 20.0
"""From its head until a request is complete; a route that reads a body has a shorter limit of its own."""

UNREAD_SECONDS = 20.0
"""How long an answer may wait for a visitor who does not read it."""

_PIECE = 4096
"""The parser is given so many bytes at a time: a limit is passed by no more than they hold."""


def _answer(status: str, field: str, code: str, message: str) -> bytes:
    """A problem as every surface tells it (RFC 9457), on a connection that ends with it."""
    number, _, title = status.partition(" ")
    errors = [{"field": field, "code": code, "message": message}]
    body = json.dumps({"type": "about:blank", "title": title, "status": int(number), "errors": errors}).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncontent-length: {len(body)}\r\n"
    return head.encode() + b"connection: close\r\n\r\n" + body


_BOUND = (
    f"must have at most {MAX_HEAD_BYTES} bytes, each chunk counted with {_CHUNK_BYTES} more, "
    f"and be at most {MAX_HEADERS}"
)
TOO_LARGE = _answer("431 Request Header Fields Too Large", "headers", "too_large", _BOUND)
TOO_SLOW = _answer("408 Request Timeout", "headers", "too_slow", f"must arrive within {HEAD_SECONDS:g} s")
MALFORMED = _answer("400 Bad Request", "request", "malformed", "must be HTTP/1.1")


class ReadNoFurther(Exception):
    """Stops the parser where it is: what follows on this connection is not wanted."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection. ``waiting`` are all of this server that wait for their visitor, the longest first.

    Beyond ``most`` connections the first of those makes room for the next: who opens a connection and says nothing,
    does not end, or has had an answer keeps nobody out. Where every connection is at work, uvicorn's own limit
    answers 503.
    """

    most: int
    waiting: "dict[GuardedProtocol, None]"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, in the place of one that waits where there is no other."""
        self._framing = 0
        self._deaf = False
        self._in_body = False
        self._unread_since = math.inf
        self.headers = []
        super().connection_made(cast(asyncio.Transport, transport))
        self._wait()
        oldest = next(iter(self.waiting))
        if len(self.connections) > self.most and oldest is not self:
            del self.waiting[oldest]  # it is lost a little later, and the next one must not count on it again
            self.connections.discard(oldest)
            oldest.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self.waiting.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, until the request has too much that is no body, or another one comes too early."""
        if self._deaf:  # read and dropped: left where it is, it would fill the kernel's memory, which is the pod's, too
            self._framing += len(data)
            if self._framing > MAX_HEAD_BYTES:
                self.transport.abort()
            return
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            self._framing += len(piece)
            super().data_received(piece)
            if self._deaf or self.transport.is_closing():
                return
            if self._framing > MAX_HEAD_BYTES or len(self.headers) > MAX_HEADERS:
                self._end(TOO_LARGE)
                return

    def on_message_begin(self) -> None:
        """The next request. Before the answer to the last one it is not read, and the connection ends with that answer.

        A server may close then, and who sent them sends again what was not answered (RFC 9112 §9.3.2).
        """
        if self.cycle is not None and not self.cycle.response_complete:
            self._deaf, self.cycle.keep_alive = True, False
            raise ReadNoFurther
        super().on_message_begin()

    def on_chunk_header(self) -> None:
        """One more chunk."""
        self._framing += _CHUNK_BYTES

    def on_headers_complete(self) -> None:
        """The head is there in time; one of too many headers is answered here and goes no further."""
        if len(self.headers) > MAX_HEADERS:
            self._end(TOO_LARGE)
            raise ReadNoFurther
        self._deadline = self.loop.time() + REQUEST_SECONDS
        self.scope["headers"] = list(self.headers)  # trailers are added later, and are no headers (RFC 9110 §6.5.1)
        self._in_body = True
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Only what is no body counts."""
        self._framing -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The visitor did their part. What comes now is the next request."""
        self._framing, self._deadline, self._in_body = 0, math.inf, False
        self.waiting.pop(self, None)
        super().on_message_complete()
        if self.cycle.response_complete:  # answered before it was read
            self._wait()

    def on_response_complete(self) -> None:
        """It is the visitor's turn again, unless they have not done asking."""
        if self._deadline == math.inf and not self.transport.is_closing():
            self._wait()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP, told like every other problem; the parser stopped by `ReadNoFurther` is none."""
        if not self._deaf:
            self._end(MALFORMED)

    def look(self, now: float) -> None:
        """End what is overdue at ``now``, in the loop's time: a request, or an answer that nobody reads."""
        if self.transport.get_write_buffer_size() == 0:
            self._unread_since = math.inf
        else:
            self._unread_since = min(self._unread_since, now)
        if now - self._unread_since > UNREAD_SECONDS:
            self.transport.abort()
        elif now > self._deadline:
            self._end(TOO_SLOW if self._framing else b"")

    def _wait(self) -> None:
        self._deadline = self.loop.time() + HEAD_SECONDS
        self.waiting[self] = None

    def _end(self, answer: bytes) -> None:
        """Close with ``answer``, or without where the request has one: a second would be read as the next one's."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.abort()
        elif not self.transport.is_closing():
            if not self._in_body:  # else it was answered before it was read
                self.transport.write(answer)
            self.transport.close()


def guarded(most: int) -> type[GuardedProtocol]:
    """The protocol of one server that holds at ``most`` so many connections."""
    shared: dict[str, Any] = {"most": most, "waiting": {}}
    return type("GuardedProtocol", (GuardedProtocol,), shared)
