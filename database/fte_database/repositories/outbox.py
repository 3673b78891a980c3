"""The outbox: events in the order in which they were committed. Its one relay is a singleton of the workers."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fte_database.pool import Database
from fte_database.sql import QUERIES


@dataclass(frozen=True, slots=True)
class OutboxRecord:
    """One event to publish; ``event_id`` is its name for ever, ``key`` its conversation."""

    id: int
    event_id: UUID
    topic: str
    key: str
    payload: dict[str, object]


class OutboxRelayStore:
    """Reads what is to be told, and remembers what was."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pending(self, limit: int, without: Sequence[str] = ()) -> list[OutboxRecord]:
        """The oldest unpublished events, in order, but for those of the topics ``without``."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["fetch_outbox"], limit, list(without))
        return [OutboxRecord(row["id"], row["event_id"], row["topic"], row["msg_key"], row["payload"]) for row in rows]

    async def mark_published(self, ids: Sequence[int]) -> None:
        """Remember what the bus has acknowledged; what is not marked is published again."""
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["mark_published"], list(ids))
