"""Whatever turns do beside each other, and whoever of them vanishes, the ledger holds its caps and its sums.

The oracle is the provider: what each request really cost, and what must be charged where nobody could say.
"""

import asyncio
import random
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest
from crm import Sql

from fte_agent.domain.behaviour import Prices
from fte_agent.domain.budget import Caps, Grant, cost
from fte_agent.domain.turns import Usage
from fte_agent.errors import BudgetRefused
from fte_agent.turn.purse import Purse, Tariff
from fte_database.pool import Database
from fte_database.repositories.budget import PostgresBudgetStore
from fte_database.repositories.invariants import PostgresInvariantStore

pytestmark = pytest.mark.postgres

PRICES = Prices(input=1_000_000, cached=500_000, output=4_000_000)
TARIFF = Tariff(PRICES, max_output_tokens=50)
DAILY, YEARLY = 9_000, 6_000
SMALLEST = 20
WORKERS, TURNS = 6, 25

LOOK = """SELECT coalesce(sum(spent_micro_usd), 0)::bigint AS spent,
    coalesce(sum(reserved_micro_usd), 0)::bigint AS reserved
FROM budget_entries"""


@dataclass
class Provider:
    """Answers requests, and knows what they cost; ``owed`` is what the ledger must come to in the end."""

    chance: random.Random
    requests: int = 0
    real: int = 0
    owed: int = 0
    vanished: list[UUID] = field(default_factory=list)

    def answers(self, size: int) -> Usage:
        self.requests += 1
        read = self.chance.randint(0, size)
        usage = Usage(read, self.chance.randint(0, TARIFF.max_output_tokens), self.chance.randint(0, read))
        self.real += cost(PRICES, usage) or 0
        return usage


async def turn(ledger: PostgresBudgetStore, provider: Provider) -> None:
    """Up to three requests; then it is settled, or its worker vanishes, in the middle of a request or after it."""
    chance, run = provider.chance, uuid4()

    async def reserve(spent: int, under_way: int, ceiling: int) -> Grant:
        await asyncio.sleep(0)
        return await ledger.reserve(run, 1, spent=spent, under_way=under_way, ceiling=ceiling)

    purse = Purse(reserve)
    try:
        for _ in range(chance.randint(1, 3)):
            size = chance.randint(SMALLEST, 400)
            request = await purse.open(size, TARIFF)
            usage = provider.answers(size)
            if chance.random() < 0.1:
                provider.owed += purse.charge().model  # vanished while it was under way
                provider.vanished.append(run)
                return
            with request:
                if chance.random() < 0.8:
                    request.used(usage)
    except BudgetRefused:
        pass
    charge = purse.charge()
    if charge.reserved and chance.random() < 0.1:
        provider.vanished.append(run)  # between its last request and its commit: what it used is known to nobody
        return
    await ledger.settle(run, 1, charge)
    provider.owed += charge.model


@pytest.mark.parametrize("seed", range(8))
async def test_caps_and_sums_hold_over_interleaved_reserves_settles_and_crashes(
    database: Database, sql: Sql, seed: int
) -> None:
    provider = Provider(random.Random(seed))
    ledger = PostgresBudgetStore(database, Caps(DAILY, YEARLY), lease_seconds=180)
    invariants = PostgresInvariantStore(database)
    working = True

    async def worker(number: int) -> None:
        for _ in range(TURNS):
            await turn(ledger, provider)
            if number == 0:  # one connection
                await expire(sql, provider)
                await ledger.charge_expired()

    async def watch() -> int:
        looks = 0
        while working:
            async with database.connection() as connection:
                seen = await connection.fetchrow(LOOK)
            assert seen is not None
            assert seen["spent"] + seen["reserved"] <= YEARLY
            assert (await invariants.violations())["budget_totals"] == 0
            looks += 1
        return looks

    async def work() -> None:
        nonlocal working
        try:
            await asyncio.gather(*(worker(number) for number in range(WORKERS)))
        finally:
            working = False

    looks, _ = await asyncio.gather(watch(), work())
    assert looks > 0
    await expire(sql, provider)
    await ledger.charge_expired()
    [seen] = await sql(LOOK)
    assert seen["reserved"] == 0
    assert provider.owed <= seen["spent"] <= YEARLY
    assert provider.real <= seen["spent"]
    total = (await ledger.totals()).year
    assert (total.spent, total.reserved) == (seen["spent"], 0)


async def expire(sql: Sql, provider: Provider) -> None:
    """Let the leases of vanished turns end."""
    runs, provider.vanished = provider.vanished, []
    await sql(
        "UPDATE budget_entries SET expires_at = now() - interval '1 s' WHERE conversation_id = ANY ($1::uuid[]) "
        "AND expires_at IS NOT NULL",
        runs,
    )


@pytest.mark.parametrize("seed", range(3))
async def test_at_the_cap_the_provider_is_asked_nothing_however_many_turns_there_are(
    database: Database, seed: int
) -> None:
    provider = Provider(random.Random(seed))
    ledger = PostgresBudgetStore(database, Caps(daily=2_000), lease_seconds=180)
    while (await ledger.totals()).day.spent < 2_000:
        left = 2_000 - (await ledger.totals()).day.spent
        await ledger.add("channel", min(left, provider.chance.randint(1, 500)))
    await asyncio.gather(*(turn(ledger, provider) for _ in range(40)))
    assert (provider.requests, provider.owed) == (0, 0)
    totals = await ledger.totals()
    assert (totals.day.spent, totals.day.reserved, totals.day.refused > 0) == (2_000, 0, True)


async def test_a_provider_that_takes_more_than_a_ceiling_goes_beyond_the_cap_by_that_alone(database: Database) -> None:
    """What it says is what is charged, and then nothing more is asked of it."""
    ledger, run = PostgresBudgetStore(database, Caps(daily=1_000), lease_seconds=180), uuid4()

    async def reserve(spent: int, under_way: int, ceiling: int) -> Grant:
        return await ledger.reserve(run, 1, spent=spent, under_way=under_way, ceiling=ceiling)

    purse = Purse(reserve)
    with await purse.open(100, TARIFF) as request:
        request.used(Usage(5_000, 100))
    with pytest.raises(BudgetRefused):
        await purse.open(100, TARIFF)
    await ledger.settle(run, 1, purse.charge())
    assert (await ledger.totals()).day.spent == 5_400
