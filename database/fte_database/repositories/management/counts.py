"""Counts of a span of time, and which knowledge is searched."""

from dataclasses import dataclass
from datetime import datetime

from fte_database.pool import Database
from fte_database.sql import QUERIES


@dataclass(frozen=True, slots=True)
class ChannelCounts:
    """Of one kind of channel: messages that customers wrote, replies of the employee, tickets opened, those of them
    that a person got, and escalations opened."""

    channel: str
    messages: int
    replies: int
    tickets: int
    tickets_escalated: int
    escalations: int


class ManagedCounts:
    """Numbers for people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def channel_counts(self, since: datetime, until: datetime) -> list[ChannelCounts]:
        """Counts from ``since`` on and before ``until``; a kind of channel without any is left out."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["management_channel_counts"], since, until)
        return [ChannelCounts(**row) for row in rows]

    async def newest_snapshot(self, embedder: str) -> str | None:
        """The snapshot that was ingested last for this embedder."""
        async with self._database.connection() as connection:
            snapshot: str | None = await connection.fetchval(QUERIES["newest_snapshot"], embedder)
        return snapshot
