"""A person answered by other means than ours: the employee is silent from then on."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from crm import PHONE, Sql, answer, chat, conversation_row, escalation, form, replied

from fte_agent.domain.delivery import OutsideReply, Sent
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.handover import PostgresTakeoverStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

CHANNELS = ("whatsapp", "website")


def outside(external_id: str = "SM-outside", **changes: Any) -> OutsideReply:
    facts: dict[str, Any] = {"channel": "whatsapp", "channel_name": "whatsapp", "thread_key": PHONE.value}
    said = {"body": "Ada, I have sent you the invoice.", "occurred_at": datetime.now(UTC)}
    return OutsideReply(external_id=external_id, **facts | said | changes)


@pytest.fixture
def takeovers(database: Database) -> PostgresTakeoverStore:
    return PostgresTakeoverStore(database, topic_prefix="shop")


async def test_it_is_kept_and_the_employee_stops(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    done = await replied(store, chat(), answer("not sent yet"))
    await store.ingest(chat("and another thing"))
    turn = await store.claim("w")
    assert turn is not None
    assert await takeovers.take_over(outside())
    row = await conversation_row(sql, done.conversation_id)
    assert (row["handler"], row["status"], row["lease_owner"], row["due_at"]) == (
        "human",
        "waiting_customer",
        None,
        None,
    )
    assert row["answered_through_seq"] == row["last_inbound_seq"] == 3
    assert not await store.commit(turn, answer(), revision="r")
    assert await store.claim("w") is None
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    assert await sql("SELECT state FROM deliveries") == [{"state": "cancelled"}]
    [message] = await sql("SELECT direction, author, external_id, body FROM messages WHERE seq = 4")
    assert tuple(message.values()) == ("outbound", "human", "SM-outside", "Ada, I have sent you the invoice.")
    assert await sql("SELECT actor, action, subject FROM audit_log") == [
        {"actor": "outside", "action": "takeover", "subject": str(done.conversation_id)}
    ]
    [event] = await sql("SELECT payload::text AS text FROM outbox ORDER BY id DESC LIMIT 1")
    assert '"conversation.taken_over"' in event["text"]
    assert await sql("SELECT count(*) AS n FROM escalations") == [{"n": 0}]


async def test_the_employee_reads_it_once_the_conversation_is_given_back(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    await replied(store, chat(), answer())
    await takeovers.take_over(outside())
    await sql("UPDATE conversations SET handler = 'ai'")
    await store.ingest(chat("thanks, and how do I pay it?"))
    claim = await store.claim("w")
    assert claim is not None
    assert claim.context.history[-1].body == "Ada, I have sent you the invoice."


async def test_who_was_asked_for_has_come(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    await replied(store, chat(), escalation())
    await takeovers.take_over(outside())
    [row] = await sql("SELECT status, claimed_at, first_human_reply_at FROM escalations")
    assert row["status"] == "claimed"
    assert row["claimed_at"] is not None
    assert row["first_human_reply_at"] is not None


async def test_it_is_told_often_and_counts_once(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    await replied(store, chat(), answer())
    told = await asyncio.gather(*(takeovers.take_over(outside()) for _ in range(6)))
    assert sorted(told) == [False] * 5 + [True]
    assert await sql("SELECT count(*) AS n FROM messages WHERE author = 'human'") == [{"n": 1}]
    assert await sql("SELECT count(*) AS n FROM audit_log") == [{"n": 1}]


@pytest.mark.parametrize(
    "stranger",
    [{"channel_name": "other"}, {"thread_key": "+1"}, {"channel": "email"}],
    ids=lambda value: next(iter(value)),
)
async def test_whose_conversation_is_not_ours_is_left_alone(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql, stranger: dict[str, str]
) -> None:
    await replied(store, chat(), answer())
    assert not await takeovers.take_over(outside(**stranger))
    assert await sql("SELECT handler FROM conversations") == [{"handler": "ai"}]


async def test_our_own_words_are_no_take_over(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    """Whatever stood for a part, its text or a template, before or now."""
    await replied(store, chat(external_id="SM-in"), answer())
    first = await deliveries.claim_delivery("w", CHANNELS)
    assert first is not None
    await deliveries.mark_sent(first, Sent("SM-template", placeholder=True))
    assert not await takeovers.take_over(outside("SM-template"))
    await store.ingest(chat())
    again = await deliveries.claim_delivery("w", CHANNELS)
    assert again is not None
    await deliveries.mark_sent(again, Sent("SM-text"))
    for ours in ("SM-template", "SM-text", "SM-in"):
        assert not await takeovers.take_over(outside(ours))
    assert await sql("SELECT handler FROM conversations") == [{"handler": "ai"}]


async def test_approved_words_still_go_out(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, takeovers: PostgresTakeoverStore
) -> None:
    await replied(store, chat(), escalation())
    await takeovers.take_over(outside())
    delivery = await deliveries.claim_delivery("w", CHANNELS)
    assert delivery is not None
    assert delivery.body == "A colleague will reply."


async def test_a_part_being_sent_is_lost_to_its_sender_only_where_sending_again_is_harmless(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    web = form()
    for message, thread in ((chat(), PHONE.value), (web, str(web.ticket_id))):
        await replied(store, message, answer())
        delivery = await deliveries.claim_delivery("w", (message.channel_name,))
        assert delivery is not None
        where = {"channel": message.channel, "channel_name": message.channel_name, "thread_key": thread}
        assert await takeovers.take_over(outside(f"to {message.channel}", **where))
        assert await deliveries.mark_sent(delivery, Sent("id")) is (message.channel == "whatsapp")
    states = await sql("SELECT channel, state FROM deliveries ORDER BY channel")
    assert [row["state"] for row in states] == ["cancelled", "accepted"]
