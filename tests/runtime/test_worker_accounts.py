"""What a turn spends is charged with its commit, and settled where there is none."""

import asyncio
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from uuid import UUID

import pytest
from runtime_doubles import FakeClock, FakeTickets, Unreachable, a_claim

from fte_agent.domain.behaviour import Prices
from fte_agent.domain.budget import Caps, Grant, Spent, Totals
from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Charge, Decision, Outcome, TurnContext, Usage
from fte_agent.turn.purse import Tariff, current_purse
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.accounts import PaidAccounts, charging_the_day, charging_turns
from fte_runtime.worker.limiter import IngestLimiter
from fte_runtime.worker.loop import Loop
from fte_runtime.worker.process import Process

ANSWER = Decision(Outcome.ANSWER, Author.AI, ("There.",), model="m")
TARIFF = Tariff(Prices(1_000_000, 1_000_000, 1_000_000), 50)
USED = Usage(40, 2, 0)
CAPS = Caps(daily=1000)


@dataclass
class Store:
    """A ledger that grants everything and remembers; ``error`` is raised by every settlement."""

    spent: int = 0
    error: Exception | None = None
    reserved: list[tuple[UUID, int, int]] = field(default_factory=list)
    settled: list[tuple[UUID, int, Charge]] = field(default_factory=list)
    looks: int = 0

    async def reserve(self, conversation: UUID, epoch: int, *, spent: int, under_way: int, ceiling: int) -> Grant:
        self.reserved.append((conversation, epoch, ceiling))
        return Grant.GRANTED

    async def settle(self, conversation: UUID, epoch: int, charge: Charge) -> None:
        self.settled.append((conversation, epoch, charge))
        if self.error:
            raise self.error

    async def totals(self) -> Totals:
        self.looks += 1
        return Totals(day=Spent(self.spent))


@dataclass
class Rig:
    """A worker's process role whose turns ask a model once."""

    store: Store = field(default_factory=Store)
    caps: Caps = CAPS
    error: Exception | None = None
    hang: bool = False
    turn_seconds: float = 60
    tickets: FakeTickets = field(default_factory=FakeTickets)
    contexts: list[TurnContext] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        clock, metrics = FakeClock(), WorkerMetrics()
        self.role = Process(
            worker="w",
            tickets=self.tickets,
            decide=self.decide,
            revision="r1",
            concurrency=2,
            lease_seconds=0.01 if not self.tickets.leased else 60,
            drain_seconds=0.01 if self.hang else 10,
            limiter=IngestLimiter(10, clock),
            committed=(),
            drained=asyncio.Event(),
            loop=Loop("process", 0.001, asyncio.Event(), asyncio.Event(), metrics),
            clock=clock,
            metrics=metrics,
            turn_seconds=self.turn_seconds,
            accounts=PaidAccounts(self.store, self.caps, priced=True),
        )

    async def decide(self, context: TurnContext) -> Decision:
        self.contexts.append(context)
        purse = current_purse()
        assert purse is not None
        with await purse.open(100, TARIFF) as request:
            self.asked.set()
            if self.hang:
                await asyncio.Event().wait()
            request.used(USED)
        if self.error:
            raise self.error
        return ANSWER

    async def one(self):
        claim = a_claim()
        self.tickets.claims.append(claim)
        assert await self.role.step()
        if self.hang:
            await asyncio.wait_for(self.asked.wait(), 20)
        await self.role.drain()
        return claim


KNOWN = Charge(model=42, reserved=True, usage=USED)
UNKNOWN = Charge(model=150, known=False, reserved=True, usage=Usage())


async def test_a_commit_carries_the_charge_and_nothing_is_settled_beside_it():
    rig = Rig()
    claim = await rig.one()
    assert rig.tickets.committed == [(claim, replace(ANSWER, usage=USED, charge=KNOWN), "r1")]
    assert rig.store.reserved == [(claim.conversation_id, claim.epoch, 150)]
    assert rig.store.settled == []
    assert current_purse() is None


async def test_a_superseded_turn_s_charge_is_the_commit_s_too():
    rig = Rig(tickets=FakeTickets(superseded=True))
    await rig.one()
    assert rig.store.settled == []


async def test_a_failed_turn_is_settled_before_its_claim_is_given_back():
    rig = Rig(error=RuntimeError("no"))
    claim = await rig.one()
    assert rig.store.settled == [(claim.conversation_id, claim.epoch, KNOWN)]
    assert rig.tickets.released == [(claim, "RuntimeError: no")]


async def test_a_commit_that_fails_leaves_the_turn_to_be_settled():
    rig = Rig(tickets=FakeTickets(errors={"commit": [Unreachable("gone")]}))
    claim = await rig.one()
    assert rig.store.settled == [(claim.conversation_id, claim.epoch, KNOWN)]


async def test_a_turn_cut_short_by_a_stop_or_its_deadline_is_charged_the_ceiling_of_what_was_under_way():
    for changes in ({}, {"turn_seconds": 0.01}):
        rig = Rig(hang=True, **changes)
        claim = await rig.one()
        assert rig.store.settled == [(claim.conversation_id, claim.epoch, UNKNOWN)]


async def test_a_turn_whose_lease_was_lost_is_settled():
    rig = Rig(hang=True, tickets=FakeTickets(leased=False))
    claim = a_claim()
    rig.tickets.claims.append(claim)
    await rig.role.step()
    (turn,) = rig.role._turns
    await asyncio.wait_for(asyncio.shield(turn), 20)
    assert rig.store.settled == [(claim.conversation_id, claim.epoch, UNKNOWN)]


async def test_a_ledger_that_is_away_costs_no_claim_for_it_charges_by_itself(caplog):
    rig = Rig(error=RuntimeError("no"), store=Store(error=Unreachable("gone")))
    claim = await rig.one()
    assert rig.tickets.released == [(claim, "RuntimeError: no")]
    assert "turn not settled" in caplog.text


@pytest.mark.parametrize(("spent", "told"), [(999, False), (1000, True), (5000, True)])
async def test_a_turn_is_told_before_it_begins_that_nothing_is_left(spent, told):
    rig = Rig(store=Store(spent=spent))
    await rig.one()
    assert [context.budget_spent for context in rig.contexts] == [told]


async def test_without_caps_nobody_asks_how_much_is_left():
    rig = Rig(store=Store(spent=10**12), caps=Caps())
    await rig.one()
    assert (rig.store.looks, rig.contexts[0].budget_spent) == (0, False)


def test_a_budget_without_prices_cannot_reserve():
    with pytest.raises(ValueError, match="needs the prices"):
        PaidAccounts(Store(), CAPS, priced=False)
    PaidAccounts(Store(), Caps(), priced=False)


async def test_what_embeds_is_charged_to_the_turn_it_embeds_for():
    rig = Rig()
    hear = charging_turns(20_000)

    async def decide(context: TurnContext) -> Decision:
        await hear(SimpleNamespace(tokens=100, ceiling=400))
        await hear(SimpleNamespace(tokens=10**30, ceiling=400))
        return ANSWER

    rig.role._decide = decide
    await rig.one()
    [(_, decision, _)] = rig.tickets.committed
    assert decision.charge == Charge(embedding=10)
    await hear(SimpleNamespace(tokens=100, ceiling=400))  # outside of turns nobody pays, and nothing breaks


async def test_documents_are_charged_to_the_day():
    added = []

    async def add(kind: str, micro_usd: int, *, estimated: bool) -> None:
        added.append((kind, micro_usd, estimated))

    hear = charging_the_day(20_000, add)
    await hear(SimpleNamespace(tokens=100, ceiling=400))
    await hear(SimpleNamespace(tokens=None, ceiling=400))
    await hear(SimpleNamespace(tokens=10**30, ceiling=400))
    assert added == [("embedding", 2, False), ("embedding", 8, True), ("embedding", 8, False)]
