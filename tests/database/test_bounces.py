"""Replies that come back: believed of their own recipient alone, told to a person once, in whatever order they come."""

from typing import Any

import pytest
from crm import Sql, answer, conversation_row, escalation, form, mail, replied

from fte_agent.domain.delivery import Delivery, Failure, NonDelivery, Sent
from fte_agent.domain.messages import Identifier, InboundMessage, ReplyTarget
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.takeover import PostgresTakeoverStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

DESK = "help@example.com"
CHANNELS = (DESK,)
PARTS = "SELECT state, error_code, error_class, error FROM deliveries ORDER BY part"
GONE = {"state": "failed", "error_code": "5.1.1", "error_class": "reported", "error": "there is no such mailbox"}
TOLD = "SELECT reason_code, trigger, summary, status FROM escalations"
MARKED = "SELECT value_norm FROM customer_identifiers WHERE undeliverable_at IS NOT NULL"


def report(part: Delivery, **changes: Any) -> NonDelivery:
    facts: dict[str, Any] = {
        "channel": "email",
        "channel_name": DESK,
        "addresses": ("ada@example.com",),
        "delivery": str(part.id),
        "code": "5.1.1",
        "reason": "there is no such mailbox",
        "permanent": True,
    }
    return NonDelivery(**facts | changes)


def later(body: str = "Hello again", **changes: Any) -> InboundMessage:
    """A mail of hers in another thread."""
    return mail(body, **{"thread_key": "thread-2"} | changes)


@pytest.fixture
async def claimed(store: PostgresTicketStore, deliveries: PostgresDeliveryStore) -> Delivery:
    await replied(store, mail(), answer())
    delivery = await deliveries.claim_delivery("w", CHANNELS)
    assert delivery is not None
    return delivery


async def given_to_a_person_once(sql: Sql, database: Database, delivery: Delivery) -> None:
    assert await sql(PARTS) == [GONE]
    assert await sql(TOLD) == [
        {
            "reason_code": "delivery",
            "trigger": "failure",
            "summary": "A reply could not be delivered (5.1.1): there is no such mailbox.",
            "status": "open",
        }
    ]
    conversation = await conversation_row(sql, delivery.conversation_id)
    assert (conversation["handler"], conversation["status"]) == ("human", "waiting_human")
    assert await sql("SELECT count(*) AS n FROM outbox WHERE topic = 'shop.escalations'") == [{"n": 1}]
    assert await sql("SELECT status FROM tickets") == [{"status": "escalated"}]
    assert not any((await PostgresInvariantStore(database).violations()).values())


@pytest.mark.parametrize("order", ["sent, back", "back, sent", "sent, back, back", "back, back, sent", "back, refused"])
async def test_whatever_comes_first_a_person_has_it_once(
    deliveries: PostgresDeliveryStore, claimed: Delivery, database: Database, sql: Sql, order: str
) -> None:
    for step in order.split(", "):
        if step == "back":
            assert await deliveries.apply_non_delivery(report(claimed))
        elif step == "sent":
            await deliveries.mark_sent(claimed, Sent("gmail-1"))
        else:
            await deliveries.mark_failed(claimed, Failure("NotReached", "no answer", retryable=True))
    await given_to_a_person_once(sql, database, claimed)
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    assert await deliveries.claim_unconfirmed("w", CHANNELS) is None


async def test_one_whose_fate_was_unknown_is_not_looked_up_any_more(
    deliveries: PostgresDeliveryStore, claimed: Delivery, database: Database, sql: Sql
) -> None:
    await deliveries.mark_unknown(claimed, Failure("NoAnswer", "no answer", retryable=True))
    assert await deliveries.apply_non_delivery(report(claimed))
    await sql("UPDATE deliveries SET next_attempt_at = now()")
    assert await deliveries.claim_unconfirmed("w", CHANNELS) is None
    await given_to_a_person_once(sql, database, claimed)


@pytest.mark.parametrize(
    "changes",
    [
        {"delivery": ""},
        {"delivery": "1c1f3e2a-0000-4000-8000-000000000000"},
        {"delivery": "1c1f3e2a"},
        {"delivery": "", "message_id": "<CAF=1@mail.example.com>"},
        {"addresses": ("eve@example.com",)},
        {"addresses": ("",)},
        {"channel_name": "sales@example.com"},
        {"channel": "whatsapp"},
    ],
    ids=str,
)
async def test_what_is_not_to_be_believed_changes_nothing(
    deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql, changes: dict[str, Any]
) -> None:
    await deliveries.mark_sent(claimed, Sent("gmail-1"))
    assert not await deliveries.apply_non_delivery(report(claimed, **changes))
    assert [row["state"] for row in await sql(PARTS)] == ["accepted"]
    assert await sql(TOLD) == []
    assert await sql(MARKED) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"addresses": (" ADA@Example.COM",)},
        {"addresses": ("ada@box7.example.net", "ada@example.com")},
        {"delivery": "", "message_id": "<{id}@example.com>"},
    ],
    ids=["another spelling", "put in another's place", "by the Message-ID"],
)
async def test_what_names_the_part_and_its_recipient_is_believed(
    deliveries: PostgresDeliveryStore, claimed: Delivery, database: Database, sql: Sql, changes: dict[str, Any]
) -> None:
    if "message_id" in changes:
        changes = changes | {"message_id": changes["message_id"].format(id=claimed.id)}
    assert await deliveries.apply_non_delivery(report(claimed, **changes))
    await given_to_a_person_once(sql, database, claimed)
    assert await sql(MARKED) == [{"value_norm": "ada@example.com"}]


async def test_one_that_was_never_sent_cannot_have_come_back(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql
) -> None:
    await sql("UPDATE deliveries SET state = 'pending', first_sent_at = NULL, lease_owner = NULL")
    assert not await deliveries.apply_non_delivery(report(claimed))
    assert await deliveries.claim_delivery("w", CHANNELS) is not None


async def test_a_failure_that_may_pass_fails_the_part_and_marks_nobody(
    deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql
) -> None:
    assert await deliveries.apply_non_delivery(report(claimed, code="4.4.7", reason="", permanent=False))
    assert [(row["state"], row["error_code"]) for row in await sql(PARTS)] == [("failed", "4.4.7")]
    assert await sql(MARKED) == []


async def test_a_report_without_a_code_is_one(deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql) -> None:
    assert await deliveries.apply_non_delivery(report(claimed, code="", reason="", permanent=False))
    [told] = await sql(TOLD)
    assert told["summary"] == "A reply could not be delivered (no code was given)."


# Whom nothing reaches


async def test_nothing_is_sent_to_whom_nothing_reaches_and_a_person_knows(
    store: PostgresTicketStore,
    deliveries: PostgresDeliveryStore,
    claimed: Delivery,
    database: Database,
    sql: Sql,
) -> None:
    """A reply that waited in another conversation when the first came back."""
    other = await replied(store, later(occurred_at=claimed.first_sent_at), answer(parts=("one", "two")))
    await deliveries.apply_non_delivery(report(claimed))
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    parts = "SELECT state, error_code FROM deliveries WHERE conversation_id = $1 ORDER BY part"
    assert await sql(parts, other.conversation_id) == [
        {"state": "failed", "error_code": "Undeliverable"},
        {"state": "cancelled", "error_code": None},
    ]
    told = "SELECT reason_code, summary FROM escalations WHERE conversation_id = $1"
    assert await sql(told, other.conversation_id) == [
        {
            "reason_code": "delivery",
            "summary": "A reply could not be delivered (Undeliverable): no message has reached the recipient since one "
            "came back.",
        }
    ]
    assert (await conversation_row(sql, other.conversation_id))["handler"] == "human"
    await sql("UPDATE deliveries SET due_since = now() - interval '1 day'")
    assert not any((await PostgresInvariantStore(database).violations()).values())


@pytest.mark.parametrize("automated", [False, True])
async def test_a_message_from_there_shows_that_the_address_lives(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql, automated: bool
) -> None:
    await deliveries.apply_non_delivery(report(claimed))
    await store.ingest(later(automated=automated))
    assert await sql(MARKED) == []
    await replied(store, later("I am back", thread_key="thread-3"), answer("Welcome back."))
    delivery = await deliveries.claim_delivery("w", CHANNELS)
    assert delivery is not None
    assert delivery.body == "Welcome back."


async def test_a_late_report_says_nothing_of_who_has_written_since(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql
) -> None:
    [now] = await sql("SELECT clock_timestamp() AS now")
    await store.ingest(later(occurred_at=now["now"]))
    await deliveries.apply_non_delivery(report(claimed))
    assert [row["state"] for row in await sql(PARTS)] == ["failed"]
    assert await sql(MARKED) == []


async def test_a_report_told_twice_does_not_mark_again(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql
) -> None:
    await deliveries.apply_non_delivery(report(claimed))
    await store.ingest(later())
    assert await deliveries.apply_non_delivery(report(claimed))
    assert await sql(MARKED) == []


async def test_where_the_answer_was_wanted_is_not_where_they_write_from(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    """A Reply-To that is gone fails its part and closes nobody's own address."""
    await replied(store, mail(reply_target=ReplyTarget("box@example.net")), answer())
    delivery = await deliveries.claim_delivery("w", CHANNELS)
    assert delivery is not None
    assert not await deliveries.apply_non_delivery(report(delivery))
    assert await deliveries.apply_non_delivery(report(delivery, addresses=("box@example.net",)))
    assert [row["state"] for row in await sql(PARTS)] == ["failed"]
    assert await sql(MARKED) == []


async def test_a_page_is_no_mail_and_a_form_s_word_no_sign_of_life(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql
) -> None:
    """Anybody may type an address; the page that shows the answer is reached all the same."""
    await deliveries.apply_non_delivery(report(claimed))
    await replied(store, form(), answer("On the page."))
    delivery = await deliveries.claim_delivery("w", ("website",))
    assert delivery is not None
    assert delivery.body == "On the page."
    assert await sql(MARKED) == [{"value_norm": "ada@example.com"}]


async def test_who_has_the_conversation_already_is_told_in_the_same_escalation(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, mail(), escalation())
    delivery = await deliveries.claim_delivery("w", CHANNELS)
    assert delivery is not None
    await deliveries.mark_sent(delivery, Sent("gmail-1"))
    for _ in range(2):
        await deliveries.apply_non_delivery(report(delivery))
    [told] = await sql(TOLD)
    assert (told["reason_code"], told["summary"]) == (
        "legal",
        "The customer mentions a lawyer. A reply could not be delivered (5.1.1): there is no such mailbox.",
    )


async def test_another_customer_is_written_to_as_ever(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, claimed: Delivery
) -> None:
    await deliveries.apply_non_delivery(report(claimed))
    await replied(store, later(sender=Identifier("email", "bob@example.com", verified=True)), answer("For Bob."))
    delivery = await deliveries.claim_delivery("w", CHANNELS)
    assert delivery is not None
    assert delivery.body == "For Bob."


async def test_a_report_names_it_as_the_provider_did(
    deliveries: PostgresDeliveryStore, database: Database, sql: Sql, claimed: Delivery
) -> None:
    named = "<CAGmail=7@mail.example.com>"
    await PostgresTakeoverStore(database, topic_prefix="shop").note_sent_as(claimed.id, named)
    await deliveries.mark_sent(claimed, Sent("gmail-1"))
    assert await deliveries.apply_non_delivery(report(claimed, delivery="", message_id=named))
    await given_to_a_person_once(sql, database, claimed)


# Meetings


@pytest.mark.parametrize("goes_on", [True, False])
async def test_one_of_a_finished_conversation_is_told_and_reopens_nothing(
    store: PostgresTicketStore,
    deliveries: PostgresDeliveryStore,
    claimed: Delivery,
    sql: Sql,
    goes_on: bool,
) -> None:
    """Its thread may go on as the next conversation, and only one of a thread lives."""
    await deliveries.mark_sent(claimed, Sent("gmail-1"))
    await sql("UPDATE conversations SET status = 'resolved', resolved_at = now()")
    await sql("UPDATE tickets SET status = 'resolved', resolved_at = now()")
    newer = await store.ingest(mail("And another thing")) if goes_on else None
    assert await deliveries.apply_non_delivery(report(claimed))
    old = await conversation_row(sql, claimed.conversation_id)
    assert (old["handler"], old["status"]) == ("human", "resolved")
    assert await sql("SELECT conversation_id, reason_code, status FROM escalations") == [
        {"conversation_id": claimed.conversation_id, "reason_code": "delivery", "status": "open"}
    ]
    if newer is not None:
        assert (await conversation_row(sql, newer.conversation_id))["handler"] == "ai"


async def test_a_form_that_was_filled_in_since_says_nothing_of_the_address(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, claimed: Delivery, sql: Sql
) -> None:
    """Anybody may type it, and so would let every copy go to where none arrives."""
    [now] = await sql("SELECT clock_timestamp() AS now")
    await store.ingest(form(occurred_at=now["now"]))
    await deliveries.apply_non_delivery(report(claimed))
    assert await sql(MARKED) == [{"value_norm": "ada@example.com"}]
