"""A ledger over two providers: senders crash before and after they sent, reports come early, late, twice, in any order.

The oracle is the providers' own journals against the rows.
"""

import asyncio
import random
from collections import Counter

import pytest
from crm import Sql, answer, chat, mail, replied

from fte_agent.domain.delivery import Delivery, DeliveryState, DeliveryStatus, Sent
from fte_agent.domain.messages import Identifier
from fte_database.pool import Database
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.tickets import PostgresTicketStore

pytestmark = pytest.mark.postgres

CUSTOMERS, REPLIES, SENDERS = 5, 3, 4
CHANNELS = ("whatsapp", "help@example.com")
DEADLINE_SECONDS = 30
OPEN = "SELECT FROM deliveries WHERE state IN ('pending', 'sending', 'unknown')"
CRASHED = "UPDATE deliveries SET lease_until = now() - interval '1 h' WHERE id = $1"
REPORTS = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)


class Providers:
    """What two providers have, and senders that crash by dice."""

    def __init__(self, deliveries: PostgresDeliveryStore, sql: Sql, seed: int) -> None:
        self.dice = random.Random(seed)
        self.journal: list[Delivery] = []
        self._deliveries = deliveries
        self._sql = sql
        self._lock = asyncio.Lock()  # the plain connection does one thing at a time

    async def look(self, statement: str, *arguments: object) -> int:
        async with self._lock:
            return len(await self._sql(statement, *arguments))

    async def work(self, worker: str) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while await self.look(OPEN):
                if delivery := await self._deliveries.claim_delivery(worker, CHANNELS):
                    await self._send(delivery)
                elif lost := await self._deliveries.claim_unconfirmed(worker, CHANNELS):
                    await self._look_up(lost)

    async def _send(self, delivery: Delivery) -> None:
        fate = self.dice.random()
        if fate > 0.2:
            self.journal.append(delivery)
            await self._report(delivery)
        if fate > 0.4:
            assert await self._deliveries.mark_sent(delivery, Sent(str(delivery.id)))
        else:  # nobody hears of this sender again
            await self.look(CRASHED, delivery.id)

    async def _look_up(self, delivery: Delivery) -> None:
        if delivery.id in {sent.id for sent in self.journal}:
            await self._deliveries.mark_sent(delivery, Sent(str(delivery.id)))
        else:
            await self._deliveries.mark_absent(delivery)

    async def _report(self, delivery: Delivery) -> None:
        for state in self.dice.choices(REPORTS, k=self.dice.randint(0, 5)):
            await self._deliveries.apply_status(
                DeliveryStatus(delivery.channel, delivery.channel_name, str(delivery.id), state, state)
            )


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_a_provider_has_is_what_the_rows_say(
    database: Database, store: PostgresTicketStore, sql: Sql, seed: int
) -> None:
    deliveries = PostgresDeliveryStore(database, topic_prefix="shop", http_seconds=0, lookup_seconds=0)
    for number in range(CUSTOMERS):
        for reply in range(REPLIES):
            parts = answer(parts=(f"{number}.{reply}.1", f"{number}.{reply}.2"))
            phone = Identifier("phone", f"+49{number}", verified=True)
            await replied(store, chat(sender=phone, thread_key=phone.value), parts)
            address = Identifier("email", f"ada{number}@example.com", verified=True)
            await replied(store, mail(f"{number}.{reply}", sender=address, thread_key=f"t{number}"), parts)
    providers = Providers(deliveries, sql, seed)
    await asyncio.gather(*(providers.work(f"w{n}") for n in range(SENDERS)))
    await _check(sql, providers)
    assert set((await PostgresInvariantStore(database).violations()).values()) == {0}


async def _check(sql: Sql, providers: Providers) -> None:
    rows = await sql(
        "SELECT deliveries.id, conversation_id, deliveries.channel, state, state_rank, handler FROM deliveries"
        " JOIN conversations ON conversations.id = conversation_id ORDER BY conversation_id, ordinal, part"
    )
    had = Counter(delivery.id for delivery in providers.journal)
    assert max(had.values()) == 1
    for row in rows:
        if row["id"] in had:
            assert row["state_rank"] >= 2, row
        else:  # never sent: a message that may not be doubled goes to a person, with all that follows
            assert (row["channel"], row["handler"]) == ("whatsapp", "human"), row
            assert row["state"] in {"failed", "cancelled"}, row
    for conversation in {row["conversation_id"] for row in rows}:
        sent = [delivery.id for delivery in providers.journal if delivery.conversation_id == conversation]
        assert sent == [row["id"] for row in rows if row["conversation_id"] == conversation and row["id"] in had]
    reported = {
        (str(row["provider_id"]), row["status"]) for row in await sql("SELECT provider_id, status FROM delivery_events")
    }
    ranks = {DeliveryState.SENT: 3, DeliveryState.DELIVERED: 4, DeliveryState.READ: 5}
    for row in rows:
        told = [ranks[DeliveryState(status)] for provider_id, status in reported if provider_id == str(row["id"])]
        if row["id"] in had:
            assert row["state_rank"] == max([2, *told]), row
