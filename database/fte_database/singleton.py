"""Rights that one process has at a time: advisory locks of PostgreSQL, each on a connection of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fte_database.errors import translated
from fte_database.pool import Connection, Database
from fte_database.sql import QUERIES


class Right:
    """A lock, held as long as its connection lives."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def check(self) -> None:
        """Raise `Unreachable` when the connection is gone, and the lock with it."""
        with translated():
            await self._connection.execute(QUERIES["ping"])


class SingletonLock:
    """Gives each right to one process at a time; it is free as soon as its holder's connection ends."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def session(self, role: str, key: str) -> AsyncIterator[Right | None]:
        """The right to ``role`` for ``key`` while the block runs, or None while another process has it."""
        async with self._database.dedicated() as connection:
            with translated():
                mine = await connection.fetchval(QUERIES["try_lock_singleton"], role, key)
            yield Right(connection) if mine else None
