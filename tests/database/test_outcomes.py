"""What becomes of parts that were not simply taken: refused, lost from sight, or too late for free text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from crm import PHONE, Sql, answer, chat, conversation_row, escalation, form, mail, replied

from fte_agent.domain.delivery import Delivery, DeliveryState, DeliveryStatus, Failure, Sent
from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Decision, Outcome
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

CHANNELS = ("whatsapp", "website", "help@example.com")
GONE = Failure("21211", "no such number", retryable=False)
SLOW = Failure("20429", "slow down", retryable=True, retry_after=240)
BROKEN = Failure("ConnectionReset", "the connection broke", retryable=True)
APPROVED = Decision(outcome=Outcome.SOCIAL, author=Author.SYSTEM, parts=("You are welcome.",))
LEASE_OVER = "UPDATE deliveries SET lease_until = now() - $1::interval WHERE lease_until IS NOT NULL"
DUE = "UPDATE deliveries SET next_attempt_at = now() WHERE state = 'unknown'"


async def claimed(deliveries: PostgresDeliveryStore) -> Delivery:
    delivery = await deliveries.claim_delivery("w", CHANNELS)
    assert delivery is not None
    return delivery


async def unconfirmed(deliveries: PostgresDeliveryStore) -> Delivery:
    delivery = await deliveries.claim_unconfirmed("w", CHANNELS)
    assert delivery is not None
    return delivery


async def test_a_provider_s_wish_to_wait_is_heeded(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, chat(), answer())
    assert await deliveries.mark_failed(await claimed(deliveries), SLOW)
    [row] = await sql(
        "SELECT state, error_code, round(extract(epoch FROM next_attempt_at - now())) AS s FROM deliveries"
    )
    assert (row["state"], row["error_code"]) == ("pending", "20429")
    assert 200 < row["s"] <= 240


@pytest.mark.parametrize("decision", [answer(parts=("one", "two")), replace(APPROVED, parts=("one", "two"))])
async def test_what_is_refused_for_good_goes_to_a_person(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql, decision: Decision
) -> None:
    done = await replied(store, chat(), decision)
    running = await store.ingest(chat("and another thing"))
    turn = await store.claim("w", [running.conversation_id])
    assert turn is not None
    assert await deliveries.mark_failed(await claimed(deliveries), GONE)
    assert await sql("SELECT state, error_code FROM deliveries ORDER BY part") == [
        {"state": "failed", "error_code": "21211"},
        {"state": "cancelled", "error_code": None},
    ]
    conversation = await conversation_row(sql, done.conversation_id)
    assert (conversation["handler"], conversation["status"]) == ("human", "waiting_human")
    assert await sql("SELECT reason_code, trigger, status FROM escalations") == [
        {"reason_code": "delivery", "trigger": "failure", "status": "open"}
    ]
    assert await sql("SELECT status FROM tickets") == [{"status": "escalated"}]
    [event] = await sql("SELECT payload FROM outbox WHERE topic = 'shop.escalations'")
    assert event["payload"].count("delivery") == 1
    assert not await store.commit(turn, answer(), revision="r")  # what ran meanwhile is superseded


async def test_a_refused_acknowledgement_opens_no_second_escalation(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, chat(), escalation())
    assert await deliveries.mark_failed(await claimed(deliveries), GONE)
    assert await sql("SELECT reason_code FROM escalations") == [{"reason_code": "legal"}]
    assert await sql("SELECT count(*) AS n FROM outbox WHERE topic = 'shop.escalations'") == [{"n": 1}]


async def test_the_rest_of_what_was_said_goes_with_it(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    """Once a person has it, no later answer of the employee's goes out either."""
    await replied(store, chat(), answer("first"))
    await replied(store, chat(), answer("second"))
    assert await deliveries.mark_failed(await claimed(deliveries), GONE)
    assert await sql("SELECT state FROM deliveries WHERE body = 'second'") == [{"state": "cancelled"}]


async def test_a_part_lost_in_a_crash_is_looked_up_and_not_sent(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, chat(), answer())
    dead = await claimed(deliveries)
    for late in (timedelta(), timedelta(seconds=19)):  # its request may still be under way
        await sql(LEASE_OVER, late)
        assert await deliveries.claim_unconfirmed("w", CHANNELS) is None
    await sql(LEASE_OVER, timedelta(seconds=21))
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    assert await deliveries.claim_unconfirmed("w", ("website",)) is None
    lost = await unconfirmed(deliveries)
    assert (lost.id, lost.epoch, lost.first_sent_at) == (dead.id, dead.epoch + 1, dead.first_sent_at)
    assert await deliveries.has_unconfirmed("whatsapp", PHONE.value)
    assert await deliveries.claim_unconfirmed("other", CHANNELS) is None
    assert not await deliveries.mark_sent(dead, Sent("SM-late"))
    assert await deliveries.mark_sent(lost, Sent("SM-found"))
    assert await sql("SELECT state, provider_id FROM deliveries") == [{"state": "accepted", "provider_id": "SM-found"}]
    assert not await deliveries.has_unconfirmed("whatsapp", PHONE.value)


async def test_what_its_provider_does_not_know_twice_goes_to_a_person(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    done = await replied(store, chat(), answer())
    assert await deliveries.mark_unknown(await claimed(deliveries), BROKEN)
    assert await deliveries.claim_unconfirmed("w", CHANNELS) is None  # its request may still be under way
    await sql(DUE)
    assert await deliveries.mark_absent(await unconfirmed(deliveries))
    [row] = await sql("SELECT state, round(extract(epoch FROM next_attempt_at - now())) AS s FROM deliveries")
    assert row["state"] == "unknown"
    assert 30 < row["s"] <= 60
    assert await deliveries.claim_unconfirmed("w", CHANNELS) is None
    await sql(DUE)
    assert await deliveries.mark_absent(await unconfirmed(deliveries))
    assert await sql("SELECT state, error_code FROM deliveries") == [{"state": "failed", "error_code": "Unconfirmed"}]
    assert (await conversation_row(sql, done.conversation_id))["handler"] == "human"
    assert await sql("SELECT reason_code FROM escalations") == [{"reason_code": "delivery"}]


async def test_or_is_sent_again_where_a_late_message_is_worse_than_a_doubled_one(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, mail(), answer())
    assert await deliveries.mark_unknown(await claimed(deliveries), BROKEN)
    for _ in range(2):
        await sql(DUE)
        assert await deliveries.mark_absent(await unconfirmed(deliveries))
    again = await claimed(deliveries)
    assert await deliveries.mark_sent(again, Sent("id"))
    assert await sql("SELECT count(*) AS n FROM escalations") == [{"n": 0}]


async def test_a_failed_look_up_counts_for_nothing(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, chat(), answer())
    assert await deliveries.mark_unknown(await claimed(deliveries), BROKEN)
    [before] = await sql("SELECT unconfirmed_since AS at FROM deliveries")
    for _ in range(3):
        await sql(DUE)
        assert await deliveries.mark_unknown(await unconfirmed(deliveries), BROKEN)
    assert await sql("SELECT lookups, state, unconfirmed_since AS at FROM deliveries") == [
        {"lookups": 0, "state": "unknown", "at": before["at"]}
    ]


async def test_what_may_be_sent_twice_is_not_looked_up(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, form(), answer())
    assert await deliveries.mark_unknown(await claimed(deliveries), BROKEN)
    assert await sql("SELECT state, error_code FROM deliveries") == [
        {"state": "pending", "error_code": "ConnectionReset"}
    ]
    await sql("UPDATE deliveries SET next_attempt_at = now()")
    await claimed(deliveries)
    await sql(LEASE_OVER, timedelta(hours=1))
    assert await deliveries.claim_unconfirmed("w", CHANNELS) is None


async def test_free_text_after_its_time_becomes_a_template_and_waits_for_the_customer(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    done = await replied(store, chat(occurred_at=datetime.now(UTC) - timedelta(hours=25)), answer())
    delivery = await claimed(deliveries)
    assert delivery.window_until is not None
    assert delivery.window_until < datetime.now(UTC)
    assert await deliveries.mark_sent(delivery, Sent("SM-template", placeholder=True))
    assert await sql("SELECT state, provider_id, placeholder_id FROM deliveries") == [
        {"state": "pending", "provider_id": None, "placeholder_id": "SM-template"}
    ]
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    assert await deliveries.unknown_ids("whatsapp", ["SM-template", "SM-other"]) == {"SM-other"}
    await store.ingest(chat("late", occurred_at=datetime.now(UTC) - timedelta(hours=24, minutes=1)))
    assert await deliveries.claim_delivery("w", CHANNELS) is None  # what they wrote is too old to answer freely
    await store.ingest(chat("yes, please"))
    again = await claimed(deliveries)
    assert (again.id, again.conversation_id) == (delivery.id, done.conversation_id)
    assert again.window_until is not None
    assert again.window_until > datetime.now(UTC) + timedelta(hours=23)


async def test_time_that_runs_out_once_more_takes_another_template(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    """The customer wrote, and no worker was there for a day: the part must not wait for ever."""
    await replied(store, chat(), answer())
    assert await deliveries.mark_sent(await claimed(deliveries), Sent("SM-1", placeholder=True))
    await store.ingest(chat("yes, please"))
    await sql("UPDATE conversations SET reply_window_until = now() - interval '1 s'")
    assert await deliveries.mark_sent(await claimed(deliveries), Sent("SM-2", placeholder=True))
    assert await deliveries.claim_delivery("w", CHANNELS) is None


async def test_a_provider_s_clock_wins(store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql) -> None:
    await replied(store, chat(), answer())
    first = await claimed(deliveries)
    assert await deliveries.close_window(first)
    assert not await deliveries.close_window(first)
    again = await claimed(deliveries)
    assert again.id == first.id
    assert again.window_until is not None
    assert again.window_until <= datetime.now(UTC)


@pytest.mark.parametrize("outcome", ["retry", "close_window", "resend"])
async def test_what_was_being_sent_when_a_person_took_over_is_not_sent_later(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql, outcome: str
) -> None:
    await replied(store, mail() if outcome == "resend" else chat(), answer("the employee's"))
    delivery = await claimed(deliveries)
    await replied(store, mail() if outcome == "resend" else chat(), escalation())
    if outcome == "retry":
        assert await deliveries.mark_failed(delivery, SLOW)
    elif outcome == "close_window":
        assert await deliveries.close_window(delivery)
    else:
        await deliveries.mark_unknown(delivery, BROKEN)
        for _ in range(2):
            await sql(DUE)
            assert await deliveries.mark_absent(await unconfirmed(deliveries))
    await sql("UPDATE conversations SET handler = 'ai'")  # given back: the old answer stays unsaid
    assert await sql("SELECT state FROM deliveries WHERE body = 'the employee''s'") == [{"state": "cancelled"}]


async def test_who_answered_a_template_long_ago_gets_another_and_then_both_replies(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    """Their answer came in a day late, as after a long pause: nothing waits for ever."""
    await replied(store, chat(occurred_at=datetime.now(UTC) - timedelta(hours=60)), answer("first"))
    assert await deliveries.mark_sent(await claimed(deliveries), Sent("SM-1", placeholder=True))
    await sql("UPDATE deliveries SET placeholder_sent_at = now() - interval '40 hours'")
    late = chat("yes, and one more thing", occurred_at=datetime.now(UTC) - timedelta(hours=30))
    await replied(store, late, answer("second"))
    again = await claimed(deliveries)
    assert again.body == "first" and again.window_until is not None and again.window_until < datetime.now(UTC)
    assert await deliveries.mark_sent(again, Sent("SM-2", placeholder=True))
    assert await deliveries.unknown_ids("whatsapp", ["SM-1", "SM-2"]) == set()
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    await store.ingest(chat("yes, please"))
    for body in ("first", "second"):
        part = await claimed(deliveries)
        assert part.body == body and await deliveries.mark_sent(part, Sent(f"SM-{body}"))


async def test_one_template_stands_for_all_parts_whatever_the_order_of_their_failures(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore
) -> None:
    await replied(store, chat(), answer(parts=("one", "two")))
    for sid in ("SM-1", "SM-2"):
        assert await deliveries.mark_sent(await claimed(deliveries), Sent(sid))
    await deliveries.apply_status(too_late("SM-2"))
    assert await deliveries.mark_sent(await claimed(deliveries), Sent("SM-template", placeholder=True))
    await deliveries.apply_status(too_late("SM-1"))
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    await store.ingest(chat("yes, please"))
    for number in (1, 2):
        part = await claimed(deliveries)
        assert part.part == number and await deliveries.mark_sent(part, Sent(f"SM-again-{number}"))


async def test_what_waited_for_the_customer_is_not_late_once_they_wrote(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, database: Database, sql: Sql
) -> None:
    age = timedelta(minutes=10)
    await replied(store, chat(occurred_at=datetime.now(UTC) - timedelta(hours=25)), answer())
    assert await deliveries.mark_sent(await claimed(deliveries), Sent("SM-template", placeholder=True))
    await sql("UPDATE deliveries SET due_since = now() - interval '20 hours'")
    assert await deliveries.escalate_late(age) is None
    await store.ingest(chat("yes, please"))
    assert await deliveries.escalate_late(age) is None
    assert set((await PostgresInvariantStore(database, answer_deadline=age).violations()).values()) == {0}


def too_late(sid: str) -> DeliveryStatus:
    return DeliveryStatus("whatsapp", "whatsapp", sid, DeliveryState.FAILED, "undelivered", "63016", window_closed=True)


async def test_who_writes_while_a_template_is_under_way_gets_all_replies(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore
) -> None:
    await replied(store, chat(occurred_at=datetime.now(UTC) - timedelta(hours=25)), answer("first"))
    under_way = await claimed(deliveries)
    await replied(store, chat("hello?"), answer("second"))
    assert await deliveries.mark_sent(under_way, Sent("SM-template", placeholder=True))
    assert await deliveries.unknown_ids("whatsapp", ["SM-template"]) == set()
    for body in ("first", "second"):
        part = await claimed(deliveries)
        assert part.body == body and await deliveries.mark_sent(part, Sent(f"SM-{body}"))


@pytest.mark.parametrize("sent", [True, False])
async def test_a_refusal_of_before_the_customer_wrote_shuts_nothing(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sent: bool
) -> None:
    await replied(store, chat(occurred_at=datetime.now(UTC) - timedelta(hours=23, minutes=59)), answer("first"))
    part = await claimed(deliveries)
    if sent:
        assert await deliveries.mark_sent(part, Sent("SM-1"))
    await replied(store, chat("hello?"), answer("second"))
    assert await (deliveries.apply_status(too_late("SM-1")) if sent else deliveries.close_window(part))
    again = await claimed(deliveries)
    assert again.body == "first" and again.window_until is not None and again.window_until > datetime.now(UTC)


async def test_a_part_that_was_found_once_is_looked_for_twice_again(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, chat(), answer())
    await deliveries.mark_unknown(await claimed(deliveries), BROKEN)
    await sql(DUE)
    assert await deliveries.mark_absent(await unconfirmed(deliveries))
    await sql(DUE)
    assert await deliveries.mark_sent(await unconfirmed(deliveries), Sent("SM-1"))
    assert await sql("SELECT lookups, unconfirmed_since FROM deliveries") == [{"lookups": 0, "unconfirmed_since": None}]
