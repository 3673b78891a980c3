"""What workers find out about channels."""

import pytest
from crm import Sql

from fte_database.pool import Database
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
