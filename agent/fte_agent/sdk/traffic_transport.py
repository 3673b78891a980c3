"""Lets a `Traffic` stand before an endpoint, below the client and the key's transport."""

import asyncio

import httpx2

from fte_agent.sdk.errors import UnusableAnswer
from fte_agent.sdk.retries import run_ends
from fte_agent.sdk.traffic import Answered, NoAnswer, Traffic, digest

MAX_BYTES = 16 * 1024 * 1024
"""Of a whole answer; the transport above has the bound that counts."""

_KEPT = ("content-type", "retry-after", "retry-after-ms")
_RAISED: dict[NoAnswer, type[Exception]] = {
    NoAnswer.TIMEOUT: httpx2.ReadTimeout,
    NoAnswer.UNAVAILABLE: httpx2.ConnectError,
    NoAnswer.OVER: UnusableAnswer,
}


class TrafficTransport(httpx2.AsyncBaseTransport):
    """Asks ``inner`` through ``traffic``, which gets a request's digest and no header of it, so not the key."""

    def __init__(self, traffic: Traffic, inner: httpx2.AsyncBaseTransport) -> None:
        self._traffic = traffic
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer that the traffic has.

        Raises:
            UnusableAnswer: it has none.
            httpx2.TransportError: nothing came back, now or when it was recorded.
        """
        asked = digest(request.method, request.url.path, await request.aread())
        failed: list[BaseException] = []

        async def ask() -> Answered:
            try:
                return await self._ask(request)
            except (httpx2.TransportError, asyncio.CancelledError) as error:
                failed.append(error)
                return Answered(fault=_fault(error))

        answer = await self._traffic.exchange(asked, ask)
        if failed:
            raise failed[0]
        if answer is None:
            raise UnusableAnswer("the request is not in the recording")
        if answer.fault is not None:
            raise _RAISED[answer.fault]("as it was when it was recorded")
        body = b" " * MAX_BYTES if answer.body is None else answer.body
        return httpx2.Response(answer.status, headers=dict(answer.headers), stream=httpx2.ByteStream(body))

    async def _ask(self, request: httpx2.Request) -> Answered:
        response = await self._inner.handle_async_request(request)
        try:
            body = await _whole(response)
        finally:
            await response.aclose()
        kept = {name: response.headers[name] for name in _KEPT if name in response.headers}
        return Answered(response.status_code, kept, body)

    async def aclose(self) -> None:
        """Close what connections there are."""
        await self._inner.aclose()


def _fault(error: BaseException) -> NoAnswer:
    """What the exception is when it is played again; who cancels a request says that its time or its run's is up."""
    if isinstance(error, asyncio.CancelledError):
        return NoAnswer.TIMEOUT if asyncio.get_running_loop().time() < run_ends.get() else NoAnswer.OVER
    return NoAnswer.TIMEOUT if isinstance(error, httpx2.TimeoutException) else NoAnswer.UNAVAILABLE


async def _whole(response: httpx2.Response) -> bytes | None:
    """All bytes of a body as they came, None where they are too many."""
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > MAX_BYTES:
            return None
    return bytes(body)
