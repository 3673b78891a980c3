"""Knowledge snapshots: `fte_agent.ports.KnowledgeBase` and ``KnowledgeWriter`` on PostgreSQL."""

from collections.abc import Sequence

from fte_agent.domain.knowledge import Candidate, EmbeddedSection, Section
from fte_agent.ports import KnowledgeBase, KnowledgeWriter
from fte_database.errors import Rejected
from fte_database.pool import Database
from fte_database.sql import QUERIES, bound


class PostgresKnowledgeBase(KnowledgeBase, KnowledgeWriter):
    """Sections of immutable snapshots, searched by an exact scan and by full text."""

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

    async def has_snapshot(self, snapshot: str, embedder: str) -> bool:
        """Whether the snapshot is complete for this embedder."""
        async with self._database.connection() as connection:
            known: bool = await connection.fetchval(QUERIES["has_snapshot"], snapshot, embedder)
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
            new = await connection.fetchval(QUERIES["insert_snapshot"], snapshot, embedder, dimensions, len(sections))
            if new is None:
                return
            await connection.executemany(
                QUERIES["insert_section"], [_row(snapshot, embedder, item) for item in sections]
            )


def _row(snapshot: str, embedder: str, item: EmbeddedSection) -> tuple[object, ...]:
    section = item.section
    words = (section.uri, section.title, section.heading, section.content, list(section.example_questions))
    return (snapshot, embedder, *words, item.embedding)
