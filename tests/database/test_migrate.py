"""Migrations: once, by one at a time, for one owner, and never an edited one."""

import asyncio
import re
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from crm import Sql
from data_plane import until

from fte_database import migrate as module
from fte_database.errors import Busy, DatabaseError, MigrationFailed, OwnedByAnother, PgvectorMissing, Unreachable
from fte_database.migrate import Migration, migrate, migrations, schema_version
from fte_database.pool import Database

NAMES = [migration.name for migration in migrations()]


def _with(url: str, **parts: str) -> str:
    split = urlsplit(url)
    login = f"{parts.get('user', split.username)}:{parts.get('password', split.password)}"
    address = f"{parts.get('host', split.hostname)}:{parts.get('port', split.port)}"
    return urlunsplit(split._replace(netloc=f"{login}@{address}", path=parts.get("path", split.path)))


async def _tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    return {row["tablename"] for row in rows}


def test_names_are_numbered_in_order() -> None:
    assert [int(name.split("_")[0]) for name in NAMES] == list(range(1, len(NAMES) + 1))


@pytest.mark.postgres
async def test_fresh_then_again(database_url: str) -> None:
    assert await migrate(database_url, "shop/helper") == NAMES
    assert await migrate(database_url, "shop/helper") == []
    promised = {"customers", "customer_identifiers", "conversations", "messages", "tickets"}
    promised |= {"knowledge_base", "channel_configs", "agent_metrics"}
    assert promised <= await _tables(database_url)


@pytest.mark.postgres
async def test_several_at_once_apply_each_migration_once(database_url: str) -> None:
    done = await asyncio.gather(*(migrate(database_url, "shop/helper") for _ in range(5)))
    assert sorted(done, key=len) == [[], [], [], [], NAMES]


@pytest.mark.postgres
async def test_another_owner_is_refused_and_changes_nothing(migrated_url: str, sql: Sql) -> None:
    await sql("DELETE FROM schema_migrations")
    with pytest.raises(OwnedByAnother, match="shop/helper") as caught:
        await migrate(migrated_url, "shop/intruder")
    assert caught.value.owner == "shop/helper"
    assert await sql("SELECT owner FROM schema_owner") == [{"owner": "shop/helper"}]
    assert await sql("SELECT name FROM schema_migrations") == []


@pytest.mark.postgres
async def test_two_owners_at_once_one_wins(database_url: str) -> None:
    results = await asyncio.gather(*(migrate(database_url, f"shop/{n}") for n in range(4)), return_exceptions=True)
    assert results.count(NAMES) == 1
    assert sum(isinstance(result, OwnedByAnother) for result in results) == 3


@pytest.mark.postgres
async def test_edited_migration_is_refused(migrated_url: str, sql: Sql) -> None:
    await sql("UPDATE schema_migrations SET checksum = 'other'")
    with pytest.raises(MigrationFailed, match=NAMES[0]):
        await migrate(migrated_url, "shop/helper")


@pytest.mark.postgres
async def test_failing_migration_leaves_nothing_and_the_ones_before_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Migration("9999_broken", "CREATE TABLE half (id int); SELECT 1 / 0;", "checksum")
    known = [*migrations(), broken]
    monkeypatch.setattr(module, "migrations", lambda: known)
    with pytest.raises(MigrationFailed, match="9999_broken: refused as DivisionByZeroError") as caught:
        await migrate(database_url, "shop/helper")
    assert not caught.value.retryable
    tables = await _tables(database_url)
    assert "half" not in tables
    assert "tickets" in tables
    known.pop()
    assert await migrate(database_url, "shop/helper") == []


@pytest.mark.postgres
async def test_a_newer_release_was_here(migrated_url: str, sql: Sql) -> None:
    await sql("INSERT INTO schema_migrations (name, checksum) VALUES ('9999_future', 'x')")
    assert await migrate(migrated_url, "shop/helper") == []


@pytest.mark.postgres
async def test_role_that_may_not_create_pgvector_is_told_the_remedy(database_url: str) -> None:
    admin = await asyncpg.connect(database_url)
    role = f"role_{urlsplit(database_url).path.strip('/')}"
    await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'; GRANT CREATE ON SCHEMA public TO {role}")
    try:
        with pytest.raises(PgvectorMissing, match="CREATE EXTENSION vector"):
            await migrate(_with(database_url, user=role, password="secret"), "shop/helper")
        assert await _tables(database_url) == set()
        await admin.execute("CREATE EXTENSION vector")
        assert await migrate(_with(database_url, user=role, password="secret"), "shop/helper") == NAMES
    finally:
        await admin.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
        await admin.close()


@pytest.mark.postgres
async def test_a_database_handed_over_as_the_manual_says(database_url: str) -> None:
    manual = Path(__file__).parents[2].joinpath("docs", "operations.md").read_text(encoding="utf-8")
    [statement] = re.findall(r'psql DATABASE_URL -c "(UPDATE .+)"', manual)
    await migrate(database_url, "shop/old")
    connection = await asyncpg.connect(database_url)
    assert await connection.execute(statement.replace("NAMESPACE/NAME", "shop/new")) == "UPDATE 1"
    await connection.close()
    assert await migrate(database_url, "shop/new") == []
    with pytest.raises(OwnedByAnother):
        await migrate(database_url, "shop/old")


async def test_nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgresql://fte:canary@127.0.0.1:{closed.getsockname()[1]}/fte"
        with pytest.raises(Unreachable) as caught:
            await migrate(url, "shop/helper")
    assert caught.value.retryable
    assert "canary" not in str(caught.value)


async def test_unknown_host() -> None:
    with pytest.raises(Unreachable):
        await migrate("postgresql://fte:canary@nowhere.invalid/fte", "shop/helper")


@pytest.mark.parametrize("url", ["mysql://fte:canary@host/fte", "postgresql://fte:canary@host:port/fte"])
async def test_a_url_that_is_none_does_not_show_its_password(url: str) -> None:
    with pytest.raises(Unreachable) as caught:
        await migrate(url, "shop/helper")
    assert "canary" not in str(caught.value)


@pytest.mark.postgres
@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"path": "/no_such_database"}])
async def test_what_a_corrected_secret_would_cure_is_retried(postgres_url: str, wrong: dict[str, str]) -> None:
    with pytest.raises(Unreachable):
        await migrate(_with(postgres_url, **wrong), "shop/helper")


@pytest.mark.postgres
async def test_schema_version(database: Database) -> None:
    assert await schema_version(database) == NAMES[-1]


_WAITING = """
SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
               WHERE NOT granted AND datname = current_database())
"""


async def _before_the_last(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database of the release before, whose next migration has to lock its tables."""
    known = migrations()
    monkeypatch.setattr(module, "migrations", lambda: [each for each in known if each.name < "0010"])
    await migrate(url, "shop/helper")
    monkeypatch.setattr(module, "migrations", lambda: known)


async def _until_waiting(connection: "asyncpg.Connection[asyncpg.Record]", waiting: bool) -> None:
    async def is_so() -> bool:
        return await connection.fetchval(_WAITING) is waiting

    await until(is_so, what="a lock that is waited for, or none")


@pytest.mark.postgres
async def test_nobody_waits_long_behind_a_migration_that_waits_for_a_reader(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _before_the_last(database_url, monkeypatch)
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.2)
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.05)
    reader, searcher = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    backup = reader.transaction()
    await backup.start()
    await reader.fetch("SELECT FROM knowledge_base")
    migrating = asyncio.create_task(migrate(database_url, "shop/helper"))
    await _until_waiting(searcher, True)
    await searcher.fetch("SELECT FROM knowledge_base", timeout=30)
    assert not migrating.done()
    await backup.rollback()
    assert await asyncio.wait_for(migrating, 60) == [name for name in NAMES if name >= "0010"]
    await reader.close()
    await searcher.close()


@pytest.mark.postgres
async def test_a_migration_gives_up_in_the_end_and_has_changed_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _before_the_last(database_url, monkeypatch)
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.05)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0)
    reader = await asyncpg.connect(database_url)
    async with reader.transaction():
        await reader.fetch("SELECT FROM knowledge_base")
        with pytest.raises(Busy):
            await migrate(database_url, "shop/helper")
    assert "knowledge_postings" not in await _tables(database_url)
    await reader.close()


@pytest.mark.postgres
async def test_a_migration_whose_client_is_gone_waits_for_no_lock(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _before_the_last(database_url, monkeypatch)
    monkeypatch.setattr(module, "LOCK_SECONDS", 3600.0)
    dialled = []

    async def dial(*arguments: Any, **options: Any) -> "asyncpg.Connection[asyncpg.Record]":
        dialled.append(await asyncpg.connect(*arguments, **options))
        return dialled[-1]

    monkeypatch.setattr(module, "dial", dial)
    reader, looking = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    async with reader.transaction():
        await reader.fetch("SELECT FROM knowledge_base")
        migrating = asyncio.create_task(migrate(database_url, "shop/helper"))
        await _until_waiting(looking, True)
        dialled[0].terminate()
        await _until_waiting(looking, False)
    with pytest.raises(DatabaseError):
        await migrating
    await reader.close()
    await looking.close()
