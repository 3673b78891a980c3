"""Sessions whose client is frozen."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import asyncpg
import pytest
from data_plane import until

from fte_database.pool import Database
from fte_database.sessions import SilentSessions

pytestmark = pytest.mark.postgres

AFTER = timedelta(seconds=0.2)


@asynccontextmanager
async def session(
    url: str, program: str, work: Callable[[asyncpg.Connection], Awaitable[object]]
) -> AsyncIterator["asyncio.Task[object]"]:
    """A session of ``program`` that does ``work``."""
    connection = await asyncpg.connect(url, server_settings={"application_name": program})
    task = asyncio.ensure_future(work(connection))
    try:
        yield task
    finally:
        task.cancel()
        connection.terminate()
        await asyncio.gather(task, return_exceptions=True)


async def freeze(connection: asyncpg.Connection) -> None:
    """Begin a statement, and say no more."""

    async def silence() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    await connection.copy_to_table("schema_owner", source=silence())


async def lock_and_freeze(connection: asyncpg.Connection) -> None:
    async with connection.transaction():
        await connection.execute("SELECT FROM schema_owner FOR UPDATE")
        await freeze(connection)


async def test_what_a_frozen_client_has_locked_comes_free(database: Database, migrated_url: str) -> None:
    async with session(migrated_url, "frozen", lock_and_freeze):
        assert await until(SilentSessions(database, ["frozen"], after=AFTER).end, what="its end") == ["frozen"]
        async with database.transaction() as connection:
            await connection.execute("SELECT FROM schema_owner FOR UPDATE")


async def test_who_lives_or_is_a_stranger_is_left_alone(database: Database, migrated_url: str) -> None:
    sessions = SilentSessions(database, ["mine"], after=AFTER)
    async with (
        session(migrated_url, "stranger", freeze) as strange,
        session(migrated_url, "mine", lambda connection: connection.execute("SELECT pg_sleep(60)")) as working,
        session(migrated_url, "mine", lambda connection: connection.execute("BEGIN")) as idle,
        session(migrated_url, "mine", freeze),
    ):
        await idle
        assert await until(sessions.end, what="the end of the last") == ["mine"]
        assert await sessions.end() == []
        assert not strange.done()
        assert not working.done()
