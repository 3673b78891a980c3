"""httplib2 as it must be here: bounded in size and time, cut off when nobody waits, and no request sent twice.

As it comes, httplib2 reads answers of any size, never ends while bytes drip in, and repeats a request, a POST too,
whose connection ended in good order before an answer: a mail would go out twice. It is not thread-safe
(https://googleapis.github.io/google-api-python-client/docs/thread_safety.html), so each thread has its own `Wire`.
"""

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

import httplib2

from fte_runtime.channels.gmail.failures import AnswerTooLarge, Unreachable

SOCKET_SECONDS = 10.0
IDLE_SECONDS = 30.0
"""How long a connection may have been idle and still be used: Google's front ends close them after minutes."""
_CHUNK = 64 * 1024


class Call:
    """One request that somebody waits for.

    ``authorised``: there is a token, what leaves us now is the request itself. ``asked``: it may have left us.
    """

    def __init__(self) -> None:
        self.authorised = False
        self.asked = False
        self.aborted = False
        self.wire: Wire | None = None

    def abort(self) -> None:
        """Nobody waits for it any more: what was not sent is not, and what is being read ends. From any thread."""
        self.aborted = True
        if (wire := self.wire) is not None:
            wire.cut(self)


class Wire:
    """One thread's way to Google, and the call that is under way on it. Answers have at most ``max_bytes``."""

    def __init__(self, max_bytes: int) -> None:
        self.http = _Http(self, max_bytes)
        self.max_bytes = max_bytes
        self.call: Call | None = None
        self._lock = threading.Lock()
        self._used = monotonic()

    @contextmanager
    def during(self, call: Call, *, fresh: bool) -> Iterator[None]:
        """Lend the wire to a call; ``fresh`` asks for a new connection. After an error none is kept."""
        if fresh or monotonic() - self._used > IDLE_SECONDS:
            self.http.close()
        with self._lock:
            self.call, call.wire = call, self
        try:
            yield
        except BaseException:
            self.http.close()
            raise
        finally:
            with self._lock:
                self.call = call.wire = None
            self._used = monotonic()

    def cut(self, call: Call) -> None:
        """End a call's connections while its thread waits on them: only a shutdown wakes it."""
        with self._lock:
            if self.call is not call:
                return
            for connection in list(self.http.connections.values()):
                if (sock := connection.sock) is not None:
                    with suppress(OSError):
                        socket.socket.shutdown(sock, socket.SHUT_RDWR)  # not TLS's own, which is not thread-safe

    def leave(self) -> None:
        """A request is about to leave; raises `Unreachable` when nobody waits for it any more."""
        if self.call is not None:
            self.call.asked = self.call.authorised
            if self.call.aborted:
                raise Unreachable("Aborted")


class _Http(httplib2.Http):  # type: ignore[misc]  # the library has no types
    """httplib2 with connections of ours and without redirects."""

    def __init__(self, wire: Wire, max_bytes: int) -> None:
        super().__init__(timeout=SOCKET_SECONDS, decode_limit_hard=max_bytes)
        self.follow_redirects = False
        plain = type("_Plain", (_Bounded, httplib2.HTTPConnectionWithTimeout), {"wire": wire})
        secure = type("_Secure", (_Bounded, httplib2.HTTPSConnectionWithTimeout), {"wire": wire})
        self._types = {"http": plain, "https": secure}

    def request(self, uri: str, *args: Any, **options: Any) -> Any:
        """As `httplib2.Http.request`."""
        options["connection_type"] = self._types[uri.partition(":")[0]]
        return super().request(uri, *args, **options)


class _Bounded(http.client.HTTPConnection):
    """A connection that says whether a request left it and whose answers are bounded."""

    wire: Wire

    def request(self, *args: Any, **options: Any) -> None:
        """As `http.client.HTTPConnection.request`; raises `Unreachable` when nobody waits any more."""
        self.wire.leave()
        super().request(*args, **options)

    def getresponse(self) -> http.client.HTTPResponse:
        """An end without an answer is a broken connection, which httplib2 does not repeat."""
        try:
            return super().getresponse()
        except (http.client.BadStatusLine, http.client.ResponseNotReady) as error:
            raise ConnectionResetError("the connection ended before an answer") from error

    def response_class(self, sock: socket.socket, **options: Any) -> "_Response":  # type: ignore[override]
        """Makes the answer of a request."""
        response = _Response(sock, **options)
        response.wire = self.wire
        return response


class _Response(http.client.HTTPResponse):
    """An answer that is read whole, and only within the wire's limit."""

    wire: Wire

    def read(self, amt: int | None = None) -> bytes:
        """The body; raises `AnswerTooLarge` and `http.client.IncompleteRead`."""
        if amt is not None:
            return super().read(amt)
        body = bytearray()
        while chunk := self.read1(_CHUNK):
            body += chunk
            if len(body) > self.wire.max_bytes:
                raise AnswerTooLarge
        if self.length:
            raise http.client.IncompleteRead(bytes(body), self.length)
        self.close()
        return bytes(body)
