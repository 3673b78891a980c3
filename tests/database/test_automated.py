"""What a program wrote is kept where it belongs, and nobody waits for anything because of it."""

import pytest
from crm import Sql, answer, conversation_row, escalation, mail, replied

from fte_agent.domain.messages import InboundMessage
from fte_database.pool import Database
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

TICKETS = "SELECT status FROM tickets ORDER BY number"
CONVERSATIONS = "SELECT status, handler FROM conversations ORDER BY generation"
RESOLVED = (
    "UPDATE conversations SET status = 'resolved', resolved_at = now()",
    "UPDATE tickets SET status = 'resolved', resolved_at = now()",
)
LONG_AGO = """UPDATE conversations SET unanswered_since = unanswered_since - interval '1 day',
    started_at = started_at - interval '1 day'"""


def out_of_office(key: str = "away") -> InboundMessage:
    return mail("I am away until Monday.", key=key, automated=True, external_id=f"<{key}@example.com>")


async def nothing_waits(sql: Sql, database: Database) -> None:
    await sql(LONG_AGO)
    assert not any((await PostgresInvariantStore(database).violations()).values())


async def test_one_of_its_own_opens_nothing_that_waits(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    done = await store.ingest(out_of_office())
    assert await sql(TICKETS) == [{"status": "closed"}]
    assert await sql(CONVERSATIONS) == [{"status": "resolved", "handler": "ai"}]
    again = await store.ingest(out_of_office("twice"))
    assert (again.conversation_id, again.ticket_id) == (done.conversation_id, done.ticket_id)
    assert await sql(TICKETS) == [{"status": "closed"}]
    assert await store.claim("w") is None
    await nothing_waits(sql, database)


async def test_a_person_who_writes_after_it_begins_anew(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(out_of_office())
    await replied(store, mail("Where is my invoice?"), answer())
    assert [row["status"] for row in await sql(CONVERSATIONS)] == ["resolved", "waiting_customer"]
    assert await sql(TICKETS) == [{"status": "closed"}, {"status": "waiting"}]


async def test_it_reopens_nothing_that_is_done(store: PostgresTicketStore, database: Database, sql: Sql) -> None:
    done = await replied(store, mail(), answer())
    for statement in RESOLVED:
        await sql(statement)
    said = await store.ingest(out_of_office())
    assert (said.conversation_id, said.ticket_id, said.seq) == (done.conversation_id, done.ticket_id, 3)
    assert await sql(TICKETS) == [{"status": "resolved"}]
    row = await conversation_row(sql, done.conversation_id)
    assert (row["status"], row["resolved_at"] is None, row["last_inbound_seq"]) == ("resolved", False, 1)
    await nothing_waits(sql, database)


async def test_it_is_no_answer_of_the_customer_s(store: PostgresTicketStore, database: Database, sql: Sql) -> None:
    done = await replied(store, mail(), answer())
    before = await conversation_row(sql, done.conversation_id)
    await store.ingest(out_of_office())
    after = await conversation_row(sql, done.conversation_id)
    assert await sql(TICKETS) == [{"status": "waiting"}]
    told = ("status", "handler", "due_at", "unanswered_since", "last_inbound_seq", "answered_through_seq")
    assert [after[name] for name in told] == [before[name] for name in told]
    await nothing_waits(sql, database)


async def test_it_leaves_what_a_person_has_to_them(store: PostgresTicketStore, database: Database, sql: Sql) -> None:
    await replied(store, mail(), escalation())
    await store.ingest(out_of_office())
    assert await sql(TICKETS) == [{"status": "escalated"}]
    assert await sql(CONVERSATIONS) == [{"status": "waiting_human", "handler": "human"}]
    await nothing_waits(sql, database)
