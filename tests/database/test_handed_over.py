"""A message that a person has, without a word to its sender."""

from datetime import UTC, datetime
from typing import Any

import pytest
from crm import Sql, answer, conversation_row, replied

from fte_agent.domain.messages import Identifier, InboundMessage
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

REASONS = ["unreadable", "suppressed", "repeated"]


def mail(key: str = "one", **changes: Any) -> InboundMessage:
    facts: dict[str, Any] = {
        "source": "email",
        "dedupe_key": key,
        "channel": "email",
        "channel_name": "mail",
        "thread_key": "thread",
        "sender": Identifier("email", "ada@example.com", verified=True),
        "body": "Where is my invoice?",
        "occurred_at": datetime.now(UTC),
        "external_id": f"<{key}@example.com>",
    }
    return InboundMessage(**facts | changes)


@pytest.mark.parametrize("reason", REASONS)
async def test_a_person_has_it_and_nothing_is_said(
    store: PostgresTicketStore, database: Database, sql: Sql, reason: str
) -> None:
    done = await store.ingest(mail(handed_over=reason))
    row = await conversation_row(sql, done.conversation_id)
    assert (row["handler"], row["status"], row["due_at"]) == ("human", "waiting_human", None)
    assert await store.claim("w") is None
    assert await sql("SELECT reason_code, trigger, status FROM escalations") == [
        {"reason_code": reason, "trigger": "rule", "status": "open"}
    ]
    assert await sql("SELECT count(*) FROM deliveries") == [{"count": 0}]
    assert await sql("SELECT count(*) FROM outbox WHERE topic = 'shop.escalations'") == [{"count": 1}]
    assert not any((await PostgresInvariantStore(database).violations()).values())
    await store.ingest(mail(handed_over=reason))
    assert await sql("SELECT count(*) FROM outbox") == [{"count": 1}]


async def test_what_waits_to_be_sent_there_is_not_sent_any_more(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore
) -> None:
    await replied(store, mail(), answer("not sent yet"))
    await store.ingest(mail("two", handed_over="suppressed"))
    assert await deliveries.claim_delivery("w", ("mail",)) is None


async def test_a_program_s_mail_is_nobody_s(store: PostgresTicketStore, sql: Sql) -> None:
    await store.ingest(mail(automated=True, handed_over="suppressed"))
    assert await sql("SELECT count(*) FROM escalations") == [{"count": 0}]
