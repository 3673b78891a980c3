"""The outbox: one relay, in order, until it is marked."""

from collections.abc import AsyncIterator

import pytest
from crm import Sql, answer, escalation, form

from fte_database.errors import Unreachable
from fte_database.pool import Database
from fte_database.repositories.outbox import OutboxRelayStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres


@pytest.fixture
async def relay(database: Database, store: PostgresTicketStore) -> AsyncIterator[OutboxRelayStore]:
    """A relay with five events to tell: of two answers and one escalation, then of one answer more."""
    for decision in (answer(), answer(), escalation(), answer()):
        await store.ingest(form())
        claim = await store.claim("w")
        assert claim is not None
        await store.commit(claim, decision, revision="r")
    yield OutboxRelayStore(database)


async def test_events_come_in_order_until_they_are_marked(relay: OutboxRelayStore) -> None:
    async with relay.session() as session:
        assert session is not None
        records = await session.pending(100)
        assert [record.id for record in records] == sorted(record.id for record in records)
        topics = [record.topic.removeprefix("shop.") for record in records]
        assert topics == ["metrics", "metrics", "escalations", "metrics", "metrics"]
        assert len({record.event_id for record in records}) == 5
        assert all(record.payload["conversation_id"] == record.key for record in records)
        assert await session.pending(2) == records[:2]
        await session.mark_published([records[0].id, records[2].id])
        assert await session.pending(100) == [records[1], records[3], records[4]]
        await session.mark_published([record.id for record in records])
        assert await session.pending(100) == []


async def test_there_is_one_relay_and_it_can_be_succeeded(relay: OutboxRelayStore) -> None:
    async with relay.session() as first:
        assert first is not None
        async with relay.session() as second:
            assert second is None
    async with relay.session() as heir:
        assert heir is not None


async def test_a_cut_connection_ends_the_right_to_publish(relay: OutboxRelayStore, sql: Sql) -> None:
    async with relay.session() as session:
        assert session is not None
        await sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        with pytest.raises(Unreachable):
            await session.pending(1)
        async with relay.session() as heir:
            assert heir is not None
            assert len(await heir.pending(100)) == 5


async def test_a_topic_can_be_left_out_and_the_oldest_of_the_others_come(relay: OutboxRelayStore) -> None:
    async with relay.session() as session:
        assert session is not None
        [record] = await session.pending(1, without=["shop.metrics"])
        assert record.topic == "shop.escalations"
        assert await session.pending(100, without=["shop.metrics", "shop.escalations"]) == []
