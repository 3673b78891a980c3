"""WhatsApp end to end: a Twilio double, the real API, Kafka, worker and PostgreSQL, each as a process.

The oracle is independent of what it judges: what this test made customers write, the double's journal, and rows.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from data_plane import FACT, QUESTION, DataPlane, until
from doubles.twilio.account import Account, Sender
from doubles.twilio.double import TwilioDouble
from doubles.twilio.inbound import Inbound
from doubles.twilio.misbehaviour import Rule
from doubles.twilio_world import ADA, OURS

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

INBOUND = "SELECT body FROM messages WHERE direction = 'inbound' ORDER BY seq"
DELIVERIES = "SELECT id, state, part FROM deliveries ORDER BY ordinal, part"
HANDLER = "SELECT handler, status FROM conversations"


@pytest.fixture
async def twilio(data_plane: DataPlane) -> AsyncIterator[TwilioDouble]:
    """The API runs, and customers can write to it; the worker is each test's to start."""
    async with TwilioDouble(Account(senders=[Sender(OURS)]), reach=data_plane.reach) as double:
        data_plane.add_whatsapp(double)
        await data_plane.api()
        yield double


async def accepted(twilio: TwilioDouble, count: int, seconds: float = 30) -> list[str]:
    """The bodies that Twilio took for Ada, once there are ``count``; and no more."""

    async def taken() -> bool:
        return len(twilio.journal.accepted(ADA)) >= count

    await until(taken, seconds, f"{count} messages at Twilio")
    bodies = [message["body"] for message in twilio.journal.accepted(ADA)]
    assert len(bodies) == count
    return bodies


async def states(plane: DataPlane, *wanted: str, seconds: float = 30) -> None:
    """Every delivery in order is in the state given for it."""

    async def reached() -> list[str] | None:
        found = [row["state"] for row in await plane.rows(DELIVERIES)]
        return found if found == list(wanted) else None

    try:
        await until(reached, seconds, f"deliveries {wanted}")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{await plane.rows(DELIVERIES)}\n{plane.logs()}") from None


async def asked(twilio: TwilioDouble, body: str = QUESTION, **changes: object) -> str:
    received = await twilio.receive(Inbound(ADA, body, **changes))
    assert [outcome.status for outcome in received.outcomes] == [200]
    return received.sid


async def test_a_signed_message_is_answered_once_and_the_answer_is_known_to_have_arrived(data_plane, twilio):
    await data_plane.worker()
    await asked(twilio)
    [body] = await accepted(twilio, 1)
    assert FACT in body
    assert "Kind regards" not in body
    [taken] = twilio.journal.accepted(ADA)
    [delivery] = await data_plane.rows(DELIVERIES)
    assert taken["status_callback"].endswith(f"/webhooks/whatsapp/status?delivery={delivery['id']}")
    await states(data_plane, "delivered")


async def test_a_message_told_a_hundred_times_at_once_is_one(data_plane, twilio):
    sid = await asked(twilio)
    again = await asyncio.gather(*(twilio.receive_again(sid) for _ in range(99)))
    assert {outcome.status for received in again for outcome in received.outcomes} == {200}
    await data_plane.worker()
    await accepted(twilio, 1)
    await until(lambda: _no_lag(data_plane), what="every record")
    assert len(await data_plane.rows(INBOUND)) == 1
    await accepted(twilio, 1)


async def test_a_burst_is_one_turn(data_plane, twilio):
    for body in ("Hello", "I have a question.", QUESTION):
        await asked(twilio, body)
    await data_plane.worker()
    await accepted(twilio, 1)
    assert [row["body"] for row in await data_plane.rows(INBOUND)] == ["Hello", "I have a question.", QUESTION]
    await states(data_plane, "delivered")


async def test_a_busy_twilio_is_asked_again(data_plane, twilio):
    twilio.script.add(Rule(status=429, code=20429, retry_after=1))
    await data_plane.worker()
    await asked(twilio)
    await states(data_plane, "delivered")
    await accepted(twilio, 1)
    assert twilio.script.unused == []


async def test_what_twilio_took_without_an_answer_is_found_and_not_sent_again(data_plane, twilio):
    twilio.script.add(Rule(cut="reset", accepted=True))
    await data_plane.worker(lease_seconds=1)
    await asked(twilio)
    await states(data_plane, "delivered", seconds=90)
    await accepted(twilio, 1)
    assert twilio.script.unused == []


async def test_a_closed_window_is_reopened_by_the_customer_and_then_the_answer_goes(data_plane, twilio):
    twilio.script.add(Rule(status=400, code=63016))
    await data_plane.worker()
    await asked(twilio)
    await accepted(twilio, 1)
    [invitation] = twilio.journal.accepted(ADA)
    assert invitation["content_sid"] == "HX" + "0" * 32
    await asked(twilio, "Yes, please go on.")
    bodies = await accepted(twilio, 3)
    assert FACT in bodies[1]


async def test_who_asked_for_silence_gets_it(data_plane, twilio):
    await data_plane.worker()
    await asked(twilio)
    await accepted(twilio, 1)
    await asked(twilio, "STOP")
    await asked(twilio, QUESTION)

    async def all_answered() -> bool:
        return bool(await data_plane.rows("SELECT 1 FROM conversations WHERE answered_through_seq = last_inbound_seq"))

    await until(all_answered, what="turns on all three")
    await accepted(twilio, 1)


async def test_a_colleague_who_answers_in_the_console_has_the_conversation(data_plane, twilio):
    await data_plane.worker()
    await asked(twilio)
    await states(data_plane, "delivered")
    twilio.write_from_console(ADA, "I will look into it myself.")

    async def handed_over() -> bool:
        return [row["handler"] for row in await data_plane.rows(HANDLER)] == ["human"]

    await until(handed_over, 60, "the takeover")
    await asked(twilio, "And another question: " + QUESTION)
    await until(lambda: _no_lag(data_plane), what="the next message")
    await accepted(twilio, 1)


async def test_a_message_whose_webhook_never_came_is_answered(data_plane, twilio):
    await twilio.receive(Inbound(ADA, QUESTION, lost=True, ago=timedelta(minutes=1)))
    await data_plane.worker()
    assert FACT in (await accepted(twilio, 1, seconds=60))[0]


async def test_what_a_colleague_answered_during_a_pause_stays_theirs(data_plane, twilio):
    """A new customer: until the pause ends there is no conversation that the colleague could have."""
    await twilio.receive(Inbound(ADA, QUESTION, lost=True, ago=timedelta(minutes=1)))
    data_plane.channels[-1]["run_state"] = "Paused"
    worker = await data_plane.worker()
    twilio.write_from_console(ADA, "I will look into it myself.")

    async def told() -> bool:
        return bool(await data_plane.rows("SELECT FROM early_replies"))

    await until(told, 60, "the colleague's answer")
    assert await data_plane.rows(INBOUND) == []
    await data_plane.stop(worker)
    data_plane.channels[-1]["run_state"] = "Active"
    await data_plane.worker()
    await answered_by_a_colleague(data_plane, twilio)


async def test_what_a_colleague_answered_during_an_outage_stays_theirs(data_plane, twilio):
    await twilio.receive(Inbound(ADA, QUESTION, lost=True, ago=timedelta(minutes=2)))
    sid = twilio.write_from_console(ADA, "I will look into it myself.")
    twilio.account.messages[sid].created -= timedelta(minutes=1)
    await data_plane.worker()
    await answered_by_a_colleague(data_plane, twilio)


async def answered_by_a_colleague(plane: DataPlane, twilio: TwilioDouble) -> None:
    """Their words are in the one conversation, a person has it, and the employee said nothing."""

    async def theirs() -> bool:
        return [row["handler"] for row in await plane.rows(HANDLER)] == ["human"]

    await until(theirs, 60, "the message and its answer")
    assert [row["author"] for row in await plane.rows("SELECT author FROM messages ORDER BY seq")] == [
        "customer",
        "human",
    ]
    await until(lambda: _no_lag(plane), what="every record")
    assert await plane.rows(DELIVERIES) == []
    assert twilio.journal.accepted(ADA) == []


async def _no_lag(plane: DataPlane) -> bool:
    return await plane.lag() == 0
