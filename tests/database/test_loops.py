"""Programs that answer each other end by themselves, and people who write often are answered."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from crm import Sql, answer, escalation, mail

from fte_agent.domain.delivery import NonDelivery, Sent
from fte_agent.domain.messages import Author, Identifier, InboundMessage
from fte_agent.domain.turns import Decision, Outcome
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

DESK = "help@example.com"
ROUNDS = 14
FEW = 3
SIGNED = "Hello,\n\n{}\n\nBest regards,\nExample Support"
TEMPLATE = (
    "Thank you for contacting Acme. We have received your message and a member of our team will get back to you "
    "within two working days. Please do not change the subject of this mail."
)
DAYS = ("Monday, 5 January 2026", "Tuesday, 6 January 2026", "Wed 7th Feb", "Thursday, 12 March")
NAMES = ("Bob", "Alice", "Mallory", "Trent")

Bot = Callable[[int, str], InboundMessage]
"""What a program writes the n-th time, to our last reply."""


def robot(body: str, number: int, **changes: Any) -> InboundMessage:
    facts = {"sender": Identifier("email", "desk@acme.example", verified=True), "thread_key": "one"}
    return mail(body, **facts | changes)


def answered_so(text: str) -> Decision:
    return answer(SIGNED.format(text))


def one_answer(number: int) -> Decision:
    return answered_so("You find all invoices under Settings, then Billing, as PDF files.")


def other_answers(number: int) -> Decision:
    words = ("invoices", "passwords", "colours", "printers", "holidays", "servers", "teams")
    return answered_so(f"You find {words[number % 7]} in the menu about {words[(number + 3) % 7]}, below the search.")


def handed_over(number: int) -> Decision:
    return escalation() if number else one_answer(number)


def courtesy(number: int) -> Decision:
    return Decision(Outcome.SOCIAL, Author.SYSTEM, (SIGNED.format("Hello! What can we help you with?"),))


class Desk:
    """The employee: takes a mail in, and commits and sends what it says of it, if it gets to say anything."""

    def __init__(self, store: PostgresTicketStore, deliveries: PostgresDeliveryStore) -> None:
        self.store, self.deliveries = store, deliveries
        self.sent: list[str] = []

    async def take(self, message: InboundMessage, decision: Decision) -> str | None:
        """What is sent to its sender; None when nothing is."""
        await self.store.ingest(replace(message, occurred_at=datetime.now(UTC)))
        return await self.answer(decision)

    async def answer(self, decision: Decision) -> str | None:
        claim = await self.store.claim("w")
        if claim is None:
            return None
        assert await self.store.commit(claim, decision, revision="r")
        return await self.send()

    async def send(self) -> str | None:
        delivery = await self.deliveries.claim_delivery("w", (DESK,))
        if delivery is None:
            return None
        assert await self.deliveries.mark_sent(delivery, Sent(str(uuid4())))
        self.sent.append(delivery.body)
        return delivery.body


@pytest.fixture
def desk(store: PostgresTicketStore, deliveries: PostgresDeliveryStore) -> Desk:
    return Desk(store, deliveries)


BOTS: dict[str, Bot] = {
    "one thread": lambda n, reply: robot(TEMPLATE, n),
    "new threads": lambda n, reply: robot(TEMPLATE, n, thread_key=f"t{n}"),
    "other subjects": lambda n, reply: robot(TEMPLATE, n, thread_key=f"t{n}", subject=f"[#{4711 + n}] received"),
    "ticket numbers": lambda n, reply: robot(f"{TEMPLATE} Your ticket is ACME-{4711 + n}.", n, thread_key=f"t{n}"),
    "dates": lambda n, reply: robot(f"On {DAYS[n % 4]} at {n}:30 am we wrote: {TEMPLATE}", n, thread_key=f"t{n}"),
    "names": lambda n, reply: robot(f"{TEMPLATE} {NAMES[n % 4]} looks after it.", n, thread_key=f"t{n}"),
    "short": lambda n, reply: robot(f"Ticket {n} received.", n, thread_key=f"t{n}"),
    "courteous": lambda n, reply: robot("Thank you very much for your help!", n, thread_key=f"t{n}"),
    "nothing": lambda n, reply: robot("", n, thread_key=f"t{n}"),
    "echo": lambda n, reply: robot(reply or TEMPLATE, n, thread_key=f"t{n}"),
    "template and echo": lambda n, reply: robot(f"{TEMPLATE}\n\nYou wrote:\n{reply}", n, thread_key=f"t{n}"),
    "addresses": lambda n, reply: robot(
        TEMPLATE, n, thread_key=f"t{n}", sender=Identifier("email", f"desk+{n}@acme.example", verified=True)
    ),
    "two templates": lambda n, reply: robot(
        TEMPLATE if n % 2 else f"Ticket {n} was closed by our team since nobody wrote.", n, thread_key=f"t{n}"
    ),
    "German": lambda n, reply: robot(
        f"Vielen Dank für Ihre Nachricht vom {n}. März. Ihr Vorgang {n} wird bald bearbeitet.", n, thread_key=f"t{n}"
    ),
    "Chinese": lambda n, reply: robot(f"您的工单{n}已收到。我们会尽快回复您。", n, thread_key=f"t{n}"),
}


PAST = (
    "UPDATE messages SET created_at = created_at - interval '181 minutes'",
    "UPDATE deliveries SET due_since = due_since - interval '181 minutes'",
    "UPDATE conversations SET status = 'closed'",
    "UPDATE tickets SET status = 'closed'",
    "UPDATE escalations SET status = 'resolved', resolved_at = now()",
)


@pytest.mark.parametrize("kind", BOTS)
async def test_two_programs_end_within_three_of_our_messages(
    desk: Desk, database: Database, sql: Sql, record_property: Callable[[str, object], None], kind: str
) -> None:
    """Whatever we say to the program, and whether it begins or answers somebody's question of ours."""
    for decide in (one_answer, other_answers, handed_over, courtesy):
        for begins in ("bot", "question"):
            reply = ""
            if begins == "question":
                reply = await desk.take(robot("Does your shop sell blue widgets?", 100), decide(0)) or ""
                assert reply
            for number in range(ROUNDS):
                reply = await desk.take(BOTS[kind](number, reply), decide(number + 1)) or reply
            record_property(f"{decide.__name__}, {begins} first", len(desk.sent))
            assert 1 <= len(desk.sent) <= FEW, (decide, begins)
            assert not any((await PostgresInvariantStore(database).violations()).values())
            quiet = await sql("SELECT DISTINCT reason_code FROM escalations WHERE status = 'open'")
            reasons = {row["reason_code"] for row in quiet} - {"legal"}
            assert reasons == {"repeated"} or (kind == "one thread" and decide is handed_over)
            desk.sent.clear()
            for statement in PAST:
                await sql(statement)


_FRUITS = "apple banana cherry date elder fig grape hazel iris jasmine kale lemon mango nut olive"


async def test_a_program_that_never_says_the_same_ends_at_the_cap(desk: Desk, sql: Sql) -> None:
    words = _FRUITS.split()
    for number, word in enumerate(words):
        text = " ".join(f"{each}{word}" for each in ("harvest", "grower", "dealer", "price", "weather", "market"))
        await desk.take(robot(text, number, thread_key=word), answer())
    assert len(desk.sent) == 10
    assert await sql("SELECT count(*) AS n, reason_code FROM escalations GROUP BY 2") == [
        {"n": 5, "reason_code": "capped"}
    ]


async def test_the_cap_counts_what_waits_to_be_answered(desk: Desk, sql: Sql) -> None:
    """A flood that comes before any answer does."""
    for number in range(15):
        word = "abcdefghijklmno"[number] * 4
        await desk.store.ingest(robot(f"What is {word} and why is it {word}ing?", number, thread_key=word))
    while await desk.answer(answer()):
        pass
    assert len(desk.sent) == 10
    assert await sql("SELECT DISTINCT reason_code FROM escalations") == [{"reason_code": "capped"}]


async def test_after_the_period_a_sender_is_answered_again(desk: Desk, sql: Sql) -> None:
    for number in range(12):
        await desk.take(robot(f"What is {'abcdefghijkl'[number] * 3}?", number, thread_key=f"{number}"), answer())
    assert len(desk.sent) == 10
    await sql("UPDATE messages SET created_at = created_at - interval '181 minutes'")
    await sql("UPDATE deliveries SET due_since = due_since - interval '181 minutes'")
    assert await desk.take(robot("What is abc?", 20, thread_key="20"), answer()) is not None


async def test_others_are_answered_meanwhile(desk: Desk) -> None:
    for number in range(12):
        await desk.take(robot(f"What is {'abcdefghijkl'[number] * 3}?", number, thread_key=f"{number}"), answer())
    assert await desk.take(mail("What is aaa?", thread_key="hers"), answer()) is not None


# People


QUESTIONS = (
    "How do I reset my password for the desktop app?",
    "How do I change my password for the desktop app?",
    "Thanks! And where do I find my invoices?",
    "Can I add a colleague to my account?",
    "thanks",
    "One more: does the app work without a network?",
    "Thank you!",
)
DISCLAIMER = (
    "\n\nAda Lovelace, Head of Engines, Example Works, 12 St James's Square, London. This message and whatever is "
    "attached to it is meant for its recipient alone. If you are somebody else, delete it and tell the sender. Views "
    "of the author need not be those of the company, which takes no liability for damage by viruses of any kind."
)


@pytest.mark.parametrize(
    "texts", [QUESTIONS, [text + DISCLAIMER for text in QUESTIONS[:-1]]], ids=["bare", "disclaimer"]
)
async def test_whoever_asks_one_thing_after_another_is_answered_each_time(desk: Desk, texts: Sequence[str]) -> None:
    for number, text in enumerate(texts):
        assert await desk.take(mail(text), other_answers(number)) is not None


@pytest.mark.parametrize("text", ["thanks", "Yes", "yes, please do", "Thank you so much for your help!", "12345"])
async def test_a_short_word_may_be_said_twice(desk: Desk, text: str) -> None:
    await desk.take(mail("Shall I close my account?", key="0"), one_answer(0))
    for number in (1, 2):
        assert await desk.take(mail(text, key=f"{number}"), courtesy(number)) is not None


@pytest.mark.parametrize("threads", [("one", "one"), ("one", "two")], ids=["one burst", "two conversations"])
async def test_the_same_mail_twice_before_an_answer_is_answered(desk: Desk, sql: Sql, threads: tuple[str, str]) -> None:
    for number, thread in enumerate(threads):
        await desk.store.ingest(mail("How do I reset my password?", key=f"{number}", thread_key=thread))
    while await desk.answer(one_answer(0)):
        pass
    assert len(desk.sent) == len(set(threads))
    assert await sql("SELECT FROM escalations") == []


async def test_the_same_mail_while_its_answer_waits_to_be_sent_takes_nothing_back(desk: Desk, sql: Sql) -> None:
    await desk.store.ingest(mail("How do I reset my password?", key="0"))
    claim = await desk.store.claim("w")
    assert claim is not None
    await desk.store.commit(claim, one_answer(0), revision="r")
    await desk.store.ingest(mail("How do I reset my password?", key="1"))
    assert await desk.send() is not None
    assert await sql("SELECT FROM escalations") == []


async def test_the_same_question_after_its_answer_is_a_person_s_and_nothing_is_said(desk: Desk, sql: Sql) -> None:
    await desk.take(mail("How do I reset my password?", key="0"), one_answer(0))
    assert await desk.take(mail("Hello, how do I reset my password?", key="1"), one_answer(1)) is None
    assert await sql("SELECT reason_code, trigger FROM escalations") == [{"reason_code": "repeated", "trigger": "rule"}]


async def test_who_quotes_our_reply_and_asks_on_is_answered(desk: Desk) -> None:
    reply = await desk.take(mail("Where are my invoices?", key="0"), one_answer(0))
    asked = f"There is no Billing there. What now?\n{reply}"
    assert await desk.take(mail(asked, key="1"), one_answer(1)) is not None


async def test_what_came_back_was_no_answer(desk: Desk, sql: Sql) -> None:
    await desk.take(mail("How do I reset my password?", key="0"), one_answer(0))
    await sql("UPDATE deliveries SET state = 'failed'")
    again = mail("How do I reset my password?", key="1", thread_key="two")
    assert await desk.take(again, one_answer(1)) is not None


async def test_a_program_whose_address_takes_no_mail_ends_at_the_cap(
    desk: Desk, deliveries: PostgresDeliveryStore, sql: Sql
) -> None:
    """What came back has told nobody anything, and was sent all the same; each mail opens the address again."""
    for number in range(ROUNDS):
        await desk.take(robot(TEMPLATE, number, thread_key=f"{number}"), one_answer(number))
        for row in await sql("SELECT id FROM deliveries WHERE state = 'accepted'"):
            report = NonDelivery("email", DESK, ("desk@acme.example",), delivery=str(row["id"]), permanent=True)
            assert await deliveries.apply_non_delivery(report)
    assert len(desk.sent) == 10
    reasons = "SELECT reason_code, count(*) AS n FROM escalations GROUP BY 1 ORDER BY 1"
    assert await sql(reasons) == [
        {"reason_code": "capped", "n": ROUNDS - 10},
        {"reason_code": "delivery", "n": 10},
    ]


@pytest.mark.parametrize("changes", [{"automated": True}, {"handed_over": "suppressed"}])
async def test_what_is_not_to_be_answered_anyway_is_as_it_was(desk: Desk, sql: Sql, changes: dict[str, Any]) -> None:
    await desk.take(mail("How do I reset my password?", key="0"), one_answer(0))
    await desk.store.ingest(mail("How do I reset my password?", key="1", **changes))
    reasons = [row["reason_code"] for row in await sql("SELECT reason_code FROM escalations")]
    assert reasons == ([] if "automated" in changes else ["suppressed"])
