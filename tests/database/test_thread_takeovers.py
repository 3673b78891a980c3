"""A colleague answers from the mailbox: they take over the conversations of those they wrote to, and no other."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from correspondents import ADA, BOB, DESK, EVE, by, opened
from crm import Sql

from fte_agent.domain.delivery import OutsideReply
from fte_database.pool import Database
from fte_database.repositories.takeover import PostgresTakeoverStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

CAROL = "carol@example.net"


def said(*to: str, **changes: Any) -> OutsideReply:
    """A colleague's mail to ``to`` in Ada's thread, written now."""
    facts = {"channel": "email", "channel_name": DESK, "thread_key": "thread-1", "external_id": "18f0a1"}
    words = {"body": "I have looked it up.", "occurred_at": datetime.now(UTC), "message_id": "<colleague-1>"}
    return OutsideReply(**{**facts, **words, "participants": to, **changes})


@pytest.fixture
def takeovers(database: Database) -> PostgresTakeoverStore:
    return PostgresTakeoverStore(database, topic_prefix="shop")


async def a_stranger_s(store: PostgresTicketStore) -> tuple[UUID, UUID]:
    """Ada's conversation with Bob in copy, and that of Eve in the same thread of Gmail's."""
    ada = await opened(store, participants=(BOB,))
    eve = await store.ingest(by(EVE, in_reply_to="<ada-1>"))
    assert ada.conversation_id != eve.conversation_id
    return ada.conversation_id, eve.conversation_id


async def handlers(sql: Sql) -> dict[UUID, str]:
    return {row["id"]: row["handler"] for row in await sql("SELECT id, handler FROM conversations")}


@pytest.mark.parametrize(
    ("to", "taken"),
    [
        ((ADA,), "h-"),
        (("Ada@Example.com", CAROL), "h-"),
        (("ada+orders@example.com",), "h-"),
        ((BOB,), "h-"),
        ((EVE,), "-h"),
        ((ADA, EVE), "hh"),
        ((), "h-"),
        ((CAROL,), "--"),
    ],
    ids=["Ada", "Ada and a third", "behind a plus", "her colleague", "Eve", "both", "nobody who is known", "a third"],
)
async def test_a_colleague_takes_over_the_conversations_of_those_they_answer(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql, to: tuple[str, ...], taken: str
) -> None:
    """In copies unseen by us it is the thread's owner's; a question to a third person alone answers nobody."""
    hers = await a_stranger_s(store)
    assert await takeovers.take_over(said(*to)) is ("h" in taken)
    found = await handlers(sql)
    assert "".join("h" if found[each] == "human" else "-" for each in hers) == taken
    rows = await sql("SELECT DISTINCT conversation_id FROM messages WHERE author = 'human'")
    assert {row["conversation_id"] for row in rows} == {
        each for each, sign in zip(hers, taken, strict=True) if sign == "h"
    }
    assert not await takeovers.take_over(said(*to)), "told again it is known, or still nobody's"


async def test_a_colleague_is_understood_in_another_thread_by_what_they_answer(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    first = await opened(store)
    assert await takeovers.take_over(said(ADA, thread_key="thread-9", in_reply_to="<ada-1>"))
    assert await handlers(sql) == {first.conversation_id: "human"}


async def test_and_in_a_thread_that_came_into_the_conversation(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    first = await opened(store)
    await store.ingest(by(ADA, in_reply_to="<ada-1>", thread_key="thread-2"))
    assert await takeovers.take_over(said(ADA, thread_key="thread-2"))
    assert await handlers(sql) == {first.conversation_id: "human"}


async def test_who_answers_the_colleague_is_in_the_conversation_and_so_is_whom_they_brought_in(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore
) -> None:
    first = await opened(store)
    assert await takeovers.take_over(said(ADA, CAROL))
    for address in (ADA, CAROL):
        mail = by(address, in_reply_to="<colleague-1>", thread_key=f"thread of {address}", references=("<new@apple>",))
        assert (await store.ingest(mail)).conversation_id == first.conversation_id


async def test_whom_a_colleague_only_asks_stays_outside(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore
) -> None:
    first = await opened(store)
    assert not await takeovers.take_over(said(CAROL))
    assert (await store.ingest(by(CAROL, in_reply_to="<colleague-1>"))).conversation_id != first.conversation_id


@pytest.mark.parametrize("to", [(ADA,), ()], ids=["to Ada", "to nobody who is known"])
async def test_an_answer_that_waits_for_ada_s_mail_is_not_shown_in_a_stranger_s(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql, to: tuple[str, ...]
) -> None:
    """The mailbox was paused: the colleague's answer is read before what Ada and Eve wrote."""
    at = datetime.now(UTC)
    first = await opened(store, occurred_at=at)
    assert not await takeovers.take_over(said(*to, occurred_at=at - timedelta(minutes=1)))
    eve = await store.ingest(by(EVE, occurred_at=at - timedelta(minutes=5)))
    assert (await handlers(sql))[eve.conversation_id] == "ai"
    await store.ingest(by(ADA, occurred_at=at - timedelta(minutes=5)))
    assert (await handlers(sql)) == {first.conversation_id: "human", eve.conversation_id: "ai"}
    [row] = await sql("SELECT conversation_id, rfc_message_id FROM messages WHERE author = 'human'")
    assert row == {"conversation_id": first.conversation_id, "rfc_message_id": "<colleague-1>"}


async def test_an_answer_also_waits_for_a_mail_that_has_no_id(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    """Programs leave it out, or write what is none; the provider's thread is there all the same."""
    at = datetime.now(UTC)
    assert not await takeovers.take_over(said(ADA, occurred_at=at - timedelta(minutes=1)))
    done = await store.ingest(by(ADA, external_id="", occurred_at=at - timedelta(minutes=5)))
    assert await handlers(sql) == {done.conversation_id: "human"}
    assert await store.claim("w") is None


@pytest.mark.parametrize("why", ["suppressed", "unreadable"])
async def test_nobody_is_asked_for_what_a_colleague_has_answered(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql, why: str
) -> None:
    """Mails to which nothing is said, too, may have been answered before they are read."""
    at = datetime.now(UTC)
    assert not await takeovers.take_over(said(ADA, occurred_at=at - timedelta(minutes=1)))
    await store.ingest(by(ADA, handed_over=why, occurred_at=at - timedelta(minutes=5)))
    assert await sql("SELECT handler, status FROM conversations") == [
        {"handler": "human", "status": "waiting_customer"}
    ]
    assert await sql("SELECT reason_code FROM escalations") == []
    await store.ingest(by(ADA, handed_over=why, occurred_at=at))
    assert await sql("SELECT reason_code, status FROM escalations") == [{"reason_code": why, "status": "open"}]


async def test_colleagues_and_mails_at_once_wait_for_nobody_for_ever(
    store: PostgresTicketStore, takeovers: PostgresTakeoverStore, sql: Sql
) -> None:
    ada, eve = await a_stranger_s(store)
    mails = [
        by(who, thread_key=f"thread-{n % 3}", references=("<ada-1>",)) for n in range(8) for who in (ADA, BOB, EVE)
    ]
    replies = [
        said(ADA, EVE, external_id=f"reply-{n}", thread_key=f"thread-{n % 3}", in_reply_to="<ada-1>") for n in range(8)
    ]
    await asyncio.gather(*map(store.ingest, mails), *map(takeovers.take_over, replies))
    found = await handlers(sql)
    assert (found[ada], found[eve]) == ("human", "human")
    rows = await sql("SELECT array_agg(seq ORDER BY seq) AS seqs FROM messages GROUP BY conversation_id")
    assert all(row["seqs"] == list(range(1, len(row["seqs"]) + 1)) for row in rows)
