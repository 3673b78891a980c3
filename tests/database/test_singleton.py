"""Rights that one process has at a time."""

import pytest
from crm import Sql
from data_plane import until

from fte_database import singleton
from fte_database.errors import Unreachable
from fte_database.pool import Database
from fte_database.singleton import SingletonLock

pytestmark = pytest.mark.postgres


async def test_one_has_the_right_and_can_be_succeeded(database: Database) -> None:
    locks = SingletonLock(database)
    async with locks.session("relay", "") as first:
        assert first is not None
        await first.check()
        async with locks.session("relay", "") as second:
            assert second is None
    async with locks.session("relay", "") as heir:
        assert heir is not None


async def test_a_silent_holder_loses_its_right(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(singleton, "SILENT_SECONDS", 0.5)
    locks = SingletonLock(database)
    async with locks.session("relay", "") as silent:
        assert silent is not None

        async def free() -> bool:
            async with locks.session("relay", "") as heir:
                return heir is not None

        await until(free, 20, "the right to come free")
        with pytest.raises(Unreachable):
            await silent.check()


async def test_rights_are_apart_by_role_and_key(database: Database) -> None:
    locks = SingletonLock(database)
    async with (
        locks.session("poll", "a") as one,
        locks.session("poll", "b") as two,
        locks.session("relay", "a") as three,
    ):
        assert None not in (one, two, three)


async def test_a_cut_connection_ends_the_right(database: Database, sql: Sql) -> None:
    locks = SingletonLock(database)
    async with locks.session("relay", "") as right:
        assert right is not None
        await sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        with pytest.raises(Unreachable):
            await right.check()
        async with locks.session("relay", "") as heir:
            assert heir is not None
