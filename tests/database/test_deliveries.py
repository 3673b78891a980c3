"""Deliveries: in order, once at a time, and nothing of the employee's after a take-over."""

import asyncio
import json
from dataclasses import replace
from uuid import UUID

import pytest
from crm import Sql, answer, escalation, form, mail, replied

from fte_agent.channels import EMAIL, TRAITS, Unconfirmed
from fte_agent.domain.delivery import Delivery, Failure, Sent
from fte_agent.domain.messages import Author, ReplyTarget
from fte_agent.domain.turns import Decision, Outcome
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

CHANNELS = ("help@example.com", "website")

APPROVED = Decision(outcome=Outcome.SOCIAL, author=Author.SYSTEM, parts=("You are welcome.",))


@pytest.fixture
def resendable_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail that reaches nobody twice, however often it is sent."""
    monkeypatch.setitem(TRAITS, EMAIL, replace(TRAITS[EMAIL], unconfirmed=Unconfirmed.RESEND))


async def _reply(store: PostgresTicketStore, decision: Decision) -> UUID:
    """One more message in the one mail thread, and its committed reply."""
    done = await store.ingest(mail())
    claim = await store.claim("w")
    assert claim is not None
    assert await store.commit(claim, decision, revision="r")
    return done.conversation_id


async def _claim(deliveries: PostgresDeliveryStore) -> Delivery:
    delivery = await deliveries.claim_delivery("w", CHANNELS)
    assert delivery is not None
    return delivery


async def test_replies_of_a_conversation_go_out_in_order(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore
) -> None:
    for text in ("first", "second"):
        await _reply(store, answer(text))
    first = await _claim(deliveries)
    assert (first.body, first.channel, first.author) == ("first", EMAIL, Author.AI)
    assert (first.target.address, first.part) == ("ada@example.com", 1)
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    assert await deliveries.mark_sent(first, Sent("id-1"))
    assert (await _claim(deliveries)).body == "second"


async def test_only_what_the_claimer_can_send_is_claimed(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    """A worker of the release before knows nothing of a new channel: its replies wait for one that does."""
    await _reply(store, answer())
    for channels in ((), ("website",), ("help",)):
        assert await deliveries.claim_delivery("w", channels) is None
    assert await sql("SELECT state, attempts FROM deliveries") == [{"state": "pending", "attempts": 0}]
    delivery = await _claim(deliveries)
    assert (delivery.channel, delivery.channel_name) == (EMAIL, "help@example.com")


async def test_a_reply_goes_where_its_message_says(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore
) -> None:
    target = ReplyTarget("ada+list@example.com", "Re: Invoice", thread="t-1", parent_id="<1@example.com>")
    await replied(store, mail(reply_target=target), answer())
    delivery = await _claim(deliveries)
    assert (delivery.target, delivery.customer_name, delivery.window_until) == (target, "Ada", None)


async def test_rows_of_the_release_before_are_sent(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    """It fills none of the columns that came with channels."""
    await replied(store, form(), answer())
    await sql("UPDATE deliveries SET target = DEFAULT, recipient_id = DEFAULT")
    delivery = await _claim(deliveries)
    assert (delivery.channel_name, delivery.target) == ("website", ReplyTarget("ada@example.com", "Password"))


async def test_a_back_off_holds_its_conversation_and_no_other(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    for text in ("first", "second"):
        await _reply(store, answer(text))
    assert await deliveries.mark_failed(await _claim(deliveries), Failure("429", "slow down", retryable=True))
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    await store.ingest(form())
    claim = await store.claim("w")
    assert claim is not None
    await store.commit(claim, answer("elsewhere"), revision="r")
    assert (await _claim(deliveries)).body == "elsewhere"
    await sql("UPDATE deliveries SET next_attempt_at = now()")
    again = await _claim(deliveries)
    assert (again.body, again.epoch) == ("first", 2)
    assert await deliveries.mark_failed(again, Failure("550", "no such mailbox", retryable=False))
    [row] = await sql("SELECT state, error_code, error_class FROM deliveries WHERE body = 'first'")
    assert row == {"state": "failed", "error_code": "550", "error_class": "permanent"}


async def test_many_claimers_send_each_once(store: PostgresTicketStore, deliveries: PostgresDeliveryStore) -> None:
    for _ in range(10):
        await store.ingest(form())
        claim = await store.claim("w")
        assert claim is not None
        await store.commit(claim, answer(), revision="r")
    sent: list[UUID] = []

    async def drain(worker: str) -> None:
        while delivery := await deliveries.claim_delivery(worker, CHANNELS):
            sent.append(delivery.id)
            await deliveries.mark_sent(delivery, Sent())

    await asyncio.gather(*(drain(f"w{n}") for n in range(8)))
    # A claimer may find nothing while others hold what is left, so somebody must look once more.
    await drain("last")
    assert len(sent) == 10
    assert len(set(sent)) == 10


async def test_after_a_take_over_only_approved_text_goes_out(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await _reply(store, answer("the employee's"))
    await _reply(store, APPROVED)
    await sql("UPDATE conversations SET handler = 'human'")
    assert (await _claim(deliveries)).body == "You are welcome."
    assert await deliveries.claim_delivery("w", CHANNELS) is None


async def test_an_escalation_cancels_what_the_employee_had_not_sent(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await _reply(store, answer("the employee's"))
    await _reply(store, escalation())
    assert (await _claim(deliveries)).author is Author.SYSTEM
    await sql("UPDATE conversations SET handler = 'ai'")  # given back: the old answer stays unsaid
    await sql("UPDATE deliveries SET state = 'accepted' WHERE state = 'sending'")
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    assert await sql("SELECT body FROM deliveries WHERE state = 'cancelled'") == [{"body": "the employee's"}]


@pytest.mark.parametrize("died", [False, True])
async def test_an_escalation_overtakes_an_answer_being_sent(
    database: Database,
    deliveries: PostgresDeliveryStore,
    sql: Sql,
    died: bool,
    resendable_mail: None,
) -> None:
    """Where sending again is harmless, so is not having sent: the acknowledgement need not wait for it."""
    store = PostgresTicketStore(database, topic_prefix="shop")
    await _reply(store, answer("the employee's"))
    zombie = await _claim(deliveries)
    if died:
        await sql("UPDATE deliveries SET lease_until = now() - interval '1 s'")
    await _reply(store, escalation())
    acknowledgement = await _claim(deliveries)
    assert acknowledgement.author is Author.SYSTEM
    assert not await deliveries.mark_failed(zombie, Failure("x", "late", retryable=True))
    assert not await deliveries.mark_sent(zombie, Sent("late"))
    assert await deliveries.mark_sent(acknowledgement, Sent())
    rows = await sql("SELECT state, provider_id, epoch FROM deliveries ORDER BY ordinal")
    assert rows[0] == {"state": "cancelled", "provider_id": None, "epoch": zombie.epoch + 1}
    assert rows[1]["state"] == "accepted"


async def test_an_escalation_leaves_alone_what_a_provider_may_have(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await _reply(store, answer("the employee's"))
    underway = await _claim(deliveries)
    await _reply(store, escalation())
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    assert await deliveries.mark_sent(underway, Sent("id"))
    assert (await _claim(deliveries)).author is Author.SYSTEM
    assert await sql("SELECT state FROM deliveries ORDER BY ordinal") == [{"state": "accepted"}, {"state": "sending"}]


async def test_a_web_form_s_answer_being_sent_is_overtaken_by_default(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore
) -> None:
    first = form()
    for message, decision in ((first, answer()), (form(ticket_id=first.ticket_id, dedupe_key="second"), escalation())):
        await store.ingest(message)
        claim = await store.claim("w")
        assert claim is not None
        assert await store.commit(claim, decision, revision="r")
        last = await _claim(deliveries)
    assert last.author is Author.SYSTEM


async def test_a_take_over_in_progress_is_not_raced(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, database: Database
) -> None:
    conversation = await _reply(store, answer())
    async with database.transaction() as connection:
        await connection.execute("UPDATE conversations SET handler = 'human' WHERE id = $1", conversation)
        assert await deliveries.claim_delivery("w", CHANNELS) is None
    assert await deliveries.claim_delivery("w", CHANNELS) is None


async def test_held_replies_wait_and_hold_nobody_back(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await _reply(store, answer("draft"))
    await sql("UPDATE deliveries SET state = 'held'")
    await _reply(store, APPROVED)
    delivery = await _claim(deliveries)
    assert delivery.body == "You are welcome."
    await deliveries.mark_sent(delivery, Sent())
    assert await deliveries.claim_delivery("w", CHANNELS) is None


async def test_a_crash_while_sending(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent again where that reaches nobody twice; elsewhere it stays, and its conversation waits."""
    await _reply(store, answer("first"))
    await _reply(store, answer("second"))
    dead = await _claim(deliveries)
    await sql("UPDATE deliveries SET lease_until = now() - interval '1 s' WHERE state = 'sending'")
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    monkeypatch.setitem(TRAITS, EMAIL, replace(TRAITS[EMAIL], unconfirmed=Unconfirmed.RESEND))
    again = await _claim(deliveries)
    assert (again.id, again.epoch) == (dead.id, dead.epoch + 1)
    assert not await deliveries.mark_sent(dead, Sent("late"))
    assert not await deliveries.mark_failed(dead, Failure("x", "late", retryable=True))
    assert await deliveries.mark_sent(again, Sent("in time"))
    assert await sql("SELECT provider_id FROM deliveries WHERE state = 'accepted'") == [{"provider_id": "in time"}]


async def test_web_form_deliveries_are_sent_again_by_default(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await store.ingest(form())
    claim = await store.claim("w")
    assert claim is not None
    await store.commit(claim, answer(), revision="r")
    dead = await _claim(deliveries)
    assert await deliveries.claim_delivery("w", CHANNELS) is None
    await sql("UPDATE deliveries SET lease_until = now() - interval '1 s'")
    assert (await _claim(deliveries)).id == dead.id


async def test_a_state_only_moves_forward(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await _reply(store, answer())
    delivery = await _claim(deliveries)
    await sql("UPDATE deliveries SET state = 'delivered', state_rank = 4")  # a callback was faster than we
    assert await deliveries.mark_sent(delivery, Sent("id"))
    assert await sql("SELECT state, provider_id FROM deliveries") == [{"state": "delivered", "provider_id": "id"}]
    assert not await deliveries.mark_failed(delivery, Failure("x", "late", retryable=True))
    assert await sql("SELECT state FROM deliveries") == [{"state": "delivered"}]


async def test_what_a_newer_release_says_of_a_target_is_left_out(
    store: PostgresTicketStore, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    await _reply(store, answer())
    before = (await sql("SELECT target FROM deliveries"))[0]["target"]
    await sql("""UPDATE deliveries SET target = target || '{"mood": {"is": ["new"]}}'""")
    assert (await _claim(deliveries)).target == ReplyTarget(**json.loads(before))
