"""What embedders made of texts: `fte_agent.ports.EmbeddingCache` on PostgreSQL."""

from array import array
from collections.abc import Mapping, Sequence

from fte_agent.ports import EmbeddingCache
from fte_database.pool import Database
from fte_database.sql import QUERIES


class PostgresEmbeddingCache(EmbeddingCache):
    """Embeddings in half precision, as snapshots have them. What one ``origin`` made another does not recall."""

    def __init__(self, database: Database, origin: str = "") -> None:
        self._database = database
        self._origin = origin

    async def recall(self, embedder: str, digests: Sequence[bytes]) -> dict[bytes, Sequence[float]]:
        """Those of ``digests`` that are known."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["recall_embeddings"], self._of(embedder), digests)
        return {row["digest"]: array("f", row["embedding"].to_numpy()) for row in rows}

    async def keep(self, embedder: str, vectors: Mapping[bytes, Sequence[float]]) -> None:
        """Keep what is not known yet."""
        async with self._database.transaction() as connection:
            rows = [(self._of(embedder), digest, vector) for digest, vector in sorted(vectors.items())]
            await connection.executemany(QUERIES["keep_embedding"], rows)

    def _of(self, embedder: str) -> str:
        return f"{embedder} {self._origin}".rstrip()
