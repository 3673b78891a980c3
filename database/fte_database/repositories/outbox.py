"""The outbox and its one relay: events leave in the order in which they were committed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from fte_database.errors import translated
from fte_database.pool import Connection, Database
from fte_database.sql import QUERIES


@dataclass(frozen=True, slots=True)
class OutboxRecord:
    """One event to publish; ``event_id`` is its name for ever, ``key`` its conversation."""

    id: int
    event_id: UUID
    topic: str
    key: str
    payload: dict[str, object]


class RelaySession:
    """The right to publish, as long as its connection lives."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def pending(self, limit: int, without: Sequence[str] = ()) -> list[OutboxRecord]:
        """The oldest unpublished events, in order, but for those of the topics ``without``."""
        with translated():
            rows = await self._connection.fetch(QUERIES["fetch_outbox"], limit, list(without))
        return [OutboxRecord(row["id"], row["event_id"], row["topic"], row["msg_key"], row["payload"]) for row in rows]

    async def mark_published(self, ids: Sequence[int]) -> None:
        """Remember what the bus has acknowledged; what is not marked is published again."""
        with translated():
            await self._connection.execute(QUERIES["mark_published"], list(ids))


class OutboxRelayStore:
    """Gives out the one relay session."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def session(self) -> AsyncIterator[RelaySession | None]:
        """A session on a connection of its own, or None while another process has it.

        The lock belongs to the connection that reads and marks: when it breaks, so does the right.
        """
        async with self._database.dedicated() as connection:
            with translated():
                mine = await connection.fetchval(QUERIES["try_lock_relay"])
            yield RelaySession(connection) if mine else None
