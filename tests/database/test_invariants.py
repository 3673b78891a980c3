"""Each invariant is red on rows that break it, and none is on what the product itself does."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from crm import PHONE, Sql, answer, chat, escalation, form, mail, replied

from fte_agent.domain.delivery import Failure, OutsideReply, Sent
from fte_agent.domain.messages import Preference
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.takeover import PostgresTakeoverStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

CHANNELS = ("whatsapp", "website", "help@example.com")

BREAKS: dict[str, Sequence[str]] = {
    "unprocessed_event": ("UPDATE inbound_events SET status = 'received', received_at = now() - interval '61 s'",),
    "unanswered_without_owner": (
        "UPDATE conversations SET answered_through_seq = 0, unanswered_since = now() - interval '16 minutes'",
    ),
    "answered_twice": (
        """INSERT INTO agent_runs (conversation_id, epoch, from_seq, to_seq, status)
        SELECT conversation_id, epoch + 1, to_seq, to_seq, 'committed' FROM agent_runs""",
    ),
    "answered_after_takeover": ("UPDATE conversations SET handler = 'human', handler_since = now() - interval '1 h'",),
    "sent_after_takeover": (
        "UPDATE conversations SET handler = 'human', handler_since = now()",
        "UPDATE deliveries SET first_sent_at = now() + interval '1 s'",
    ),
    "unconfirmed_delivery": ("UPDATE deliveries SET state = 'sending', lease_until = now() - interval '16 minutes'",),
    "stranded_delivery": (
        "UPDATE deliveries SET state = 'pending', attempts = 7, due_since = now() - interval '16 minutes'",
    ),
    "waiting_for_nobody": (
        "UPDATE conversations SET handler = 'human', handler_since = now(), status = 'waiting_human'",
    ),
    "copied_twice": (
        "INSERT INTO channel_configs (channel, address, max_chars) VALUES ('email', 'one', 9), ('email', 'two', 9)",
        """INSERT INTO deliveries
            (channel_config_id, message_id, ordinal, channel, recipient, body, state, mailbox, copied_at)
        SELECT config.id, message_id, ordinal, 'email', recipient, body, 'accepted', recipient, now()
        FROM deliveries, channel_configs AS config WHERE address IN ('one', 'two')""",
    ),
    "budget_totals": ("INSERT INTO budget_days (day, spent_micro_usd) VALUES ((now() AT TIME ZONE 'UTC')::date, 1)",),
    "budget_reservation": (
        """INSERT INTO budget_entries (kind, day, expires_at)
        VALUES ('model', (now() AT TIME ZONE 'UTC')::date, now() - interval '301 s')""",
    ),
    "untold_event": ("UPDATE outbox SET created_at = now() - interval '301 s'",),
    "uncovered_message": ("UPDATE agent_runs SET status = 'failed'",),
    "doubled_ticket": (
        "DROP INDEX one_open_ticket",
        """INSERT INTO tickets (customer_id, conversation_id, source_channel, category)
        SELECT customer_id, conversation_id, source_channel, category FROM tickets""",
    ),
}
"""Statements that break one invariant, once, on one answered mail."""


@pytest.fixture
def invariants(database: Database) -> PostgresInvariantStore:
    return PostgresInvariantStore(database, answer_deadline=timedelta(minutes=10))


async def test_every_invariant_has_rows_that_break_it(invariants: PostgresInvariantStore) -> None:
    assert set(await invariants.violations()) == set(BREAKS)


@pytest.mark.parametrize("name", BREAKS)
async def test_it_is_red_once_broken(
    store: PostgresTicketStore, invariants: PostgresInvariantStore, sql: Sql, name: str
) -> None:
    await replied(store, mail(), answer())
    assert set((await invariants.violations()).values()) == {0}
    for statement in BREAKS[name]:
        await sql(statement)
    assert {rule: rows for rule, rows in (await invariants.violations()).items() if rows} == {name: 1}


async def test_an_unknown_part_is_red_once_nobody_looks(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, invariants: PostgresInvariantStore, sql: Sql
) -> None:
    """Counted from when it was lost sight of, not from when it was first due."""
    await replied(store, chat(), answer())
    delivery = await deliveries.claim_delivery("w", CHANNELS)
    assert delivery is not None
    await sql(
        "UPDATE deliveries SET first_sent_at = now() - interval '1 hour', next_attempt_at = now() - interval '1 h'"
    )
    await deliveries.mark_unknown(delivery, Failure("x", "broke", retryable=True))
    assert (await invariants.violations())["unconfirmed_delivery"] == 0
    await sql("UPDATE deliveries SET unconfirmed_since = now() - interval '1 day'")  # looked up in vain, and again soon
    assert (await invariants.violations())["unconfirmed_delivery"] == 0
    await sql("UPDATE deliveries SET next_attempt_at = now() - interval '16 minutes'")
    assert (await invariants.violations())["unconfirmed_delivery"] == 1


async def test_a_person_s_reply_from_before_the_question_does_not_cover_it(
    store: PostgresTicketStore, invariants: PostgresInvariantStore, database: Database, sql: Sql
) -> None:
    await store.ingest(chat())
    reply = OutsideReply("whatsapp", "whatsapp", PHONE.value, "SM-outside", "Done.", datetime.now(UTC))
    assert await PostgresTakeoverStore(database, topic_prefix="shop").take_over(reply)
    assert (await invariants.violations())["uncovered_message"] == 0
    await sql("UPDATE messages SET occurred_at = now() - interval '1 hour' WHERE author = 'human'")
    assert (await invariants.violations())["uncovered_message"] == 1


async def test_a_lease_is_an_owner_but_for_a_hand_over_that_takes_long(
    store: PostgresTicketStore, invariants: PostgresInvariantStore, sql: Sql
) -> None:
    await store.ingest(mail())
    assert await store.claim("w") is not None
    await sql("UPDATE conversations SET unanswered_since = now() - interval '1 hour'")
    assert (await invariants.violations())["unanswered_without_owner"] == 0
    assert await store.claim_overdue("w", timedelta(minutes=10)) is not None
    assert (await invariants.violations())["unanswered_without_owner"] == 1


async def test_none_is_red_on_what_the_product_does(
    store: PostgresTicketStore,
    deliveries: PostgresDeliveryStore,
    invariants: PostgresInvariantStore,
    database: Database,
    sql: Sql,
) -> None:
    """Answers, escalations, silence asked for and taken back, replies from outside, parts that never arrive."""
    takeovers = PostgresTakeoverStore(database, topic_prefix="shop")
    await replied(store, form(), answer())
    await replied(store, mail(), answer(parts=("one", "two")))
    await replied(store, mail(), escalation())
    await store.ingest(mail(automated=True))
    await replied(store, chat(), answer())
    await store.ingest(chat("one more"))
    reply = OutsideReply("whatsapp", "whatsapp", PHONE.value, "SM-outside", "Done.", datetime.now(UTC))
    assert await takeovers.take_over(reply)
    assert set((await invariants.violations()).values()) == {0}
    await sql("UPDATE conversations SET handler = 'ai' WHERE channel = 'whatsapp'")  # given back
    await store.ingest(chat("a question"))
    await store.ingest(chat("STOP", preference=Preference.STOP))
    await replied(store, chat("START", preference=Preference.START), answer())
    assert set((await invariants.violations()).values()) == {0}
    delivery = await deliveries.claim_delivery("w", ("whatsapp",))
    assert delivery is not None
    await store.ingest(chat("unanswered"))
    assert await deliveries.mark_failed(delivery, Failure("21211", "no such number", retryable=False))
    while delivery := await deliveries.claim_delivery("w", CHANNELS):
        await deliveries.mark_sent(delivery, Sent())
    await sql("UPDATE escalations SET status = 'returned', returned_at = now()")
    await sql("UPDATE conversations SET handler = 'ai'")
    assert set((await invariants.violations()).values()) == {0}


@pytest.mark.parametrize("overtaken", [False, True])
async def test_silence_covers_what_was_written_before_it_and_only_while_it_holds(
    store: PostgresTicketStore, invariants: PostgresInvariantStore, sql: Sql, overtaken: bool
) -> None:
    said = datetime.now(UTC) - timedelta(minutes=1)
    await store.ingest(chat("a question", occurred_at=said + timedelta(seconds=-1 if overtaken else 1)))
    if overtaken:
        start = chat("START", preference=Preference.START, occurred_at=said + timedelta(seconds=1))
        await replied(store, start, answer())
        await sql("UPDATE agent_runs SET from_seq = to_seq")  # as if it had left the question out
    await store.ingest(chat("STOP", preference=Preference.STOP, occurred_at=said))
    await sql("UPDATE conversations SET answered_through_seq = last_inbound_seq")
    assert (await invariants.violations())["uncovered_message"] == 1
