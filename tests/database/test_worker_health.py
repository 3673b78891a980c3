"""What workers say of themselves, and whether the database takes writes."""

import secrets
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from crm import Sql, answer, form

from fte_database.errors import DatabaseError
from fte_database.pool import Database
from fte_database.repositories.health import WorkerHealthStore
from fte_database.repositories.status import StatusStore
from fte_database.repositories.tickets import PostgresTicketStore

OWNER = "shop/helper"

pytestmark = pytest.mark.postgres


async def test_the_last_word_of_every_worker_counts_until_it_ends(database: Database, sql: Sql) -> None:
    store = WorkerHealthStore(database)
    assert await store.read() == []
    await store.report("one", {"ingest": "the database is read-only", "process": None})
    await sql("UPDATE worker_health SET reported_at = now() - interval '40 s'")
    await store.report("two", {"ingest": None})
    found = {each.worker: each for each in await store.read()}
    assert found["one"].roles == {"ingest": "the database is read-only", "process": None}
    assert 39 < found["one"].age < 100
    assert (found["two"].age < 30, found["two"].notes) == (True, {})
    await store.report("two", {"ingest": None}, {"budget": "day_spent: nothing is left"})
    [noted] = [each for each in await store.read() if each.worker == "two"]
    assert (noted.roles, noted.notes) == ({"ingest": None}, {"budget": "day_spent: nothing is left"})
    await store.report("one", {"ingest": None})
    assert all(each.age < 30 and each.roles == {"ingest": None} for each in await store.read())
    await store.forget("two")
    await sql("UPDATE worker_health SET reported_at = now() - interval '25 h'")
    await store.report("three", {})
    assert [each.worker for each in await store.read()] == ["three"], "a vanished one goes after a day"


async def test_a_read_only_database_answers_reads_and_is_told_by_a_write(database: Database, migrated_url: str) -> None:
    await database.probe_write()
    await database.probe_write()
    name = migrated_url.rpartition("/")[2]
    admin = await asyncpg.connect(migrated_url)
    await admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await admin.close()
    later = Database(migrated_url, owner=OWNER, application_name="test")
    await later.open()
    await later.ping()
    with pytest.raises(DatabaseError) as caught:
        await later.probe_write()
    assert (caught.value.retryable, caught.value.public) == (True, "is read-only, or a standby in recovery")
    await later.close()


async def test_missing_rights_are_told_by_a_write(sql: Sql, migrated_url: str) -> None:
    role = f"reader_{secrets.token_hex(6)}"
    await sql(f"CREATE ROLE {role} LOGIN PASSWORD 'reader'")
    try:
        await sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
        parts = urlsplit(migrated_url)
        host = f"{role}:reader@{parts.hostname}:{parts.port}"
        reader = Database(urlunsplit(parts._replace(netloc=host)), owner=OWNER, application_name="test")
        await reader.open()
        await reader.ping()
        with pytest.raises(DatabaseError) as caught:
            await reader.probe_write()
        assert caught.value.public.startswith("lacks rights")
        await reader.close()
    finally:
        await sql(f"DROP OWNED BY {role}")
        await sql(f"DROP ROLE {role}")


async def test_the_oldest_burst_that_waits_is_told_in_seconds(
    database: Database, store: PostgresTicketStore, sql: Sql
) -> None:
    status = StatusStore(database)
    assert await status.oldest_unanswered() is None
    await store.ingest(form())
    await sql("UPDATE conversations SET unanswered_since = now() - interval '90 s'")
    await store.ingest(form())
    assert 89 < (await status.oldest_unanswered() or 0) < 150
    while claim := await store.claim("w"):
        await store.commit(claim, answer(), revision="r")
    assert await status.oldest_unanswered() is None
