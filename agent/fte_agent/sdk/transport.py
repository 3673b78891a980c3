"""How a request leaves and an answer comes in: nothing from the environment, one key, a bound in bytes."""

from collections.abc import Callable

import httpx2

from fte_agent.sdk.answers import examine
from fte_agent.sdk.errors import UnusableAnswer
from fte_agent.sdk.payment import paid
from fte_agent.turn.purse import UNPRICED, Tariff

MAX_ANSWER_BYTES = 1024 * 1024
"""Of a whole answer of a model; the longest reply has 8,000 characters."""

_SENT = ("host", "accept", "content-type", "content-length", "user-agent")
_KEPT = ("content-type", "retry-after", "retry-after-ms", "x-request-id")


class EndpointTransport(httpx2.AsyncBaseTransport):
    """Puts the key on a request on its way out, where no error of the client has it, and reads the whole answer.

    The client takes headers, an organisation and a project from the environment; what is not listed stays here.
    Compressed bodies are not asked for and never unpacked, so they are no answers. The turn in which a request is made
    pays for it by the ``tariff``.
    """

    def __init__(
        self,
        api_key: str,
        inner: httpx2.AsyncBaseTransport,
        examined: Callable[[bytes], None] = examine,
        tariff: Tariff = UNPRICED,
        longest: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._authorization = f"Bearer {api_key}"
        self._inner = inner
        self._examine = examined
        self._tariff = tariff
        self._longest = longest

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, examined where it is one; of an error that is too long, its status alone.

        Raises:
            UnusableAnswer, FailedAnswer, CutAnswer: as `examine` says, or the answer is too long.
            Unpaid: the turn that runs here cannot pay for it; it was not sent.
        """
        async with paid(request, self._tariff) as used:
            return await self._exchange(request, used)

    async def _exchange(self, request: httpx2.Request, used: Callable[[int, bytes | None], None]) -> httpx2.Response:
        headers = {name: request.headers[name] for name in _SENT if name in request.headers}
        headers |= {"authorization": self._authorization, "accept-encoding": "identity"}
        sent = httpx2.Request(
            request.method, request.url, headers=headers, stream=request.stream, extensions=request.extensions
        )
        response = await self._inner.handle_async_request(sent)
        try:
            body = await _whole(response, self._longest)
        finally:
            await response.aclose()
        used(response.status_code, body)
        if response.is_success:
            if body is None:
                raise UnusableAnswer("the answer is too long")
            self._examine(body)
        kept = {name: response.headers[name] for name in _KEPT if name in response.headers}
        return httpx2.Response(response.status_code, headers=kept, content=body or b"")

    async def aclose(self) -> None:
        """Close what connections there are."""
        await self._inner.aclose()


async def _whole(response: httpx2.Response, longest: int) -> bytes | None:
    """All bytes of a body as they came, None where they are too many."""
    parts, size = [], 0
    async for part in response.aiter_raw():
        size += len(part)
        if size > longest:
            return None
        parts.append(part)
    return b"".join(parts)
