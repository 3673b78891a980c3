"""Knowledge snapshots: `fte_agent.ports.KnowledgeBase` and ``KnowledgeWriter`` on PostgreSQL."""

import logging
from collections.abc import Sequence

from fte_agent.domain.knowledge import Candidate, EmbeddedSection, Section
from fte_agent.ports import KnowledgeBase, KnowledgeWriter
from fte_database.errors import DatabaseError, Rejected
from fte_database.pool import Database
from fte_database.sql import QUERIES, bound

logger = logging.getLogger(__name__)

MOST_POSTINGS = 2000
"""Places of a query's words that are read; what comes to more says little."""

INDEXED_FROM = 50_000
"""Sections from which a snapshot's vectors are searched by an index: comparing all takes longer than 50 ms."""

LONGEST_LIST = 4000
"""Dimensions that pgvector indexes at most as ``halfvec``; a snapshot of longer ones has no index."""

INDEXING_PGVECTOR = (0, 8)
"""The oldest that reads on in an index where what is nearest may not be shown."""

WRITE_SECONDS = 3600.0
"""For each statement that writes a snapshot."""


class PostgresKnowledgeBase(KnowledgeBase, KnowledgeWriter):
    """Sections of immutable snapshots, searched by vector and by word.

    Vectors are compared exactly up to `INDEXED_FROM` sections, and by an HNSW index of the snapshot's own from there.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def candidates(
        self, snapshot: str, embedder: str, embedding: Sequence[float], terms: Sequence[str], limit: int
    ) -> list[Candidate]:
        """The ``limit`` nearest and the ``limit`` best matching any of ``terms``, joined, by falling cosine."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                *bound(
                    "find_candidates",
                    snapshot=snapshot,
                    embedder=embedder,
                    embedding=embedding,
                    terms=" ".join(terms),
                    most_postings=MOST_POSTINGS,
                    limit=limit,
                )
            )
        return [
            Candidate(
                Section(row["source_uri"], row["title"], row["heading"], row["content"], tuple(row["asked"])),
                row["cosine"],
            )
            for row in rows
        ]

    async def sections_of(self, snapshot: str, embedder: str) -> int | None:
        """How many sections the snapshot has for this embedder; None where it is not there, whole."""
        async with self._database.connection() as connection:
            known: int | None = await connection.fetchval(QUERIES["sections_of_snapshot"], snapshot, embedder)
            return known

    async def write_snapshot(
        self, snapshot: str, embedder: str, dimensions: int, sections: Sequence[EmbeddedSection]
    ) -> None:
        """Store a snapshot whole or not at all; one that is there stays as it is.

        Raises:
            Rejected: an embedding has another length than ``dimensions``, or a URI stands twice.
        """
        for item in sections:
            if len(item.embedding) != dimensions:
                raise Rejected(f"{item.section.uri}: embedding has {len(item.embedding)} dimensions, not {dimensions}")
        async with self._database.transaction() as connection:
            await connection.execute(QUERIES["unlimited"])
            new = await connection.fetchval(
                QUERIES["insert_snapshot"], snapshot, embedder, dimensions, len(sections), timeout=WRITE_SECONDS
            )
            if new is None:
                return
            rows = (_row(snapshot, embedder, item) for item in sections)
            await connection.executemany(QUERIES["insert_section"], rows, timeout=WRITE_SECONDS)
        await self.prepare(snapshot, embedder)

    async def prepare(self, snapshot: str, embedder: str) -> None:
        """Make the search of a snapshot that is there fast, as far as that was not done.

        It is searched before, too, so an index that cannot be built is told in the log alone.
        """
        async with self._database.transaction() as connection:
            await connection.execute(QUERIES["unlimited"])
            await connection.execute(QUERIES["post_sections"], snapshot, embedder, timeout=WRITE_SECONDS)
        try:
            await self._index(snapshot, embedder)
        except DatabaseError as error:
            logger.warning("no index, all vectors are compared", extra={"snapshot": snapshot[:10], "error": str(error)})

    async def _index(self, snapshot: str, embedder: str) -> None:
        async with self._database.transaction() as connection:
            lacks = bound(
                "lacks_index",
                snapshot=snapshot,
                embedder=embedder,
                fewest=INDEXED_FROM,
                longest=LONGEST_LIST,
                pgvector=INDEXING_PGVECTOR,
            )
            if not await connection.fetchval(*lacks):
                return
            await connection.execute(QUERIES["unlimited"])
            await connection.execute(QUERIES["more_memory"])
            await connection.execute(QUERIES["index_sections"], snapshot, embedder, timeout=WRITE_SECONDS)


def _row(snapshot: str, embedder: str, item: EmbeddedSection) -> tuple[object, ...]:
    section = item.section
    words = (section.uri, section.title, section.heading, section.content, list(section.example_questions))
    return (snapshot, embedder, *words, section.visibility, item.embedding)
