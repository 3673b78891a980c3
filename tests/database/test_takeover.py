"""A person answered by other means than ours: the employee is silent from then on."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from crm import PHONE, Sql, answer, chat, conversation_row, escalation, form, replied

from fte_agent.domain.delivery import DeliveryState, DeliveryStatus, Failure, OutsideReply, Sent
from fte_agent.domain.messages import Author, Identifier, InboundMessage
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.takeover import PostgresTakeoverStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

CHANNELS = ("whatsapp", "website")
BEFORE = datetime.now(UTC) - timedelta(hours=1)


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


async def test_what_the_customer_wrote_after_it_waits_for_a_person(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, database: Database, sql: Sql
) -> None:
    """Nobody who wrote before the question has answered it."""
    await store.ingest(chat("an old question", occurred_at=BEFORE - timedelta(minutes=5)))
    await store.ingest(chat("a new question", occurred_at=BEFORE))
    assert await takeovers.take_over(outside(occurred_at=BEFORE))
    assert await sql("SELECT handler, status FROM conversations") == [{"handler": "human", "status": "waiting_human"}]
    assert await sql("SELECT reason_code, status FROM escalations") == [{"reason_code": "outside", "status": "open"}]
    assert await sql("SELECT count(*) AS n FROM outbox WHERE topic = 'shop.escalations'") == [{"n": 1}]
    assert await store.claim("w") is None
    invariants = PostgresInvariantStore(database, answer_deadline=timedelta(seconds=600))
    assert set((await invariants.violations()).values()) == {0}
    assert await takeovers.take_over(outside("SM-again"))  # and now they have seen it
    assert await sql("SELECT status FROM escalations") == [{"status": "claimed"}]
    assert await sql("SELECT status FROM conversations") == [{"status": "waiting_customer"}]


async def test_it_takes_over_nothing_that_began_after_it(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    await store.ingest(chat("a question", occurred_at=BEFORE))
    assert not await takeovers.take_over(outside(occurred_at=BEFORE))
    assert await sql("SELECT handler FROM conversations") == [{"handler": "ai"}]
    assert await sql("SELECT count(*) AS n FROM messages WHERE author = 'human'") == [{"n": 0}]
    assert await store.claim("w") is not None


async def test_who_wrote_before_a_person_was_asked_for_has_not_come(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    await replied(store, chat(occurred_at=BEFORE), escalation())
    assert await takeovers.take_over(outside(occurred_at=BEFORE + timedelta(minutes=1)))
    assert await sql("SELECT status, first_human_reply_at FROM escalations") == [
        {"status": "open", "first_human_reply_at": None}
    ]
    assert await sql("SELECT status FROM conversations") == [{"status": "waiting_human"}]


@pytest.mark.parametrize("underway", [False, True])
async def test_an_answer_that_it_takes_back_leaves_its_question_to_a_person(
    store: PostgresTicketStore,
    deliveries: PostgresDeliveryStore,
    takeovers: PostgresTakeoverStore,
    sql: Sql,
    underway: bool,
) -> None:
    """The colleague had not seen the newer question, and the employee's answer to it does not go out any more."""
    await store.ingest(chat(occurred_at=BEFORE - timedelta(minutes=5)))
    await replied(store, chat("a new question", occurred_at=BEFORE + timedelta(minutes=5)), answer())
    part = await deliveries.claim_delivery("w", CHANNELS) if underway else None
    assert await takeovers.take_over(outside(occurred_at=BEFORE))
    if part is not None:
        assert await deliveries.mark_failed(part, Failure("20429", "slow down", retryable=True))
    assert await sql("SELECT state FROM deliveries") == [{"state": "cancelled"}]
    assert await sql("SELECT handler, status FROM conversations") == [{"handler": "human", "status": "waiting_human"}]
    assert await sql("SELECT reason_code, status FROM escalations") == [{"reason_code": "outside", "status": "open"}]
    assert await sql("SELECT status FROM tickets") == [{"status": "escalated"}]


@pytest.mark.parametrize("author", [Author.AI, Author.SYSTEM])
async def test_an_answer_that_is_out_or_goes_out_all_the_same_leaves_its_question_to_nobody(
    store: PostgresTicketStore,
    deliveries: PostgresDeliveryStore,
    takeovers: PostgresTakeoverStore,
    sql: Sql,
    author: Author,
) -> None:
    """What is approved, such as a greeting, goes out whoever has the conversation."""
    await store.ingest(chat(occurred_at=BEFORE - timedelta(minutes=5)))
    await replied(store, chat("a new question", occurred_at=BEFORE + timedelta(minutes=5)), answer(author=author))
    if author is Author.AI:
        delivery = await deliveries.claim_delivery("w", CHANNELS)
        assert delivery is not None and await deliveries.mark_sent(delivery, Sent("SM-ours"))
    assert await takeovers.take_over(outside(occurred_at=BEFORE))
    assert await sql("SELECT status FROM conversations") == [{"status": "waiting_customer"}]
    assert await sql("SELECT count(*) AS n FROM escalations") == [{"n": 0}]


async def given_up(
    store: PostgresTicketStore,
    deliveries: PostgresDeliveryStore,
    sql: Sql,
    message: InboundMessage,
    *more: str,
) -> None:
    """A reply whose first part was sent, not confirmed, and not found by two looks; ``more`` parts followed it."""
    await replied(store, message, answer(parts=("Your invoice is attached.", *more)))
    part = await deliveries.claim_delivery("w", CHANNELS)
    assert part is not None
    await deliveries.mark_unknown(part, Failure("TimeoutError", "no answer", retryable=True))
    for _ in range(2):
        await sql("UPDATE deliveries SET next_attempt_at = now()")
        part = await deliveries.claim_unconfirmed("w", CHANNELS)
        assert part is not None and await deliveries.mark_absent(part)
    [first, *_] = await sql("SELECT state, error_code FROM deliveries ORDER BY part")
    assert first == {"state": "failed", "error_code": "Unconfirmed"}


async def test_our_own_part_that_is_found_late_is_no_colleague(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    await given_up(store, deliveries, sql, chat())
    read = DeliveryStatus("whatsapp", "whatsapp", "SM-late", DeliveryState.READ, "read")
    assert not await deliveries.apply_status(read)
    assert not await takeovers.take_over(outside("SM-late", body="Your invoice is attached."))
    assert await sql("SELECT state, provider_id FROM deliveries") == [{"state": "read", "provider_id": "SM-late"}]
    [row] = await sql("SELECT status, summary FROM escalations")
    assert row["status"] == "open"
    assert "found since" in row["summary"]
    assert await sql("SELECT count(*) AS n FROM messages WHERE author = 'human'") == [{"n": 0}]
    assert await takeovers.take_over(outside("SM-other", body="Your invoice is attached."))  # the same words again


async def summary(sql: Sql) -> str:
    [row] = await sql("SELECT summary FROM escalations")
    return str(row["summary"])


async def test_one_part_that_is_found_does_not_stand_for_the_others(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    """Whoever looks after it must know that the customer has not read the rest."""
    await given_up(store, deliveries, sql, chat(), "It is due in May.")
    [first, _] = await sql("SELECT body FROM deliveries ORDER BY part")
    assert not await takeovers.take_over(outside("SM-late", body=first["body"]))
    assert (await summary(sql)).endswith("Part 1 of 2 was found since: the provider has that part.")


@pytest.mark.parametrize("refused", [False, True])
async def test_the_words_of_a_part_that_surely_never_left_are_a_colleague_s(
    store: PostgresTicketStore,
    deliveries: PostgresDeliveryStore,
    takeovers: PostgresTakeoverStore,
    sql: Sql,
    refused: bool,
) -> None:
    """Who sends them by hand, since the employee could not."""
    await replied(store, chat(), answer("Open Settings."))
    if refused:
        part = await deliveries.claim_delivery("w", CHANNELS)
        assert part is not None
        assert await deliveries.mark_failed(part, Failure("20429", "slow down", retryable=True))
    stranded = await deliveries.claim_stranded("w", [], timedelta())
    assert stranded is not None
    assert await deliveries.mark_failed(stranded, Failure("ChannelGone", "gone", retryable=False))
    assert await takeovers.take_over(outside(body="Open Settings."))
    assert await sql("SELECT status FROM escalations") == [{"status": "claimed"}]


@pytest.mark.parametrize("told", list(itertools.product([True, False], repeat=2)))
async def test_a_part_that_was_found_and_did_not_arrive_is_not_told_as_found(
    store: PostgresTicketStore,
    deliveries: PostgresDeliveryStore,
    takeovers: PostgresTakeoverStore,
    sql: Sql,
    told: tuple[bool, bool],
) -> None:
    """Nor one that came too late for free text, which is not sent as a template now that a person has it."""
    before, closed = told
    await given_up(store, deliveries, sql, chat())
    undelivered = DeliveryStatus(
        "whatsapp", "whatsapp", "SM-late", DeliveryState.FAILED, "undelivered", "63024", window_closed=closed
    )
    found = outside("SM-late", body="Your invoice is attached.")
    if before:
        await deliveries.apply_status(undelivered)
    assert not await takeovers.take_over(found)
    if not before:
        await deliveries.apply_status(undelivered)
    assert await sql("SELECT state FROM deliveries") == [{"state": "cancelled" if closed else "failed"}]
    [row] = await sql("SELECT status, summary FROM escalations")
    assert row["status"] == "open" and "found since" not in row["summary"]


@pytest.mark.parametrize("state", ["sending", "unknown"])
async def test_our_own_part_of_a_channel_that_was_away_is_no_colleague(
    store: PostgresTicketStore,
    deliveries: PostgresDeliveryStore,
    takeovers: PostgresTakeoverStore,
    sql: Sql,
    state: str,
) -> None:
    await replied(store, chat(), answer("Your invoice is attached."))
    part = await deliveries.claim_delivery("w", CHANNELS)
    assert part is not None
    if state == "unknown":
        await deliveries.mark_unknown(part, Failure("TimeoutError", "no answer", retryable=True))
    await sql("UPDATE deliveries SET lease_until = now() WHERE state = 'sending'")
    await sql("UPDATE messages SET created_at = now() - interval '1 hour'")
    stranded = await deliveries.claim_stranded("w", ["website"], timedelta(minutes=10))
    assert stranded is not None
    assert await deliveries.mark_failed(stranded, Failure("ChannelGone", "gone", retryable=False))
    assert not await takeovers.take_over(outside("SM-late", body="Your invoice is attached."))
    assert await sql("SELECT status FROM escalations") == [{"status": "open"}]


async def test_what_a_customer_writes_to_a_person_is_told_them(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, database: Database, sql: Sql
) -> None:
    """Once, however much they write; and what a colleague answers elsewhere counts for it."""
    await replied(store, chat(occurred_at=BEFORE), answer())
    assert await takeovers.take_over(outside(occurred_at=BEFORE + timedelta(minutes=1)))
    assert await sql("SELECT count(*) AS n FROM escalations") == [{"n": 0}]
    for body in ("and the second invoice?", "hello?"):
        await store.ingest(chat(body))
        assert await sql("SELECT reason_code, trigger, status FROM escalations") == [
            {"reason_code": "human", "trigger": "customer", "status": "open"}
        ]
    await sql("UPDATE conversations SET unanswered_since = now() - interval '1 day'")
    invariants = PostgresInvariantStore(database, answer_deadline=timedelta(minutes=10))
    assert set((await invariants.violations()).values()) == {0}
    await sql("UPDATE escalations SET status = 'resolved', resolved_at = now()")
    assert (await invariants.violations())["unanswered_without_owner"] == 1


async def test_a_template_of_ours_that_is_found_late_is_no_colleague(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    await given_up(store, deliveries, sql, chat(occurred_at=datetime.now(UTC) - timedelta(hours=25)))
    late = {"body": "Hello Ada, please write to us."}
    assert not await takeovers.take_over(outside("SM-late", **late))
    assert await sql("SELECT state, placeholder_id FROM deliveries") == [
        {"state": "failed", "placeholder_id": "SM-late"}
    ]
    assert "found since" not in await summary(sql)  # the reply was not
    assert await takeovers.take_over(outside("SM-second", **late))  # one template was sent


@pytest.mark.parametrize(
    "changes", [{"body": "other words"}, {"occurred_at": datetime.now(UTC) - timedelta(minutes=5)}]
)
async def test_a_colleague_after_a_part_that_was_given_up_is_one(
    store: PostgresTicketStore,
    deliveries: PostgresDeliveryStore,
    takeovers: PostgresTakeoverStore,
    sql: Sql,
    changes: dict[str, Any],
) -> None:
    await given_up(store, deliveries, sql, chat(occurred_at=datetime.now(UTC) - timedelta(hours=2)))
    assert await takeovers.take_over(outside(**{"body": "Your invoice is attached."} | changes))
    assert await sql("SELECT count(*) AS n FROM messages WHERE author = 'human'") == [{"n": 1}]


def late(body: str = "Hello", *, minutes: float, **changes: Any) -> InboundMessage:
    """A message that was written a while ago and comes in only now."""
    return chat(body, occurred_at=datetime.now(UTC) - timedelta(minutes=minutes), external_id=str(uuid4()), **changes)


def said(external_id: str = "SM-outside", *, minutes: float) -> OutsideReply:
    return outside(external_id, occurred_at=datetime.now(UTC) - timedelta(minutes=minutes))


async def test_an_answer_to_what_has_not_come_in_yet_waits_for_it(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    """A new customer wrote during a pause: there is no conversation to give to the colleague who answered."""
    for _ in range(2):
        assert not await takeovers.take_over(said(minutes=10))
    message = late(minutes=20)
    done = await store.ingest(message)
    assert (await store.ingest(message)).duplicate
    row = await conversation_row(sql, done.conversation_id)
    assert (row["handler"], row["status"], row["answered_through_seq"]) == ("human", "waiting_customer", 1)
    assert await store.claim("w") is None
    assert [row["author"] for row in await sql("SELECT author FROM messages ORDER BY seq")] == ["customer", "human"]
    assert not await takeovers.take_over(said(minutes=10))
    assert await sql("SELECT count(*) AS n FROM messages") == [{"n": 2}]
    assert await sql("SELECT count(*) AS n FROM early_replies") == [{"n": 0}]


async def test_what_was_said_before_the_question_answers_nothing(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    """Such as news that the business sent to many."""
    await takeovers.take_over(said(minutes=20))
    await store.ingest(late(minutes=10))
    assert await store.claim("w") is not None
    assert await sql("SELECT handler FROM conversations") == [{"handler": "ai"}]


async def test_an_answered_message_that_comes_after_a_newer_one_goes_to_a_person_as_well(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    await takeovers.take_over(said(minutes=10))
    await store.ingest(late("thanks", minutes=5))
    assert await sql("SELECT handler FROM conversations") == [{"handler": "ai"}]
    await store.ingest(late("Hello?", minutes=20))
    assert await store.claim("w") is None
    assert await sql("SELECT handler FROM conversations") == [{"handler": "human"}]
    assert await sql("SELECT count(*) AS n FROM messages WHERE author = 'human'") == [{"n": 1}]


async def test_an_answer_already_in_the_conversation_covers_what_was_written_before_it(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    await replied(store, late(minutes=30), answer())
    await takeovers.take_over(said(minutes=10))
    await sql("UPDATE conversations SET handler = 'ai'")
    await store.ingest(late("and this?", minutes=20))
    assert await store.claim("w") is None
    assert await sql("SELECT handler FROM conversations") == [{"handler": "human"}]


async def test_reply_and_message_that_come_at_once_meet_whoever_is_first(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    """Even where neither channel nor customer was known."""
    for number in range(20):
        who = Identifier("phone", f"+4917055500{number:02}", verified=True)
        where = {"channel_name": f"line-{number}", "thread_key": who.value}
        reply = outside(f"SM-{number}", occurred_at=datetime.now(UTC) - timedelta(minutes=10), **where)
        await asyncio.gather(store.ingest(late(minutes=20, sender=who, **where)), takeovers.take_over(reply))
    assert await sql("SELECT handler, count(*) AS n FROM conversations GROUP BY 1") == [{"handler": "human", "n": 20}]


async def test_what_waited_for_nobody_is_forgotten(
    takeovers: PostgresTakeoverStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await takeovers.take_over(outside("SM-old"))
    await sql("UPDATE early_replies SET kept_at = kept_at - interval '8 days'")
    await takeovers.take_over(outside("SM-new"))
    await deliveries.withdraw_late()
    assert await sql("SELECT external_id FROM early_replies") == [{"external_id": "SM-new"}]


async def test_what_is_written_after_a_colleague_answered_elsewhere_is_told_each_time(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    await replied(store, chat(occurred_at=BEFORE), escalation())
    for number in range(3):
        assert await takeovers.take_over(outside(f"SM-{number}", occurred_at=datetime.now(UTC)))
        await store.ingest(chat(f"and question {number}?", occurred_at=datetime.now(UTC) + timedelta(seconds=1)))
        rows = await sql("SELECT status FROM escalations ORDER BY created_at")
        assert [row["status"] for row in rows] == ["resolved"] * (number + 1) + ["open"]
        await sql("UPDATE escalations SET created_at = created_at - interval '1 hour'")
        await sql("UPDATE messages SET occurred_at = occurred_at - interval '1 hour'")


@pytest.mark.parametrize("author", ["ai", "system"])
async def test_a_late_reply_s_escalation_is_no_owner_of_what_is_written_to_a_person(
    store: PostgresTicketStore,
    deliveries: PostgresDeliveryStore,
    takeovers: PostgresTakeoverStore,
    sql: Sql,
    author: str,
) -> None:
    """A colleague stepped in while the provider was away; the customer writes on, and then the provider is back."""
    await replied(store, chat(occurred_at=BEFORE), answer())
    await sql("UPDATE messages SET author = $1 WHERE direction = 'outbound'", author)
    await sql("UPDATE deliveries SET due_since = now() - interval '1 hour'")
    assert await deliveries.escalate_late(timedelta(minutes=10)) is not None
    assert await takeovers.take_over(outside(occurred_at=BEFORE + timedelta(minutes=1)))
    await store.ingest(chat("and the second invoice?"))
    while (part := await deliveries.claim_delivery("w", CHANNELS)) is not None:
        assert await deliveries.mark_sent(part, Sent("SM-late"))
    await deliveries.withdraw_late()
    assert await sql("SELECT reason_code FROM escalations WHERE status = 'open'") == [{"reason_code": "human"}]


async def test_an_escalation_that_an_older_release_left_to_an_advisory_stays_open(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    """Its commit knew of no advisories and opened nothing beside one."""
    await replied(store, chat(), answer())
    await sql("UPDATE deliveries SET due_since = now() - interval '1 hour'")
    assert await deliveries.escalate_late(timedelta(minutes=10)) is not None
    await sql("UPDATE conversations SET handler = 'human', status = 'waiting_human'")
    await deliveries.withdraw_late()
    assert await sql("SELECT status FROM escalations") == [{"status": "open"}]


async def test_what_nobody_was_told_of_is_told_later(store: PostgresTicketStore, sql: Sql) -> None:
    """Messages that an older release took in."""
    await replied(store, chat(), answer())
    await sql("UPDATE conversations SET handler = 'human'")
    await store.ingest(chat("hello?"))
    await sql("DELETE FROM escalations")
    assert await store.tell_person() is not None
    assert await store.tell_person() is None
    assert await sql("SELECT reason_code, status FROM escalations") == [{"reason_code": "human", "status": "open"}]
