"""What is too old goes, by ages that the database's clock tells, and nothing younger or that somebody waits for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from crm import Sql, conversation_row, replied
from privacy_world import CHANNELS, Desk, Life, dump, holding

from fte_agent.domain.delivery import OutsideReply, Sent
from fte_database.pool import Database
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.privacy import retention
from fte_database.repositories.privacy.retention import Ages, RetentionStore

pytestmark = pytest.mark.postgres

OLD, NEW = Life("kanarie", "1705550199"), Life("bystander", "1705550142")
MONTH = timedelta(days=30)
TIMES = """
SELECT table_name AS table, column_name AS column FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type = 'timestamp with time zone'
"""


@pytest.fixture
def desk(database: Database, sql: Sql) -> Desk:
    return Desk.of(database, sql)


@pytest.fixture
def store(database: Database) -> RetentionStore:
    return RetentionStore(database)


async def aged(sql: Sql, by: timedelta) -> None:
    """Make every row there is so much older."""
    for row in await sql(TIMES):
        await sql(f'UPDATE "{row["table"]}" SET "{row["column"]}" = "{row["column"]}" - $1::interval', by)  # noqa: S608


async def sent(desk: Desk) -> None:
    while (found := await desk.deliveries.claim_delivery("w", CHANNELS)) is not None:
        assert await desk.deliveries.mark_sent(found, Sent(f"SM-{found.id}"))


async def answered(desk: Desk, life: Life) -> Any:
    done = await replied(desk.store, life.mail(), life.answer())
    await sent(desk)
    return done


async def test_without_ages_everything_is_kept(desk: Desk, store: RetentionStore, sql: Sql) -> None:
    await desk.lived(OLD)
    await aged(sql, timedelta(days=4000))
    rows = await dump(sql)
    assert await store.retain(Ages()) == {}
    assert await dump(sql) == rows


async def test_what_was_said_goes_once_nothing_was_said_for_so_long(
    desk: Desk, store: RetentionStore, sql: Sql, database: Database
) -> None:
    old = await answered(desk, OLD)
    await sql("UPDATE outbox SET published_at = now()")
    await aged(sql, MONTH + timedelta(minutes=1))
    await answered(desk, NEW)
    young = {row for row in await dump(sql) if NEW.word in row[1]}
    counts = await store.retain(Ages(messages=MONTH))
    assert counts["messages"] == 2 and counts["conversations"] == 1
    left = await dump(sql)
    assert young <= left
    assert {table for table, _ in holding(left, OLD.word)} == {"customers", "customer_identifiers"}
    row = await conversation_row(sql, old.conversation_id)
    assert (row["status"], row["handler"]) == ("closed", "none")
    assert not any((await PostgresInvariantStore(database).violations()).values())
    assert await store.retain(Ages(messages=MONTH)) == {}


async def test_keys_outlive_messages_and_who_writes_again_begins_anew(
    desk: Desk, store: RetentionStore, sql: Sql
) -> None:
    old = await answered(desk, OLD)
    await aged(sql, timedelta(days=400))
    await store.retain(Ages(messages=MONTH, raw_events=MONTH))
    assert (await desk.store.ingest(OLD.mail())).duplicate
    again = await desk.store.ingest(OLD.mail("Again", key="later"))
    assert again.conversation_id != old.conversation_id and not again.duplicate


async def test_the_day_before_nothing_goes(desk: Desk, store: RetentionStore, sql: Sql) -> None:
    await desk.lived(OLD)
    await aged(sql, MONTH - timedelta(minutes=1))
    rows = await dump(sql)
    assert await store.retain(Ages(MONTH, MONTH, MONTH, MONTH, MONTH)) == {}
    assert await dump(sql) == rows


async def test_what_somebody_waits_for_stays(desk: Desk, store: RetentionStore, sql: Sql) -> None:
    unanswered = await desk.store.ingest(OLD.mail())
    held = await replied(desk.store, OLD.form("My lawyer"), OLD.escalation())
    unsent = await replied(desk.store, OLD.chat(), OLD.answer())
    await sql("UPDATE deliveries SET state = 'accepted' WHERE channel <> 'whatsapp'")
    await aged(sql, timedelta(days=400))
    assert await store.retain(Ages(messages=MONTH)) == {}
    for done in (unanswered, held, unsent):
        assert (await conversation_row(sql, done.conversation_id))["handler"] != "none"


@pytest.mark.parametrize("age", ["messages", "customers"])
async def test_what_a_person_answered_by_other_means_goes_as_all_that_is_answered(
    desk: Desk, store: RetentionStore, sql: Sql, age: str
) -> None:
    """Nothing but a desk closes such a conversation, and the person who answered has none."""
    done = await replied(desk.store, OLD.chat("My lawyer"), OLD.escalation())
    said = {"body": f"{OLD.word}, it is on its way.", "occurred_at": datetime.now(UTC) + timedelta(hours=1)}
    reply = OutsideReply("whatsapp", "whatsapp", OLD.phone.value, "SM-out", **said)
    assert await desk.takeovers.take_over(reply)
    await sent(desk)
    await aged(sql, timedelta(days=400))
    assert await store.retain(Ages(**{age: MONTH})) != {}
    row = await conversation_row(sql, done.conversation_id)
    assert (row["status"], row["handler"]) == ("closed", "none")
    assert not any(OLD.word in row["body"] for row in await sql("SELECT body FROM messages"))


async def test_a_reply_that_a_template_announced_and_nobody_asked_for_goes(
    desk: Desk, store: RetentionStore, sql: Sql
) -> None:
    """It leaves once its customer writes, and a customer who never does keeps it for ever."""
    await replied(desk.store, OLD.chat(), OLD.answer())
    await sql("UPDATE deliveries SET placeholder_id = 'SM-template', placeholder_sent_at = now()")
    await aged(sql, timedelta(days=400))
    assert (await store.retain(Ages(messages=MONTH)))["conversations"] == 1
    assert holding(await dump(sql), "SM-template") == []


async def test_each_age_lets_go_of_its_own_kind_alone(desk: Desk, store: RetentionStore, sql: Sql) -> None:
    await desk.lived(OLD)
    await sql("UPDATE outbox SET published_at = now()")
    await sql("UPDATE identifier_claims SET state = 'expired', ended_at = now(), code_sha256 = NULL")
    await aged(sql, timedelta(days=400))
    tables = {
        "raw_events": {"inbound_events", "delivery_events", "outbox", "identifier_claims"},
        "runs": {"agent_runs", "messages"},
        "audit": {"audit_log"},
    }
    for name, theirs in tables.items():
        before = await dump(sql)
        assert set(await store.retain(Ages(**{name: MONTH}))) == theirs
        assert {table for table, _ in before ^ await dump(sql)} == theirs
    assert await sql("SELECT FROM messages WHERE tool_calls <> '[]'") == []
    assert await sql("SELECT FROM agent_runs WHERE decision IS NOT NULL") == []
    assert (await sql("SELECT count(*) AS n FROM audit_log"))[0]["n"] == 0


async def test_a_customer_who_wrote_nothing_for_so_long_is_erased(desk: Desk, store: RetentionStore, sql: Sql) -> None:
    old = await answered(desk, OLD)
    await aged(sql, MONTH + timedelta(minutes=1))
    await answered(desk, NEW)
    before = {row for row in await dump(sql) if NEW.word in row[1]}
    assert await store.retain(Ages(customers=MONTH)) == {"customers": 1}
    assert holding(await dump(sql), OLD.word) == []
    assert before <= await dump(sql)
    [row] = await sql("SELECT actor, customers FROM erasures")
    assert row["actor"] == "retention"
    assert (await conversation_row(sql, old.conversation_id))["customer_id"] in row["customers"]


async def test_one_who_wrote_under_another_record_is_heard(desk: Desk, store: RetentionStore, sql: Sql) -> None:
    await answered(desk, OLD)
    (first,) = await desk.customers(OLD)
    await aged(sql, timedelta(days=400))
    await replied(desk.store, OLD.chat(), OLD.answer())
    await sql("UPDATE customers SET merged_into = $1 WHERE id <> $1", first)
    await sent(desk)
    assert await store.retain(Ages(customers=MONTH)) == {}


async def test_one_who_wrote_in_somebody_else_s_conversation_is_heard(
    desk: Desk, store: RetentionStore, sql: Sql
) -> None:
    mine = NEW.mail(participants=(OLD.address,), external_id="<first@example.com>")
    await replied(desk.store, mine, NEW.answer())
    await replied(desk.store, OLD.form(), OLD.answer())
    await aged(sql, timedelta(days=400))
    theirs = OLD.mail("I add", thread_key=mine.thread_key, in_reply_to="<first@example.com>")
    await replied(desk.store, theirs, OLD.answer())
    await sent(desk)
    assert await store.retain(Ages(customers=MONTH)) == {}


async def test_it_comes_to_the_end_in_batches(
    desk: Desk, store: RetentionStore, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "ROWS", 2)
    monkeypatch.setattr(retention, "CONVERSATIONS", 2)
    for number in range(5):
        await replied(desk.store, OLD.form(f"Question {number}"), OLD.answer())
    await sent(desk)
    await aged(sql, timedelta(days=400))
    counts = await store.retain(Ages(messages=MONTH, raw_events=MONTH, runs=MONTH))
    assert counts["conversations"] == 5
    assert [table for table, _ in holding(await dump(sql), OLD.word)].count("messages") == 0
