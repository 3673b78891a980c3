"""The `Embedder` port on an endpoint that speaks OpenAI's embeddings API.

https://developers.openai.com/api/reference/resources/embeddings/methods/create
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import openai
from openai.types import CreateEmbeddingResponse

from fte_agent.domain.knowledge import EmbeddingUsage
from fte_agent.errors import EmbeddingFailed
from fte_agent.sdk.embedding_answers import examine_embeddings, takes_no_dimensions, tokens_of, unit_vectors
from fte_agent.sdk.endpoint import Endpoint, open_client
from fte_agent.sdk.errors import UnusableAnswer, model_failed
from fte_agent.sdk.retries import PASSES, asked_wait, run_ends, wait_seconds
from fte_agent.text.cleaning import storable

MAX_TEXTS = 256
MAX_CHARS = 200_000
"""Of the texts of one request: the API takes 300,000 tokens, and few languages have more tokens than characters."""

MAX_TEXT_CHARS = 8000
"""What is embedded of a text: the API takes 8,192 tokens of each."""

_NUMBER_BYTES = 32
"""The longest way to write one number of a vector."""

Spent = Callable[[EmbeddingUsage], Awaitable[None]]


async def _unpriced(_: EmbeddingUsage) -> None:
    return None


@dataclass(frozen=True, slots=True)
class EmbeddingEndpoint:
    """Where an embedder is and how it is asked. ``base_url`` ends before ``/embeddings``.

    ``request_timeout_seconds`` bounds each request, ``timeout_seconds`` all requests for the texts of one request with
    the waits between them, ``retries`` the further ones.
    """

    base_url: str
    api_key: str = field(repr=False)
    model: str
    dimensions: int
    request_timeout_seconds: float = 15.0
    timeout_seconds: float = 20.0
    retries: int = 2

    @property
    def reached(self) -> Endpoint:
        """As the client takes it; raises ``ValueError`` as `Endpoint` does."""
        return Endpoint(self.base_url, self.api_key, self.model, request_timeout_seconds=self.request_timeout_seconds)


class EndpointEmbedder:
    """Embeds by requests of at most `MAX_TEXTS` texts. ``spent`` hears what each answer has cost.

    ``identity`` names model and dimensions and no address: the same model elsewhere makes the same vectors.
    """

    def __init__(self, endpoint: EmbeddingEndpoint, client: openai.AsyncOpenAI, spent: Spent = _unpriced) -> None:
        self.identity = f"{endpoint.model}@{endpoint.dimensions}"
        self.dimensions = endpoint.dimensions
        self._endpoint = endpoint
        self._client = client
        self._spent = spent
        self._takes_dimensions = True

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Unit vectors, one per text.

        Raises:
            EmbeddingFailed: the endpoint does not give them; texts before it may be paid for.
        """
        return [vector for batch in batches(texts) for vector in await self._batch(batch)]

    async def _batch(self, texts: Sequence[str]) -> list[list[float]]:
        """One request's texts. What is answered is paid for, though it may be of no use."""
        answer = await self._answer(texts)
        await self._spent(EmbeddingUsage(tokens_of(answer), ceiling=sum(len(text.encode()) for text in texts)))
        try:
            return unit_vectors(answer, len(texts), self.dimensions)
        except UnusableAnswer as error:
            raise embedding_failed(error) from None

    async def _answer(self, texts: Sequence[str]) -> CreateEmbeddingResponse:
        """The first answer, asked for again where that may help."""
        failed: EmbeddingFailed | None = None
        try:
            async with asyncio.timeout(self._endpoint.timeout_seconds):
                for attempt in itertools.count(1):
                    try:
                        return await self._ask(texts)
                    except Exception as error:  # noqa: BLE001 - the client's are many, and each is translated
                        failed = embedding_failed(error)
                        wait = self._wait_after(attempt, failed, error)
                    if wait is None:
                        raise failed from None
                    await asyncio.sleep(wait)
        except TimeoutError as error:
            raise failed or embedding_failed(error) from None
        raise AssertionError("a count has no end")

    def _wait_after(self, attempt: int, failed: EmbeddingFailed, error: Exception) -> float | None:
        """Seconds until the next request, or None where there is none."""
        wait = wait_seconds(attempt, asked_wait(error))
        left = run_ends.get() - asyncio.get_running_loop().time()
        again = failed.reason in PASSES and attempt <= self._endpoint.retries
        return wait if again and wait is not None and wait < left else None

    async def _ask(self, texts: Sequence[str]) -> CreateEmbeddingResponse:
        try:
            return await self._create(texts)
        except openai.BadRequestError as error:
            if not (self._takes_dimensions and takes_no_dimensions(error)):
                raise
        self._takes_dimensions = False
        return await self._create(texts)

    async def _create(self, texts: Sequence[str]) -> CreateEmbeddingResponse:
        size = self.dimensions if self._takes_dimensions else openai.omit
        return await self._client.embeddings.create(
            model=self._endpoint.model, input=list(texts), dimensions=size, encoding_format="float"
        )


@asynccontextmanager
async def open_embedder(endpoint: EmbeddingEndpoint, spent: Spent = _unpriced) -> AsyncIterator[EndpointEmbedder]:
    """The endpoint's embedder until the block ends.

    Raises:
        ValueError: an address that is none, or a key that no header takes. The text holds neither.
    """
    longest = MAX_TEXTS * endpoint.dimensions * _NUMBER_BYTES
    async with open_client(endpoint.reached, examine_embeddings, longest) as client:
        yield EndpointEmbedder(endpoint, client, spent)


def batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts as they are sent, in their order, request by request."""
    batch: list[str] = []
    size = 0
    for text in texts:
        sent = storable(text)[:MAX_TEXT_CHARS].strip() or "."  # an empty text is refused, with all that are beside it
        if batch and (len(batch) == MAX_TEXTS or size + len(sent) > MAX_CHARS):
            yield batch
            batch, size = [], 0
        batch.append(sent)
        size += len(sent)
    if batch:
        yield batch


def embedding_failed(error: Exception) -> EmbeddingFailed:
    """The error as `model_failed` has it, of the embedder."""
    failed = model_failed(error)
    message = str(failed).removeprefix(f"{failed.reason}: ").replace("the model", "the embedder")
    return EmbeddingFailed(message, retryable=failed.retryable, reason=failed.reason)
