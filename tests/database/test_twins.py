"""Mails at once: copies of one, and those of a thread by its owner, by participants and by strangers."""

import asyncio
import random
from dataclasses import replace
from typing import Any

import pytest
from correspondents import ADA, BOB, DESK, EVE, by, opened
from crm import Sql, answer, conversation_row, replied

from fte_database.pool import Database
from fte_database.repositories.ingest import ChannelPolicy, ingest
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

COPY = {"external_id": "<one@x>", "body": "Where is my order?"}


@pytest.mark.parametrize("elsewhere", [{"channel_name": "billing@example.com"}, {}, {"thread_key": "thread-2"}])
async def test_one_mail_to_two_addresses_of_ours_is_one_ticket_and_one_answer(
    store: PostgresTicketStore, sql: Sql, elsewhere: dict[str, str]
) -> None:
    first = await replied(store, by(ADA, **COPY), answer())
    copy = by(ADA, **COPY, **elsewhere)
    assert await store.ingest(copy) == await store.ingest(copy) == replace(first, duplicate=True)
    assert await sql("SELECT count(*) AS n FROM messages WHERE direction = 'inbound'") == [{"n": 1}]
    assert await sql("SELECT count(*) AS n FROM tickets") == [{"n": 1}]
    assert await sql("SELECT DISTINCT status, ticket_id FROM inbound_events") == [
        {"status": "processed", "ticket_id": first.ticket_id}
    ]
    assert await store.claim("w") is None


@pytest.mark.parametrize("channel_name", [DESK, "billing@example.com"])
@pytest.mark.parametrize(
    "other", [{"body": "Another text."}, {"proven": False}, {"address": EVE}, {"external_id": ""}], ids=str
)
async def test_what_is_not_the_same_mail_is_kept(
    store: PostgresTicketStore, sql: Sql, other: dict[str, Any], channel_name: str
) -> None:
    """Another text or sender under one id; and nothing is a copy by its words alone."""
    without = {"external_id": other["external_id"]} if "external_id" in other else {}
    await store.ingest(by(ADA, **COPY | without))
    facts = {"address": ADA} | COPY | other | {"channel_name": channel_name}
    assert not (await store.ingest(by(facts.pop("address"), **facts))).duplicate
    assert await sql("SELECT count(*) AS n FROM messages") == [{"n": 2}]


async def test_what_a_list_brought_first_is_answered_once_its_writer_s_own_mail_comes(
    store: PostgresTicketStore, sql: Sql
) -> None:
    """A list's copy counts as automated; the one that came straight does not, and is nobody's but ours to answer."""
    listed = by(ADA, **COPY, automated=True, channel_name="billing@example.com")
    await store.ingest(listed)
    done = await store.ingest(by(ADA, **COPY))
    assert not done.duplicate
    claim = await store.claim("w")
    assert claim is not None
    assert claim.conversation_id == done.conversation_id
    again = replace(listed, dedupe_key="again", channel_name="sales@example.com")
    assert (await store.ingest(again)).duplicate
    assert await sql("SELECT count(*) AS n FROM messages") == [{"n": 2}]


async def test_copies_that_come_in_at_once_are_one(store: PostgresTicketStore, sql: Sql) -> None:
    names = [DESK, "billing@example.com", "sales@example.com"]
    done = await asyncio.gather(
        *(store.ingest(by(ADA, **COPY, channel_name=names[n % 3], thread_key=f"t{n}")) for n in range(12))
    )
    assert sum(not each.duplicate for each in done) == 1
    assert len({(each.conversation_id, each.ticket_id, each.seq) for each in done}) == 1
    assert await sql("SELECT count(*) AS n FROM conversations") == [{"n": 1}]


@pytest.mark.parametrize("seed", range(2))
async def test_owner_participant_and_strangers_at_once_get_one_conversation_each(
    store: PostgresTicketStore, sql: Sql, seed: int
) -> None:
    """Whoever comes first, in several threads of the provider's that name each other; nobody waits for ever."""
    dice = random.Random(seed)
    first = await opened(store, participants=(BOB,))
    mails = [
        by(
            address,
            thread_key=f"thread-{dice.randint(1, 3)}",
            references=("<ada-1>",),
            reply_token=dice.choice(["", first.conversation_id.hex]),
        )
        for address in (ADA, BOB, EVE, "mallory@example.org")
        for _ in range(8)
    ]
    dice.shuffle(mails)
    done = await asyncio.gather(*(store.ingest(each) for each in mails))
    found = {(each.sender.value, one.conversation_id) for each, one in zip(mails, done, strict=True)}
    assert {where for who, where in found if who in (ADA, BOB)} == {first.conversation_id}
    theirs = {where for who, where in found if who not in (ADA, BOB)}
    assert first.conversation_id not in theirs
    rows = await sql("SELECT conversation_id, array_agg(seq ORDER BY seq) AS seqs FROM messages GROUP BY 1")
    assert all(row["seqs"] == list(range(1, len(row["seqs"]) + 1)) for row in rows)
    assert sum(len(row["seqs"]) for row in rows) == len(mails) + 1


async def test_a_stranger_waits_for_the_mail_that_opens_the_thread_and_opens_another(
    store: PostgresTicketStore, database: Database, sql: Sql
) -> None:
    await store.ingest(by(ADA, thread_key="thread-0"))  # the channel's first message would make all wait for it
    async with database.transaction() as connection:
        first = await ingest(connection, by(ADA, external_id="<ada-1>"), ChannelPolicy())
        second = asyncio.create_task(store.ingest(by(EVE, in_reply_to="<ada-1>")))
        waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
        async with asyncio.timeout(10):
            while not await sql(waiting):  # noqa: ASYNC110 - the condition stands in the database
                await asyncio.sleep(0.01)
    done = await second
    assert (done.conversation_id != first.conversation_id, done.seq) == (True, 1)
    assert (await conversation_row(sql, done.conversation_id))["linked_to"] == first.conversation_id


@pytest.mark.parametrize("seed", range(2))
async def test_a_thread_s_first_mails_at_once_open_one_conversation_for_each(
    store: PostgresTicketStore, sql: Sql, seed: int
) -> None:
    mails = [by(address) for address in (ADA, EVE) for _ in range(6)]
    random.Random(seed).shuffle(mails)
    done = await asyncio.gather(*(store.ingest(each) for each in mails))
    found = {(each.sender.value, one.conversation_id) for each, one in zip(mails, done, strict=True)}
    assert len(found) == len({where for _, where in found}) == 2
    linked = await sql(
        "SELECT linked_to IS NULL AS alone FROM conversations ORDER BY started_at, linked_to IS NULL DESC"
    )
    assert sorted(row["alone"] for row in linked) == [False, True]
