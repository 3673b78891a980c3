"""A customer's word on being written to: heeded at once, everywhere, until they take it back."""

from datetime import UTC, datetime, timedelta

import pytest
from crm import PHONE, Sql, answer, chat, conversation_row, replied

from fte_agent.domain.delivery import Failure
from fte_agent.domain.messages import Identifier, Preference
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

CHANNELS = ("whatsapp", "second")
STOP = {"body": "STOP", "preference": Preference.STOP}
START = {"body": "START", "preference": Preference.START}
SAID = datetime.now(UTC) - timedelta(minutes=1)


async def test_nothing_that_waits_goes_out(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    """On any channel to that number, and to no other number any less."""
    await replied(store, chat(), answer("one"))
    await replied(store, chat(channel_name="second"), answer("two"))
    other = {"thread_key": "+4930", "sender": Identifier("phone", "+4930", verified=True)}
    await replied(store, chat(**other), answer("three"))
    await store.ingest(chat(**STOP))
    delivery = await deliveries.claim_delivery("w", CHANNELS)
    assert delivery is not None
    assert delivery.body == "three"
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    assert await sql("SELECT count(*) AS n FROM deliveries WHERE state = 'cancelled'") == [{"n": 2}]


async def test_it_is_kept_and_nobody_answers(store: PostgresTicketStore, sql: Sql) -> None:
    done = await store.ingest(chat("a question"))
    running = await store.claim("w")
    assert running is not None
    await store.ingest(chat(**STOP))
    assert not await store.commit(running, answer(), revision="r")
    assert await store.claim("w") is None
    assert await store.unanswered([done.conversation_id]) == set()
    assert (await conversation_row(sql, done.conversation_id))["unanswered_since"] is None
    assert await sql("SELECT body, automated FROM messages ORDER BY seq") == [
        {"body": "a question", "automated": False},
        {"body": "STOP", "automated": True},
    ]


async def test_who_writes_on_is_known_to_want_silence(store: PostgresTicketStore) -> None:
    await store.ingest(chat(**STOP))
    await store.ingest(chat("a question"))
    claim = await store.claim("w")
    assert claim is not None
    assert claim.context.opted_out
    await store.release(claim)
    await store.ingest(chat(**START))
    claim = await store.claim("w")
    assert claim is not None
    assert not claim.context.opted_out
    assert [message.body for message in claim.context.burst] == ["a question", "START"]


async def test_what_comes_due_after_it_is_not_sent_even_later(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    """A part under way when they asked, and one committed after."""
    await replied(store, chat(), answer("under way"))
    underway = await deliveries.claim_delivery("w", CHANNELS)
    assert underway is not None
    await store.ingest(chat(**STOP))
    assert await deliveries.mark_failed(underway, Failure("20429", "slow down", retryable=True))
    await replied(store, chat("a question"), answer("committed after"))
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    await store.ingest(chat(**START))
    await sql("UPDATE deliveries SET next_attempt_at = now()")
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    await replied(store, chat("a new question"), answer("new"))
    delivery = await deliveries.claim_delivery("w", CHANNELS)
    assert delivery is not None
    assert delivery.body == "new"


async def test_a_start_without_a_stop_cancels_nothing(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore
) -> None:
    await replied(store, chat(), answer("one"))
    await store.ingest(chat(**START))
    delivery = await deliveries.claim_delivery("w", CHANNELS)
    assert delivery is not None
    assert delivery.target.address == PHONE.value


@pytest.mark.parametrize("seconds", [0, 1])
async def test_a_start_that_a_stop_overtook_counts_no_more(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql, seconds: int
) -> None:
    """Words arrive in another order when one of them came by webhook and the other from the provider's history."""
    await store.ingest(chat(**STOP, occurred_at=SAID))
    await store.ingest(chat(**START, occurred_at=SAID - timedelta(seconds=seconds)))
    assert await store.claim("w") is None
    assert await sql("SELECT opted_out_at IS NOT NULL AS out FROM customer_identifiers") == [{"out": True}]
    await replied(store, chat("a question"), answer())
    assert await deliveries.claim_delivery("w", CHANNELS) is None


async def test_a_stop_that_a_start_overtook_counts_no_more(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, chat(), answer())
    await store.ingest(chat(**START, occurred_at=SAID))
    await store.ingest(chat(**STOP, occurred_at=SAID - timedelta(seconds=1)))
    assert await sql("SELECT opted_out_at FROM customer_identifiers") == [{"opted_out_at": None}]
    assert await deliveries.claim_delivery("w", CHANNELS) is not None
    claim = await store.claim("w")
    assert claim is not None and [message.body for message in claim.context.burst] == ["START"]


async def test_silence_wins_where_both_were_said_at_one_time(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(chat(**START, occurred_at=SAID))
    await store.ingest(chat(**STOP, occurred_at=SAID))
    assert await sql("SELECT opted_out_at IS NOT NULL AS out FROM customer_identifiers") == [{"out": True}]


@pytest.mark.parametrize("seconds", [0, 1])
async def test_what_was_written_since_is_not_dropped_with_the_rest(store: PostgresTicketStore, seconds: int) -> None:
    """As when both arrive in their order: whoever writes on goes to a person, and nothing is sent."""
    await store.ingest(chat("a question", occurred_at=SAID - timedelta(seconds=1)))
    await store.ingest(chat("another", occurred_at=SAID + timedelta(seconds=seconds)))
    running = await store.claim("w")
    assert running is not None
    await store.ingest(chat(**STOP, occurred_at=SAID))
    assert not await store.commit(running, answer(), revision="r")  # it did not know
    claim = await store.claim("w")
    assert claim is not None
    assert claim.context.opted_out
    assert [message.body for message in claim.context.burst] == ["a question", "another"]


async def test_a_stop_that_did_not_count_covers_nothing(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    await replied(store, chat("a question", occurred_at=SAID - timedelta(seconds=3)), answer())
    await store.ingest(chat(**START, occurred_at=SAID))
    await store.ingest(chat(**STOP, occurred_at=SAID - timedelta(seconds=1)))
    await sql("UPDATE agent_runs SET status = 'failed'")
    assert (await PostgresInvariantStore(database).violations())["uncovered_message"] == 1
