"""Replies on a channel that was taken away."""

from datetime import timedelta

import pytest
from crm import Sql, answer, escalation, mail

from fte_agent.domain.delivery import Failure, Sent
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
    await sql("UPDATE deliveries SET due_since = now() - interval '1 hour'")


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
    await sql("UPDATE deliveries SET attempts = 9, next_attempt_at = now() + interval '1 hour'")
    assert (await store.violations())["stranded_delivery"] == 2
    await sql("UPDATE deliveries SET state = 'failed'")
    assert (await store.violations())["stranded_delivery"] == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE customer_identifiers SET opted_out_at = now()",
        "UPDATE deliveries SET placeholder_sent_at = now(), next_attempt_at = 'infinity' WHERE part = 1",
        "UPDATE conversations SET handler = 'human'",
    ],
)
async def test_what_nobody_ought_to_send_is_neither_stranded_nor_late(
    replied: None, database: Database, deliveries: PostgresDeliveryStore, sql: Sql, statement: str
) -> None:
    await sql(statement)
    store = PostgresInvariantStore(database, answer_deadline=AGE)
    assert (await store.violations())["stranded_delivery"] == 0
    assert await deliveries.escalate_late(AGE) is None


@pytest.mark.parametrize("state", ["pending", "unknown", "sending"])
async def test_a_person_knows_of_a_reply_that_is_late_and_it_is_tried_further(
    replied: None, database: Database, deliveries: PostgresDeliveryStore, sql: Sql, state: str
) -> None:
    await sql("UPDATE deliveries SET state = $1, attempts = 40, error_code = '20003' WHERE part = 1", state)
    assert await deliveries.escalate_late(timedelta(hours=2)) is None
    assert await deliveries.escalate_late(AGE) is not None
    assert await deliveries.escalate_late(AGE) is None
    [opened] = await sql("SELECT reason_code, status, summary FROM escalations")
    assert (opened["reason_code"], opened["status"]) == ("delivery", "open")
    assert "(20003)" in opened["summary"]
    assert await sql("SELECT handler FROM conversations") == [{"handler": "ai"}]
    assert await sql("SELECT count(*) AS n FROM deliveries WHERE state IN ($1, 'pending')", state) == [{"n": 2}]
    assert await sql("SELECT count(*) AS n FROM outbox WHERE topic = 'shop.escalations'") == [{"n": 1}]
    assert (await PostgresInvariantStore(database, answer_deadline=AGE).violations())["stranded_delivery"] == 0


async def test_nobody_needs_to_look_once_the_whole_reply_was_delivered(
    replied: None, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await deliveries.escalate_late(AGE)
    for status in ("open", "resolved"):
        delivery = await deliveries.claim_delivery("w", OURS)
        assert delivery is not None and await deliveries.mark_sent(delivery, Sent(f"m-{delivery.part}"))
        await deliveries.withdraw_late()
        assert await sql("SELECT status FROM escalations") == [{"status": status}]
    told = await sql("SELECT payload ->> 'type' AS type FROM outbox WHERE topic = 'shop.escalations' ORDER BY id")
    assert [row["type"] for row in told] == ["escalation.opened", "escalation.withdrawn"]


async def test_nobody_needs_to_look_once_the_customer_asked_for_silence(
    replied: None, store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await deliveries.escalate_late(AGE)
    await sql("UPDATE customer_identifiers SET opted_out_at = now()")
    await deliveries.withdraw_late()
    assert await sql("SELECT status FROM escalations") == [{"status": "resolved"}]


@pytest.mark.parametrize("claimed", [False, True])
async def test_a_late_reply_that_is_given_up_is_a_person_s(
    replied: None, deliveries: PostgresDeliveryStore, database: Database, sql: Sql, claimed: bool
) -> None:
    await deliveries.escalate_late(AGE)
    if claimed:
        await sql("UPDATE escalations SET status = 'claimed'")
    delivery = await deliveries.claim_delivery("w", OURS)
    assert delivery is not None and await deliveries.mark_failed(delivery, GONE)
    rows = await sql("SELECT status, advisory, summary FROM escalations ORDER BY created_at, status DESC")
    assert [(row["status"], row["advisory"]) for row in rows] == (
        [("claimed", False)] if claimed else [("resolved", True), ("open", False)]
    )
    assert claimed or "still being tried" not in rows[-1]["summary"]
    await deliveries.withdraw_late()
    assert (await sql("SELECT count(*) AS n FROM escalations WHERE status <> 'resolved'")) == [{"n": 1}]
    assert set((await PostgresInvariantStore(database, answer_deadline=AGE).violations()).values()) == {0}


async def test_a_late_reply_s_escalation_covers_no_message(
    replied: None, deliveries: PostgresDeliveryStore, database: Database, sql: Sql
) -> None:
    invariants = PostgresInvariantStore(database, answer_deadline=AGE)
    await deliveries.escalate_late(AGE)
    await sql("UPDATE agent_runs SET status = 'failed'")
    assert (await invariants.violations())["uncovered_message"] == 1


async def test_what_a_person_claimed_stays_theirs(replied: None, deliveries: PostgresDeliveryStore, sql: Sql) -> None:
    await deliveries.escalate_late(AGE)
    await sql("UPDATE escalations SET status = 'claimed'")
    while (delivery := await deliveries.claim_delivery("w", OURS)) is not None:
        assert await deliveries.mark_sent(delivery, Sent(f"m-{delivery.part}"))
    await deliveries.withdraw_late()
    assert await sql("SELECT status FROM escalations") == [{"status": "claimed"}]


async def test_an_escalation_of_the_employee_s_takes_the_place_of_a_late_reply_s(
    replied: None, store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await deliveries.escalate_late(AGE)
    await store.ingest(mail("I will sue you", dedupe_key="m-2"))
    claim = await store.claim("w")
    assert claim is not None and await store.commit(claim, escalation(), revision="r")
    assert await sql("SELECT reason_code, status FROM escalations ORDER BY created_at") == [
        {"reason_code": "delivery", "status": "resolved"},
        {"reason_code": "legal", "status": "open"},
    ]
