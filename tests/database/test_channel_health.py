"""What workers find out about channels."""

import pytest
from crm import Sql

from fte_database.pool import Database
from fte_database.repositories.cursors import ChannelCursorStore
from fte_database.repositories.health import ChannelHealthStore

pytestmark = pytest.mark.postgres


@pytest.fixture
def health(database: Database) -> ChannelHealthStore:
    return ChannelHealthStore(database)


async def test_every_part_is_as_it_was_last_found(health: ChannelHealthStore) -> None:
    assert await health.read() == {}
    await health.report("whatsapp", "credentials", None)
    await health.report("whatsapp", "registration", "The sender has no webhook.")
    await health.report("second", "credentials", "The token was refused.")
    await health.report("second", "credentials", None)
    found = await health.read()
    assert {name: {part: told.error for part, told in parts.items()} for name, parts in found.items()} == {
        "whatsapp": {"credentials": None, "registration": "The sender has no webhook."},
        "second": {"credentials": None},
    }


async def test_news_is_written_and_the_same_again_only_every_half_minute(health: ChannelHealthStore, sql: Sql) -> None:
    version = "SELECT xmin::text AS version, checked_at, since FROM channel_health"
    await health.report("whatsapp", "credentials", "refused")
    first = await sql(version)
    await health.report("whatsapp", "credentials", "refused")
    assert await sql(version) == first
    await sql("UPDATE channel_health SET checked_at = now() - interval '31 s', since = now() - interval '1 h'")
    [old] = await sql(version)
    await health.report("whatsapp", "credentials", "refused")
    [again] = await sql(version)
    assert again["checked_at"] > old["checked_at"]
    assert again["since"] == old["since"]
    await health.report("whatsapp", "credentials", None)
    [well] = await sql(version)
    assert well["since"] > old["since"]


async def test_since_when_a_part_is_as_it_is_is_told(health: ChannelHealthStore, sql: Sql) -> None:
    await health.report("mail", "sync", "stale")
    await sql("UPDATE channel_health SET since = now() - interval '1 h', checked_at = now() - interval '1 min'")
    await health.report("mail", "sync", "stale")
    part = (await health.read())["mail"]["sync"]
    assert part.since is not None and 3500 < (part.checked_at - part.since).total_seconds() < 3700


async def test_the_last_error_outlives_its_end_and_the_last_whole_reading_has_an_age(
    health: ChannelHealthStore, database: Database, sql: Sql
) -> None:
    cursors = ChannelCursorStore(database)
    assert await health.marks() == {}
    await health.report("mail", "sync", None)
    assert await health.marks() == {}, "what is well is no error"
    for part, error in (("sync", "stale"), ("credentials", "refused"), ("credentials", None), ("sync", None)):
        await health.report("mail", part, error)
    await cursors.move("mail", "read", before=None, after="2026-01-02T00:00:00+00:00")
    await cursors.move("mail", "gmail-sync", before=None, after="7")
    await sql("UPDATE channel_cursors SET moved_at = now() - interval '90 s' WHERE reader = 'read'")
    [(name, marks)] = (await health.marks()).items()
    assert (name, marks.last_error) == ("mail", "credentials: refused")
    assert marks.last_error_at is not None and marks.read_age is not None and 90 <= marks.read_age < 150
    assert {part: told.error for part, told in (await health.read())["mail"].items()} == {
        "sync": None,
        "credentials": None,
    }
