"""The outbox: in order, until it is marked."""

import pytest
from crm import answer, escalation, form

from fte_database.pool import Database
from fte_database.repositories.outbox import OutboxRelayStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres


@pytest.fixture
async def outbox(database: Database, store: PostgresTicketStore) -> OutboxRelayStore:
    """Five events to tell: of two answers and one escalation, then of one answer more."""
    for decision in (answer(), answer(), escalation(), answer()):
        await store.ingest(form())
        claim = await store.claim("w")
        assert claim is not None
        await store.commit(claim, decision, revision="r")
    return OutboxRelayStore(database)


async def test_events_come_in_order_until_they_are_marked(outbox: OutboxRelayStore) -> None:
    records = await outbox.pending(100)
    assert [record.id for record in records] == sorted(record.id for record in records)
    topics = [record.topic.removeprefix("shop.") for record in records]
    assert topics == ["metrics", "metrics", "escalations", "metrics", "metrics"]
    assert len({record.event_id for record in records}) == 5
    assert all(record.payload["conversation_id"] == record.key for record in records)
    assert await outbox.pending(2) == records[:2]
    await outbox.mark_published([records[0].id, records[2].id])
    assert await outbox.pending(100) == [records[1], records[3], records[4]]
    await outbox.mark_published([record.id for record in records])
    assert await outbox.pending(100) == []


async def test_a_topic_can_be_left_out_and_the_oldest_of_the_others_come(outbox: OutboxRelayStore) -> None:
    [record] = await outbox.pending(1, without=["shop.metrics"])
    assert record.topic == "shop.escalations"
    assert await outbox.pending(100, without=["shop.metrics", "shop.escalations"]) == []
