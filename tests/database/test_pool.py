"""The pool dials late, checks whom it talks to, and recovers."""

import socket

import asyncpg
import pytest
from crm import Sql

from fte_database.errors import OwnedByAnother, PgvectorMissing, SchemaMismatch, Unreachable
from fte_database.pool import Database
from fte_database.server import Server, require_pgvector


async def test_opens_without_a_server_and_says_so_when_used() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        database = Database(f"postgresql://fte:canary@127.0.0.1:{closed.getsockname()[1]}/fte", owner="shop/helper")
        await database.open()
        with pytest.raises(Unreachable) as caught:
            await database.ping()
        assert "canary" not in str(caught.value)
        await database.close()


async def test_closed_pool_is_unreachable() -> None:
    database = Database("postgresql://host/fte", owner="shop/helper")
    with pytest.raises(Unreachable, match="not open"):
        await database.ping()
    await database.close()


@pytest.mark.postgres
async def test_another_employees_database_is_refused(migrated_url: str) -> None:
    database = Database(migrated_url, owner="shop/other")
    await database.open()
    with pytest.raises(OwnedByAnother, match="shop/helper"):
        await database.ping()
    await database.close()


@pytest.mark.postgres
async def test_a_database_before_its_migration_is_worth_waiting_for(database_url: str) -> None:
    database = Database(database_url, owner="shop/helper")
    await database.open()
    with pytest.raises(PgvectorMissing):
        await database.ping()
    admin = await asyncpg.connect(database_url)
    await admin.execute("CREATE EXTENSION vector")
    await admin.close()
    with pytest.raises(SchemaMismatch, match="fte-migrate") as caught:
        await database.ping()
    assert caught.value.retryable
    await database.close()


@pytest.mark.postgres
async def test_recovers_after_the_server_cut_every_connection(database: Database, sql: Sql) -> None:
    await database.ping()
    await sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'test'")
    for _ in range(3):
        try:
            await database.ping()
            break
        except Unreachable:
            continue
    await database.ping()


@pytest.mark.postgres
async def test_an_error_inside_a_dedicated_session_is_not_the_databases(database: Database) -> None:
    with pytest.raises(TimeoutError):
        async with database.dedicated():
            raise TimeoutError("of somebody else")


@pytest.mark.parametrize(("version", "accepted"), [("0.6.2", False), ("0.7.0", True), ("0.10.1", True), ("1.0", True)])
def test_pgvector_version(version: str, accepted: bool) -> None:
    facts = Server(version=150004, vector_version=version, vector_schema="extensions", has_owner_table=True)
    if accepted:
        assert require_pgvector(facts) == "extensions"
    else:
        with pytest.raises(PgvectorMissing, match="ALTER EXTENSION"):
            require_pgvector(facts)
