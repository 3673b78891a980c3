"""What is told of the knowledge: its snapshots."""

from dataclasses import dataclass
from datetime import datetime

from fte_database.pool import Database
from fte_database.sql import QUERIES


@dataclass(frozen=True, slots=True)
class SnapshotStats:
    """One snapshot: ``internal`` of its ``sections`` are never found for a customer, ``indexed`` says how it is
    searched."""

    snapshot: str
    embedder: str
    dimensions: int
    documents: int
    sections: int
    internal: int
    indexed: bool
    created_at: datetime


class KnowledgeReportStore:
    """Reads alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def snapshots(self) -> list[SnapshotStats]:
        """Every snapshot, newest first."""
        async with self._database.connection() as connection:
            return [SnapshotStats(**row) for row in await connection.fetch(QUERIES["snapshot_stats"])]
