"""A ledger over chaos: workers crash, zombies commit late, records repeat, a person takes over.

The oracle is the list of what was sent in against the rows and the senders' journal; nothing that the
workers say of themselves counts.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from crm import Sql, answer, mail

from fte_agent.channels import EMAIL, TRAITS, Unconfirmed
from fte_agent.domain.delivery import Sent
from fte_agent.domain.messages import Identifier
from fte_agent.ports import Claim
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

SENDERS, MESSAGES, WORKERS = 6, 8, 6
DEADLINE_SECONDS = 30


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await condition():  # noqa: ASYNC110 - the condition stands in the database
            await asyncio.sleep(0.02)


class Chaos:
    """Workers that behave badly by dice, and the journal of what they sent."""

    def __init__(self, database: Database, sql: Sql, seed: int) -> None:
        self.dice = random.Random(seed)
        self.store = PostgresTicketStore(database, topic_prefix="shop")
        self.deliveries = PostgresDeliveryStore(database, topic_prefix="shop")
        self.journal: list[tuple[UUID, UUID]] = []
        self.taken: UUID | None = None
        self.taken_at_seq = 0
        self.done = asyncio.Event()
        self._sql = sql
        self._lock = asyncio.Lock()  # the plain connection does one thing at a time

    async def look(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        async with self._lock:
            return await self._sql(statement, *arguments)

    async def send_in(self, sender: int) -> None:
        for n in range(MESSAGES):
            message = mail(
                f"<{sender}.{n}>",
                key=f"{sender}.{n}",
                thread_key=f"t{sender}",
                sender=Identifier("email", f"u{sender}@example.com", verified=True),
            )
            await asyncio.gather(*(self.store.ingest(message) for _ in range(self.dice.randint(1, 3))))

    async def work(self, worker: str, group: asyncio.TaskGroup) -> None:
        while not self.done.is_set():
            claim = await self.store.claim(worker)
            if claim is None:
                await asyncio.sleep(0.01)
                continue
            fate = self.dice.random()
            if fate < 0.25:  # stops and is not heard of until its lease is over, some for ever
                await self.look("UPDATE conversations SET lease_until = now() WHERE id = $1", claim.conversation_id)
                if fate < 0.15:
                    group.create_task(self._rise(claim))
            elif fate > 0.95:
                await self.store.release(claim)
            else:
                await self._commit(claim)

    async def _commit(self, claim: Claim) -> None:
        text = "".join(message.body for message in claim.context.burst)
        await self.store.commit(claim, answer(text), revision="r")

    async def _rise(self, claim: Claim) -> None:
        """A zombie: commits what it had, once somebody else has claimed the conversation."""
        statement = "SELECT FROM conversations WHERE id = $1 AND (epoch > $2 OR handler = 'human')"

        async def replaced() -> bool:
            return bool(await self.look(statement, claim.conversation_id, claim.epoch))

        await _until(replaced)
        await self._commit(claim)

    async def deliver(self, worker: str) -> None:
        while not self.done.is_set():
            delivery = await self.deliveries.claim_delivery(worker, ["help@example.com"])
            if delivery is None:
                await asyncio.sleep(0.01)
            elif self.dice.random() < 0.1:  # crashed before sending
                await self.look("UPDATE deliveries SET lease_until = now() WHERE id = $1", delivery.id)
            else:
                self.journal.append((delivery.conversation_id, delivery.message_id))
                await self.deliveries.mark_sent(delivery, Sent(str(delivery.id)))

    async def take_over(self) -> None:
        answered = "SELECT id FROM conversations WHERE answered_through_seq > 0 LIMIT 1"

        async def answered_once() -> bool:
            return bool(await self.look(answered))

        await _until(answered_once)
        [row] = await self.look(
            f"UPDATE conversations SET handler = 'human' WHERE id = ({answered}) RETURNING id, last_seq"  # noqa: S608
        )
        self.taken, self.taken_at_seq = row["id"], row["last_seq"]


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_message_is_answered_once_and_in_order(
    database: Database, sql: Sql, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TRAITS, EMAIL, replace(TRAITS[EMAIL], unconfirmed=Unconfirmed.RESEND))
    chaos = Chaos(database, sql, seed)

    async def settled() -> bool:
        [row] = await chaos.look(
            "SELECT (SELECT count(*) FROM conversations "
            "        WHERE handler = 'ai' AND last_inbound_seq > answered_through_seq) "
            "+ (SELECT count(*) FROM deliveries JOIN conversations c ON c.id = conversation_id "
            "   WHERE state IN ('pending', 'sending') AND handler = 'ai') AS n"
        )
        return bool(row["n"] == 0)

    async with asyncio.TaskGroup() as group:
        for n in range(WORKERS):
            group.create_task(chaos.work(f"w{n}", group))
            group.create_task(chaos.deliver(f"d{n}"))
        group.create_task(chaos.take_over())
        await asyncio.gather(*(chaos.send_in(sender) for sender in range(SENDERS)))
        await _until(settled)
        chaos.done.set()

    assert chaos.taken is not None
    await _check_rows(sql, chaos)
    await _check_journal(sql, chaos)


async def _check_rows(sql: Sql, chaos: Chaos) -> None:
    rows = await sql("SELECT conversation_id, seq, direction, body FROM messages ORDER BY conversation_id, seq")
    conversations = {row["conversation_id"] for row in rows}
    assert len(conversations) == SENDERS
    for conversation in conversations:
        mine = [row for row in rows if row["conversation_id"] == conversation]
        assert [row["seq"] for row in mine] == list(range(1, len(mine) + 1))
        asked = "".join(row["body"] for row in mine if row["direction"] == "inbound")
        assert asked.count("<") == MESSAGES
        replied = "".join(row["body"] for row in mine if row["direction"] == "outbound")
        if conversation == chaos.taken:
            assert asked.startswith(replied)
            assert max(row["seq"] for row in mine if row["direction"] == "outbound") <= chaos.taken_at_seq
        else:
            assert replied == asked


async def _check_journal(sql: Sql, chaos: Chaos) -> None:
    replies = await sql("SELECT conversation_id, id FROM messages WHERE direction = 'outbound' ORDER BY seq")
    for conversation in {row["conversation_id"] for row in replies}:
        committed = [row["id"] for row in replies if row["conversation_id"] == conversation]
        sent = [message for where, message in chaos.journal if where == conversation]
        if conversation == chaos.taken:
            assert sent == committed[: len(sent)]
        else:
            assert sent == committed
    assert max(Counter(chaos.journal).values()) == 1
    await _check_events(sql, chaos, replies=len(replies))


async def _check_events(sql: Sql, chaos: Chaos, *, replies: int) -> None:
    """One event for each reply; one escalation where a customer wrote to the person who took over, told once."""
    [since] = await sql(
        "SELECT count(*) AS n FROM messages WHERE conversation_id = $1 AND seq > $2", chaos.taken, chaos.taken_at_seq
    )
    told = await sql("SELECT topic, msg_key, count(*) AS n FROM outbox GROUP BY 1, 2")
    assert sum(row["n"] for row in told if row["topic"] == "shop.metrics") == replies
    assert [(row["msg_key"], row["n"]) for row in told if row["topic"] == "shop.escalations"] == (
        [(str(chaos.taken), 1)] if since["n"] else []
    )
