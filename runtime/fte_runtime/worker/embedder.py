"""What is known of a hosted embedder's health, by the searches and by looks at its endpoint, as of a model's."""

from collections.abc import Sequence

from fte_agent.errors import EmbeddingFailed, ModelFault
from fte_agent.ports import Embedder
from fte_runtime.worker.model import ModelHealth

EMBEDDER = "embedder"
"""The part of the worker's report."""

_UNREACHED = "the behaviour names an embedder that the configuration has no key for"


class WatchedEmbedder:
    """The embedder itself; its health hears how each request ended."""

    def __init__(self, embedder: Embedder, health: ModelHealth) -> None:
        self.identity = embedder.identity
        self.dimensions = embedder.dimensions
        self._embedder = embedder
        self._health = health

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """As the embedder's."""
        try:
            vectors = await self._embedder.embed(texts)
        except EmbeddingFailed as error:
            self._health.turned(error)
            raise
        self._health.turned(None)
        return vectors


class UnreachedEmbedder:
    """A hosted embedder whose address no key is there for: nothing is searched until a behaviour names another."""

    def __init__(self, identity: str, dimensions: int) -> None:
        self.identity = identity
        self.dimensions = dimensions

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Raises `EmbeddingFailed`."""
        raise EmbeddingFailed(_UNREACHED, retryable=True, reason=ModelFault.MISCONFIGURED)

    async def check(self) -> None:
        """Raises `EmbeddingFailed`."""
        raise EmbeddingFailed(_UNREACHED, retryable=True, reason=ModelFault.MISCONFIGURED)
