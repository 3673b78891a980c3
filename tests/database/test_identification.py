"""The identification rate: who counts, and as what."""

from datetime import UTC, datetime, timedelta

import pytest
from crm import Sql, answer, replied
from identity_world import ADA, by_chat, by_form, by_mail, confirm_form, identity_store, last_code, other_than, turn

from fte_agent.domain.identity import Claimed
from fte_database.pool import Database
from fte_database.repositories.identification import Identification, PostgresIdentificationStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

MAIL = Claimed("email", ADA)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(database: Database) -> PostgresTicketStore:
    return identity_store(database)


async def rate(database: Database, since: datetime = LONG_AGO) -> tuple[int, int]:
    found = await PostgresIdentificationStore(database).since(since)
    return found.identified, found.seen


async def test_who_writes_one_way_and_names_no_other_is_not_counted(
    store: PostgresTicketStore, database: Database
) -> None:
    assert Identification(0, 0).rate is None
    await replied(store, by_mail(), answer())
    await replied(store, by_chat(), answer())
    assert await rate(database) == (0, 0)


async def test_a_form_and_a_mail_of_one_address_are_one_customer_once_the_form_is_confirmed(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    done = await replied(store, by_form(), answer())
    await replied(store, by_mail(), answer())
    assert await rate(database) == (0, 1)
    await confirm_form(store, sql, done)
    assert await rate(database) == (1, 1)


async def test_who_names_another_kind_of_address_counts_until_it_is_proven_as_not_identified(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    await turn(store, by_chat(), claimed=MAIL)
    assert await rate(database) == (0, 1)
    code = await last_code(sql)
    await turn(store, by_chat(other_than(code)))
    assert await rate(database) == (0, 1)
    await turn(store, by_chat(code))
    assert await rate(database) == (1, 1)
    assert Identification(1, 2).rate == 0.5


async def test_three_ways_of_one_person_are_one_customer(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    done = await replied(store, by_form(), answer())
    await confirm_form(store, sql, done)
    await replied(store, by_mail(), answer())
    await turn(store, by_chat(), claimed=MAIL)
    await turn(store, by_chat(await last_code(sql)))
    assert await rate(database) == (1, 1)
    await replied(store, by_mail("shared", thread_key="shared", participants=("bob@example.com",)), answer())
    await replied(store, by_mail("I read it", "bob@example.com", thread_key="shared"), answer())
    assert await rate(database) == (1, 1)


async def test_only_who_wrote_lately_counts(store: PostgresTicketStore, database: Database, sql: Sql) -> None:
    await replied(store, by_form(), answer())
    await replied(store, by_mail(), answer())
    assert await rate(database, datetime.now(UTC) - timedelta(minutes=5)) == (0, 1)
    await sql("UPDATE conversations SET last_inbound_at = now() - interval '1 day'")
    assert await rate(database, datetime.now(UTC) - timedelta(minutes=5)) == (0, 0)
