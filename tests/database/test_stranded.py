"""Replies on a channel that was taken away."""

from datetime import timedelta

import pytest
from crm import Sql, answer, mail

from fte_agent.domain.delivery import Failure
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

OURS = ("help@example.com",)
GONE = Failure("ChannelGone", "gone", retryable=False)
AGE = timedelta(minutes=10)


@pytest.fixture
async def replied(store: PostgresTicketStore, sql: Sql) -> None:
    """A reply in two parts that has waited for an hour."""
    await store.ingest(mail())
    claim = await store.claim("w")
    assert claim is not None
    assert await store.commit(claim, answer(parts=("One.", "Two.")), revision="r")
    await sql("UPDATE messages SET created_at = now() - interval '1 hour'")


async def test_it_goes_to_a_person_once(replied: None, deliveries: PostgresDeliveryStore, sql: Sql) -> None:
    stranded = await deliveries.claim_stranded("w", ["website"], AGE)
    assert stranded is not None and stranded.part == 1
    assert await deliveries.mark_failed(stranded, GONE)
    assert await deliveries.claim_stranded("w", ["website"], AGE) is None
    assert {row["state"] for row in await sql("SELECT state FROM deliveries")} == {"failed", "cancelled"}
    assert await sql("SELECT handler, status FROM conversations") == [{"handler": "human", "status": "waiting_human"}]
    assert await sql("SELECT count(*) AS n FROM escalations WHERE resolved_at IS NULL") == [{"n": 1}]


@pytest.mark.parametrize(("channels", "age"), [(OURS, AGE), (("website",), timedelta(hours=2))])
async def test_what_somebody_sends_or_is_young_is_left(
    replied: None, deliveries: PostgresDeliveryStore, channels: tuple[str, ...], age: timedelta
) -> None:
    assert await deliveries.claim_stranded("w", channels, age) is None


async def test_two_workers_do_not_take_the_same(replied: None, deliveries: PostgresDeliveryStore) -> None:
    first = await deliveries.claim_stranded("w", [], AGE)
    second = await deliveries.claim_stranded("v", [], AGE)
    assert first is not None and second is not None and first.id != second.id
    assert await deliveries.claim_stranded("u", [], AGE) is None


async def test_an_invariant_counts_what_nobody_sends(replied: None, database: Database, sql: Sql) -> None:
    store = PostgresInvariantStore(database, answer_deadline=AGE)
    assert (await store.violations())["stranded_delivery"] == 2
    await sql("UPDATE deliveries SET state = 'failed'")
    assert (await store.violations())["stranded_delivery"] == 0
