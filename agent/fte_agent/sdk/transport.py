"""How a request leaves and an answer comes in: nothing from the environment, one key, a bound in bytes."""

import asyncio
from collections.abc import Callable

import httpx2

from fte_agent.sdk.answers import examine
from fte_agent.sdk.errors import UnusableAnswer
from fte_agent.sdk.retries import run_ends
from fte_agent.sdk.traffic import Answered, NoAnswer, Traffic, digest

MAX_ANSWER_BYTES = 1024 * 1024
"""Of a whole answer; the longest reply has 8,000 characters."""

_SENT = ("host", "accept", "content-type", "content-length", "user-agent")
_KEPT = ("content-type", "retry-after", "retry-after-ms", "x-request-id")


class EndpointTransport(httpx2.AsyncBaseTransport):
    """Puts the key on a request on its way out, where no error of the client has it, and reads the whole answer.

    The client takes headers, an organisation and a project from the environment; what is not listed stays here.
    Compressed bodies are not asked for and never unpacked, so they are no answers. ``traffic`` stands before the
    endpoint, without the key.
    """

    def __init__(
        self,
        api_key: str,
        inner: httpx2.AsyncBaseTransport,
        examined: Callable[[bytes], None] = examine,
        traffic: Traffic | None = None,
    ) -> None:
        self._authorization = f"Bearer {api_key}"
        self._inner = inner
        self._examine = examined
        self._traffic = traffic

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, examined where it is one; of an error that is too long, its status alone.

        Raises:
            UnusableAnswer, FailedAnswer, CutAnswer: as `examine` says, or the answer is too long.
        """
        answer = await (self._ask(request) if self._traffic is None else self._told(request, self._traffic))
        if 200 <= answer.status < 300:
            if answer.body is None:
                raise UnusableAnswer("the answer is too long")
            self._examine(answer.body)
        return httpx2.Response(answer.status, headers=dict(answer.headers), content=answer.body or b"")

    async def _ask(self, request: httpx2.Request) -> Answered:
        headers = {name: request.headers[name] for name in _SENT if name in request.headers}
        headers |= {"authorization": self._authorization, "accept-encoding": "identity"}
        sent = httpx2.Request(
            request.method, request.url, headers=headers, stream=request.stream, extensions=request.extensions
        )
        response = await self._inner.handle_async_request(sent)
        try:
            body = await _whole(response)
        finally:
            await response.aclose()
        kept = {name: response.headers[name] for name in _KEPT if name in response.headers}
        return Answered(response.status_code, kept, body)

    async def _told(self, request: httpx2.Request, traffic: Traffic) -> Answered:
        asked = digest(request.method, request.url.path, await request.aread())
        failed: list[BaseException] = []

        async def ask() -> Answered:
            try:
                return await self._ask(request)
            except (httpx2.TransportError, asyncio.CancelledError) as error:
                failed.append(error)
                return Answered(fault=_fault(error))

        answer = await traffic.exchange(asked, ask)
        if failed:
            raise failed[0]
        if answer is None:
            raise UnusableAnswer("the request is not in the recording")
        if answer.fault is not None:
            raise _FAULTS[answer.fault]("as it was recorded")
        return answer

    async def aclose(self) -> None:
        """Close what connections there are."""
        await self._inner.aclose()


async def _whole(response: httpx2.Response) -> bytes | None:
    """All bytes of a body as they came, None where they are too many."""
    parts, size = [], 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


_FAULTS: dict[NoAnswer, type[Exception]] = {
    NoAnswer.TIMEOUT: httpx2.ReadTimeout,
    NoAnswer.UNAVAILABLE: httpx2.ConnectError,
    NoAnswer.OVER: UnusableAnswer,
}


def _fault(error: BaseException) -> NoAnswer:
    """What an exception is when it is played again; who cancels a request means its time or that of its run."""
    if isinstance(error, asyncio.CancelledError):
        return NoAnswer.TIMEOUT if asyncio.get_running_loop().time() < run_ends.get() else NoAnswer.OVER
    return NoAnswer.TIMEOUT if isinstance(error, httpx2.TimeoutException) else NoAnswer.UNAVAILABLE
