"""Many people at once, over every channel: each is one customer, and nobody waits for another for ever."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest
from crm import Sql, answer, replied
from identity_world import by_chat, by_form, by_mail, families, identity_store, last_code, turn

from fte_agent.domain.identity import Claimed
from fte_agent.domain.messages import InboundMessage, Ingested
from fte_database.pool import Database
from fte_database.repositories.merges import PostgresMergeStore

pytestmark = pytest.mark.postgres

PEOPLE, MESSAGES, CONNECTIONS = 40, 400, 8


@pytest.fixture
async def workers(migrated_url: str) -> AsyncIterator[list[Database]]:
    """The pools of four workers."""
    pools = [Database(migrated_url, owner="shop/helper", size=CONNECTIONS, application_name="test") for _ in range(4)]
    for pool in pools:
        await pool.open()
    yield pools
    for pool in pools:
        await pool.close()


def first_words(number: int) -> InboundMessage:
    """Of one of the people: two in three write by mail and form from one address, the third from a number."""
    person, turn_of_theirs = number % PEOPLE, number // PEOPLE
    if person % 3 == 2:
        return by_chat(f"message {number}", f"+49170555{person:04d}")
    address = f"person{person}@example.com"
    if turn_of_theirs % 2:
        return by_form(f"message {number}", address)
    return by_mail(f"message {number}", address, thread_key=f"t{number}", dedupe_key=str(number))


async def test_400_first_messages_of_40_people_over_three_channels_at_once_are_40_customers(
    workers: list[Database], sql: Sql
) -> None:
    stores = [identity_store(pool) for pool in workers]
    messages = [first_words(number) for number in range(MESSAGES)]
    random.Random(0).shuffle(messages)
    free = [asyncio.Semaphore(CONNECTIONS) for _ in stores]  # who waits for a connection waits for ever

    async def taken_in(number: int, message: InboundMessage) -> Ingested:
        async with free[number % len(free)]:
            return await stores[number % len(stores)].ingest(message)

    done = await asyncio.gather(*(taken_in(number, message) for number, message in enumerate(messages)))
    assert not any(each.duplicate for each in done)
    assert await sql("SELECT count(*) AS n FROM customers") == [{"n": PEOPLE}]
    assert await sql("SELECT count(*) AS n FROM customer_identifiers") == [{"n": PEOPLE}]
    assert Counter(row["channel"] for row in await sql("SELECT channel FROM messages")) == Counter(
        message.channel for message in messages
    )
    with_mail = [row["email"] for row in await sql("SELECT email FROM customers WHERE email IS NOT NULL")]
    assert sorted(with_mail) == sorted({m.sender.value for m in messages if m.channel == "email"})
    assert await sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == [{"deadlocks": 0}]


async def test_proofs_first_messages_and_merges_of_the_same_people_at_once_never_wait_for_each_other(
    workers: list[Database], sql: Sql
) -> None:
    """Everybody claims their number by mail and their address by chat, and writes both codes while others write."""
    stores, merges = [identity_store(pool) for pool in workers], PostgresMergeStore(workers[0])
    people = [(f"p{number}@example.com", f"+4917055506{number:02d}") for number in range(12)]
    codes: list[InboundMessage] = []
    for address, number in people:
        await replied(stores[0], by_chat(number=number), answer())
        await turn(stores[0], by_mail(address=address), claimed=Claimed("phone", number))
        codes.append(by_mail(await last_code(sql), address))
        await turn(stores[0], by_chat("mine", number), claimed=Claimed("email", address))
        codes.append(by_chat(await last_code(sql), number))
    others = [replace(each, body="and this", dedupe_key=str(uuid4())) for each in codes for _ in range(2)]
    messages = codes + others
    random.Random(1).shuffle(messages)
    found = await families(sql)
    stranger = await families(sql)
    decided = [merges.merge(found[people[0][1]], stranger[people[1][1]], actor="bob", reason="")]
    work = [stores[number % len(stores)].ingest(message) for number, message in enumerate(messages)]
    results = await asyncio.gather(*work, *decided, return_exceptions=True)
    assert [each for each in results[:-1] if isinstance(each, BaseException)] == []
    found = await families(sql)
    assert [found[address] == found[number] for address, number in people[2:]] == [True] * (len(people) - 2)
    assert await sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == [{"deadlocks": 0}]
