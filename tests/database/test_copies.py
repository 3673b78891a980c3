"""Copies of replies: who gets one, when it leaves, how many, and what becomes of it."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from asyncpg import UniqueViolationError
from crm import Sql, answer, chat, escalation, form, mail, replied

from fte_agent.channels import EMAIL
from fte_agent.domain.behaviour import Company
from fte_agent.domain.delivery import Delivery, DeliveryState, DeliveryStatus, Failure, NonDelivery, Sent
from fte_agent.domain.messages import Author, Identifier, Preference, ReplyTarget
from fte_agent.ports import Claim
from fte_database.pool import Database
from fte_database.repositories.copies import PER_CHANNEL, PER_MAILBOX, CopyPolicy
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.status import StatusStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

PAGE, BOX = ("website",), ("help@example.com",)
COPIES = "SELECT * FROM deliveries WHERE channel_config_id IS NOT NULL ORDER BY copied_at"
STATES = "SELECT state FROM deliveries WHERE channel_config_id IS NOT NULL ORDER BY copied_at"
AS_MANY_MORE = """
INSERT INTO deliveries (channel_config_id, message_id, ordinal, part, channel, recipient, body, mailbox, copied_at)
SELECT channel_config_id, message_id, ordinal, number, channel, recipient, body, mailbox, copied_at
FROM deliveries, generate_series(1, $1) AS number WHERE conversation_id IS NULL"""
GONE = Failure("invalidArgument", "no such mailbox", retryable=False)
BROKEN = Failure("ConnectionReset", "the connection broke", retryable=True)


@pytest.fixture
def told() -> Counter[tuple[str, str]]:
    return Counter()


@pytest.fixture
def store(database: Database, told: Counter[tuple[str, str]]) -> PostgresTicketStore:
    def tell(carrier: str, outcome: str) -> None:
        told[carrier, outcome] += 1

    policy = CopyPolicy(Company("Example Ltd"), {EMAIL: "help@example.com"}, tell)
    return PostgresTicketStore(database, topic_prefix="shop", copies=policy)


async def claimed(deliveries: PostgresDeliveryStore, channels: tuple[str, ...]) -> Delivery:
    delivery = await deliveries.claim_delivery("w", channels)
    assert delivery is not None
    return delivery


async def shown(deliveries: PostgresDeliveryStore) -> None:
    """The page has all that is due."""
    while delivery := await deliveries.claim_delivery("w", PAGE):
        assert not delivery.copied
        assert await deliveries.mark_sent(delivery, Sent())


async def states(sql: Sql) -> list[str]:
    return [row["state"] for row in await sql(STATES)]


async def lost_sight_of(deliveries: PostgresDeliveryStore, sql: Sql) -> Delivery:
    """The copy may have been sent; it is claimed to be looked up."""
    await sql("UPDATE deliveries SET next_attempt_at = now() WHERE state = 'unknown'")
    delivery = await deliveries.claim_unconfirmed("w", BOX)
    assert delivery is not None
    return delivery


# Who gets one, and what it says


async def test_an_answer_to_a_form_is_copied_once_to_the_typed_address(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql, told: Counter[tuple[str, str]]
) -> None:
    done = await replied(
        store, form("Buy at https://evil.example", subject="Cheap pills", display_name="Pills"), answer()
    )
    await shown(deliveries)
    copy = await claimed(deliveries, BOX)
    [number] = await sql("SELECT number FROM tickets")
    assert (copy.channel, copy.channel_name, copy.copied) == (EMAIL, "help@example.com", True)
    subject = f"Your request to Example Ltd, ticket {number['number']}"
    assert copy.target == ReplyTarget("ada@example.com", subject)
    assert (copy.conversation_id, copy.customer_name, copy.window_until) == (done.conversation_id, "", None)
    assert copy.body.startswith("Hello,\n\nOpen Settings, then Password.\n\nKind regards,\nExample Ltd Support\n\n")
    assert not any(word in copy.body + copy.target.subject for word in ("evil", "pills", "Pills", "Ada", "Password\n"))
    [row] = await sql(COPIES)
    assert (row["unverified"], row["conversation_id"], row["part"]) == (True, None, 1)
    assert await deliveries.mark_sent(copy, Sent("g-1"))
    assert await deliveries.claim_delivery("w", BOX) is None
    assert told == {("help@example.com", "queued"): 1}


async def test_a_reply_in_parts_is_one_copy(store: PostgresTicketStore, sql: Sql) -> None:
    await replied(store, form(), answer(parts=("One.", "Two.")))
    assert [row["body"].count("One.\n\nTwo.") for row in await sql(COPIES)] == [1]


async def test_an_acknowledgement_is_copied_too(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    """Whoever closed the page would not hear that a person answers; also where more came in than is answered."""
    await replied(store, form(excess=True), escalation())
    await shown(deliveries)
    copy = await claimed(deliveries, BOX)
    assert copy.author is Author.SYSTEM and "A colleague will reply." in copy.body


async def test_only_forms_are_copied_and_only_where_somebody_carries(
    store: PostgresTicketStore, database: Database, sql: Sql, told: Counter[tuple[str, str]]
) -> None:
    await replied(store, mail(), answer())
    await replied(store, chat(), answer())
    await replied(PostgresTicketStore(database, topic_prefix="shop"), form(), answer())
    await replied(
        PostgresTicketStore(database, topic_prefix="shop", copies=CopyPolicy(Company("x"), {})), form(), answer()
    )
    assert await sql(COPIES) == [] and not told


@pytest.mark.parametrize(
    "address",
    [
        "victim@example.com(x)",
        "a:victim@example.com",
        "=?utf-8?q?victim?=@example.com",
        "vìctim@example.com",
        "a@[1.2]",
    ],
)
async def test_what_is_not_plainly_an_address_gets_none(
    store: PostgresTicketStore, sql: Sql, told: Counter[tuple[str, str]], address: str
) -> None:
    await replied(store, form(sender=Identifier("email", address)), answer())
    assert await sql(COPIES) == [] and told == {("help@example.com", "unaddressed"): 1}


async def test_what_a_program_filled_in_is_answered_on_its_page_alone(
    store: PostgresTicketStore, sql: Sql, told: Counter[tuple[str, str]]
) -> None:
    await replied(store, form(metadata={"filled_in": "hidden_field"}), answer())
    assert await sql(COPIES) == [] and told == {("help@example.com", "unwanted"): 1}


async def test_who_asked_for_silence_gets_none(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, form(), answer())
    await store.ingest(mail("STOP", preference=Preference.STOP))
    assert await states(sql) == ["cancelled"]
    await replied(store, form(), answer())
    assert await states(sql) == ["cancelled"]


async def test_a_second_copy_by_the_same_channel_is_refused(store: PostgresTicketStore, sql: Sql) -> None:
    await replied(store, form(), answer())
    with pytest.raises(UniqueViolationError, match="deliveries_of_message"):
        await sql(AS_MANY_MORE, 1)


# How many


def spelling(number: int) -> str:
    return (f"v.ictim+{number}@gmail.com", "Victim@googlemail.com", f"vic.tim+a+{number}@GMail.com")[number % 3]


async def test_one_mailbox_gets_so_many_an_hour_however_it_is_spelled(
    store: PostgresTicketStore, sql: Sql, told: Counter[tuple[str, str]]
) -> None:
    """All at once: each commit sees those before it."""

    async def asked(number: int) -> Claim:
        done = await store.ingest(form(sender=Identifier("email", spelling(number))))
        claim = await store.claim("w", [done.conversation_id])
        assert claim is not None
        return claim

    claims = [await asked(number) for number in range(PER_MAILBOX + 6)]
    assert all(await asyncio.gather(*(store.commit(claim, answer(), revision="r") for claim in claims)))
    await replied(store, form(), answer())
    found = Counter(row["mailbox"] for row in await sql(COPIES))
    assert found == {"victim@gmail.com": PER_MAILBOX, "ada@example.com": 1}
    assert told == {("help@example.com", "queued"): PER_MAILBOX + 1, ("help@example.com", "capped"): 6}
    assert await sql("SELECT count(*) AS n FROM messages WHERE direction = 'outbound'") == [{"n": PER_MAILBOX + 7}]
    await sql("UPDATE deliveries SET copied_at = copied_at - interval '1 hour' WHERE conversation_id IS NULL")
    assert await store.commit(await asked(0), answer(), revision="r")
    assert told["help@example.com", "queued"] == PER_MAILBOX + 2


async def test_a_channel_carries_so_many_a_day(
    store: PostgresTicketStore, sql: Sql, told: Counter[tuple[str, str]]
) -> None:
    await replied(store, form(), answer())
    await sql("UPDATE deliveries SET part = 0, mailbox = 'other' WHERE conversation_id IS NULL")
    await sql(AS_MANY_MORE, PER_CHANNEL - 1)
    await replied(store, form(), answer())
    assert told["help@example.com", "capped"] == 1


# When it leaves


async def test_the_page_does_not_wait_for_the_copy_and_the_copy_follows_the_page(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    done = await replied(store, form(), answer())
    assert await deliveries.claim_delivery("w", BOX) is None
    await shown(deliveries)
    stuck = await claimed(deliveries, BOX)
    await deliveries.mark_unknown(stuck, BROKEN)
    again = form("And one more thing.", ticket_id=done.ticket_id, dedupe_key="again")
    await replied(store, again, answer("Another."))
    page = await claimed(deliveries, PAGE)
    assert page.body == "Another." and await deliveries.mark_sent(page, Sent())
    assert await deliveries.claim_delivery("w", BOX) is None  # in order on its own channel
    assert await deliveries.mark_sent(await lost_sight_of(deliveries, sql), Sent("g-1"))
    assert "Another." in (await claimed(deliveries, BOX)).body


async def test_a_copy_of_what_is_held_waits_until_it_is_out(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, form(), answer())
    await sql("UPDATE deliveries SET state = 'held' WHERE conversation_id IS NOT NULL")
    assert await deliveries.claim_delivery("w", (*PAGE, *BOX)) is None
    await sql("UPDATE deliveries SET state = 'pending' WHERE state = 'held'")
    await shown(deliveries)
    assert (await claimed(deliveries, BOX)).copied


async def test_two_workers_never_have_the_same_copy(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore
) -> None:
    for _ in range(3):
        await replied(store, form(), answer())
    await shown(deliveries)
    found = await asyncio.gather(*(deliveries.claim_delivery(f"w{n}", BOX) for n in range(8)))
    ids = [delivery.id for delivery in found if delivery is not None]
    assert 0 < len(ids) == len(set(ids)) <= 3


async def test_replies_of_the_mailbox_go_before_copies(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore
) -> None:
    await replied(store, form(), answer())
    await shown(deliveries)
    await replied(store, mail(sender=Identifier("email", "eve@example.com", verified=True)), answer())
    assert [(await claimed(deliveries, BOX)).copied for _ in range(2)] == [False, True]


@pytest.mark.parametrize(("decision", "left"), [(answer(), "cancelled"), (escalation(), "pending")])
async def test_a_person_who_takes_over_stops_what_the_employee_wrote(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql, decision: object, left: str
) -> None:
    done = await replied(store, form(), decision)  # type: ignore[arg-type]
    await shown(deliveries)
    await sql("UPDATE conversations SET handler = 'ai'")
    again = form("I will sue you.", ticket_id=done.ticket_id, dedupe_key="again")
    await replied(store, again, escalation())
    assert (await states(sql))[0] == left
    await sql("UPDATE conversations SET handler = 'ai'")  # given back: what was stopped stays unsaid
    await shown(deliveries)
    bodies = []
    while delivery := await deliveries.claim_delivery("w", BOX):
        bodies.append(delivery.body)
        await deliveries.mark_sent(delivery, Sent(str(uuid4())))
    assert len(bodies) == (1 if left == "cancelled" else 2)


async def test_a_person_has_the_conversation_before_the_copy_leaves(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql, database: Database
) -> None:
    await replied(store, form(), answer())
    await shown(deliveries)
    await sql("UPDATE conversations SET handler = 'human', handler_since = now()")
    assert await deliveries.claim_delivery("w", BOX) is None
    await sql("UPDATE deliveries SET first_sent_at = now() + interval '1 s' WHERE conversation_id IS NULL")
    assert (await PostgresInvariantStore(database).violations())["sent_after_takeover"] == 1


# What becomes of it


async def unharmed(sql: Sql, database: Database, conversation: UUID, answered: int = 1) -> None:
    """The employee has the conversation, nobody was told, and the page shows what it showed."""
    assert await sql("SELECT handler FROM conversations") == [{"handler": "ai"}]
    assert await sql("SELECT FROM escalations") == []
    [ticket] = await sql("SELECT id FROM tickets WHERE conversation_id = $1", conversation)
    view = await StatusStore(database).find_ticket(ticket["id"])
    assert view is not None
    assert [message.author for message in view.messages].count(Author.AI) == answered
    invariants = PostgresInvariantStore(database, answer_deadline=timedelta(minutes=10))
    assert set((await invariants.violations()).values()) == {0}


async def test_one_that_is_refused_is_a_failed_row_and_nothing_else(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql, database: Database
) -> None:
    done = await replied(store, form(), answer())
    await shown(deliveries)
    assert await deliveries.mark_failed(await claimed(deliveries, BOX), GONE)
    [row] = await sql(COPIES)
    assert (row["state"], row["error_code"]) == ("failed", "invalidArgument")
    await unharmed(sql, database, done.conversation_id)


async def test_one_that_is_refused_cancels_nothing_of_the_page(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, form(), answer())
    await shown(deliveries)
    copy = await claimed(deliveries, BOX)
    await sql("UPDATE deliveries SET state = 'pending' WHERE conversation_id IS NOT NULL")
    assert await deliveries.mark_failed(copy, GONE)
    assert await sql("SELECT state FROM deliveries WHERE conversation_id IS NOT NULL") == [{"state": "pending"}]


async def test_one_that_bounces_is_a_failed_row_and_nothing_else(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql, database: Database
) -> None:
    done = await replied(store, form(), answer())
    await shown(deliveries)
    assert await deliveries.mark_sent(await claimed(deliveries, BOX), Sent("g-1"))
    bounced = DeliveryStatus(EMAIL, "help@example.com", "g-1", DeliveryState.FAILED, "bounced", "5.1.1")
    assert await deliveries.apply_status(bounced)
    [row] = await sql(COPIES)
    assert (row["state"], row["error_code"]) == ("failed", "5.1.1")
    await unharmed(sql, database, done.conversation_id)


async def test_a_page_that_cannot_be_reached_takes_its_copy_along(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, form(), answer())
    assert await deliveries.mark_failed(await claimed(deliveries, PAGE), GONE)
    assert await states(sql) == ["cancelled"]


@pytest.mark.parametrize("crashed", [True, False])
async def test_one_that_may_have_left_is_looked_up_before_it_is_sent_again(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql, database: Database, crashed: bool
) -> None:
    done = await replied(store, form(), answer())
    await shown(deliveries)
    copy = await claimed(deliveries, BOX)
    assert await deliveries.has_unconfirmed("help@example.com", "ada@example.com")
    if crashed:
        await sql("UPDATE deliveries SET lease_until = now() - interval '1 hour' WHERE state = 'sending'")
    else:
        await deliveries.mark_unknown(copy, BROKEN)
    assert await deliveries.claim_delivery("w", (*PAGE, *BOX)) is None
    assert await deliveries.claim_unconfirmed("w", PAGE) is None
    for _ in range(2):
        assert await deliveries.mark_absent(await lost_sight_of(deliveries, sql))
    again = await claimed(deliveries, BOX)
    assert (again.id, again.first_sent_at) == (copy.id, copy.first_sent_at)
    assert await deliveries.mark_sent(again, Sent("g-1"))
    assert await deliveries.unknown_ids("help@example.com", ["g-1", "g-2"]) == {"g-2"}
    assert len(await sql(COPIES)) == 1
    await unharmed(sql, database, done.conversation_id)


async def test_one_on_a_mailbox_that_was_taken_away_fails_and_nobody_is_told(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql, database: Database
) -> None:
    done = await replied(store, form(), answer())
    await shown(deliveries)
    await sql("UPDATE messages SET created_at = now() - interval '1 hour'")
    assert await deliveries.claim_stranded("w", (*PAGE, *BOX), timedelta(minutes=10)) is None
    stranded = await deliveries.claim_stranded("w", PAGE, timedelta(minutes=10))
    assert stranded is not None and stranded.copied
    await deliveries.mark_failed(stranded, GONE)
    assert await states(sql) == ["failed"]
    await unharmed(sql, database, done.conversation_id)


async def test_one_that_cannot_be_sent_is_tried_for_a_day_and_nobody_is_told(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql, database: Database
) -> None:
    done = await replied(store, form(), answer())
    await shown(deliveries)
    assert await deliveries.mark_failed(await claimed(deliveries, BOX), BROKEN)
    await sql("UPDATE deliveries SET next_attempt_at = now(), due_since = now() - interval '20 hours'")
    assert await deliveries.escalate_late(timedelta(minutes=10)) is None
    await deliveries.withdraw_late()
    assert await states(sql) == ["pending"]
    await unharmed(sql, database, done.conversation_id)
    await sql("UPDATE deliveries SET copied_at = now() - interval '25 hours' WHERE conversation_id IS NULL")
    assert await deliveries.claim_delivery("w", BOX) is None
    await deliveries.withdraw_late()
    assert await states(sql) == ["expired"]


async def test_its_address_s_own_conversation_is_another(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    """What is written in answer to a copy is an ordinary mail."""
    done = await replied(store, form(), answer())
    await shown(deliveries)
    copy = await claimed(deliveries, BOX)
    assert await deliveries.mark_sent(copy, Sent("g-1"))
    came = await store.ingest(mail("Thank you.", in_reply_to=f"<{copy.id}@example.com>", occurred_at=datetime.now(UTC)))
    assert came.conversation_id != done.conversation_id


async def test_one_that_comes_back_is_failed_and_no_other_follows_while_the_page_goes_on(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await replied(store, form(), answer())
    await shown(deliveries)
    copy = await claimed(deliveries, BOX)
    assert await deliveries.mark_sent(copy, Sent("g-1"))
    report = NonDelivery(EMAIL, BOX[0], ("ada@example.com",), delivery=str(copy.id), code="5.1.1", permanent=True)
    assert await deliveries.apply_non_delivery(report)
    assert (await states(sql), await sql("SELECT count(*) FROM escalations")) == (["failed"], [{"count": 0}])
    await replied(store, form(), answer())
    await shown(deliveries)
    assert await states(sql) == ["failed"]
    assert await sql("SELECT count(*) FROM deliveries WHERE state = 'accepted'") == [{"count": 2}]


async def test_copies_use_up_nothing_of_what_the_address_is_answered(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    for number in range(PER_MAILBOX):
        await replied(store, form(f"Where is invoice number {number}?"), answer())
    await shown(deliveries)
    assert len(await sql(COPIES)) == PER_MAILBOX
    done = await store.ingest(mail("How do I turn on two-step verification?"))
    assert await sql("SELECT handler FROM conversations WHERE id = $1", done.conversation_id) == [{"handler": "ai"}]
