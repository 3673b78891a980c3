"""Rights that one process has at a time: advisory locks of PostgreSQL, each on a connection of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fte_database.errors import translated
from fte_database.pool import Connection, Database
from fte_database.sql import QUERIES

SILENT_SECONDS = 5.0
"""For so long a holder keeps its right without a sign of life: one that is frozen, or whose network is gone, ends no
connection by itself, and TCP notices after hours."""


class Right:
    """A lock, held as long as its connection lives; `check` is its sign of life."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def check(self) -> None:
        """Give a sign of life; raise `Unreachable` when the connection is gone, and the lock with it."""
        with translated():
            await self._connection.execute(QUERIES["ping"])


class SingletonLock:
    """Gives each right to one process at a time.

    It is free as soon as its holder's connection ends, which the server sees to after `SILENT_SECONDS`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def session(self, role: str, key: str) -> AsyncIterator[Right | None]:
        """The right to ``role`` for ``key`` while the block runs, or None while another process has it."""
        async with self._database.dedicated() as connection:
            with translated():
                await connection.execute(QUERIES["end_when_idle"], int(SILENT_SECONDS * 1000))
                mine = await connection.fetchval(QUERIES["try_lock_singleton"], role, key)
            yield Right(connection) if mine else None
