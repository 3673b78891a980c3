"""Role process: leases, supersession, and what a stop gives back."""

import asyncio
from dataclasses import dataclass, field

import pytest
from runtime_doubles import FakeClock, FakeTickets, Unreachable, a_claim

from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Decision, Outcome
from fte_agent.turn.decide import MAX_ATTEMPTS
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.limiter import IngestLimiter
from fte_runtime.worker.loop import Loop
from fte_runtime.worker.process import Process

ANSWER = Decision(Outcome.ANSWER, Author.AI, ("There.",))


@dataclass
class Rig:
    concurrency: int = 2
    lease_seconds: float = 60
    drain_seconds: float = 5
    turn_seconds: float = 60
    error: Exception | None = None
    hang: bool = False
    tickets: FakeTickets = field(default_factory=FakeTickets)
    clock: FakeClock = field(default_factory=FakeClock)
    metrics: WorkerMetrics = field(default_factory=WorkerMetrics)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    deliver: asyncio.Event = field(default_factory=asyncio.Event)
    drained: asyncio.Event = field(default_factory=asyncio.Event)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    running: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        self.limiter = IngestLimiter(10, self.clock)
        self.role = Process(
            worker="w",
            tickets=self.tickets,
            decide=self.decide,
            revision="r1",
            concurrency=self.concurrency,
            lease_seconds=self.lease_seconds,
            drain_seconds=self.drain_seconds,
            limiter=self.limiter,
            committed=(self.deliver,),
            drained=self.drained,
            loop=Loop("process", 0.001, self.wake, self.stopping, self.metrics),
            clock=self.clock,
            metrics=self.metrics,
            turn_seconds=self.turn_seconds,
        )

    async def decide(self, context):
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            self.started.set()
            if self.error:
                raise self.error
            if self.hang:
                await asyncio.Event().wait()
            return ANSWER
        finally:
            self.running -= 1

    async def one(self, claim):
        """Claim and run one turn to its end."""
        self.tickets.claims.append(claim)
        assert await self.role.step()
        await self.role.drain()


async def test_a_turn_is_committed_under_its_revision_and_wakes_delivery():
    rig = Rig()
    claim = a_claim()
    rig.limiter.add(claim.conversation_id)
    await rig.one(claim)
    assert rig.tickets.committed == [(claim, ANSWER, "r1")]
    assert rig.tickets.preferred == [[claim.conversation_id]]
    assert len(rig.limiter) == 0
    assert rig.deliver.is_set()
    assert rig.tickets.released == []


async def test_nothing_due_is_nothing_done():
    assert await Rig().role.step() is False


async def test_a_superseded_turn_sends_nothing_and_is_looked_at_again():
    rig = Rig()
    rig.tickets.superseded = True
    await rig.one(a_claim())
    assert (rig.deliver.is_set(), rig.wake.is_set(), rig.tickets.released) == (False, True, [])


@pytest.mark.parametrize("attempt", [1, MAX_ATTEMPTS])
async def test_a_failed_attempt_is_given_back_with_its_error(attempt):
    rig = Rig(error=RuntimeError("model said ada@example.org"))
    claim = a_claim(attempt=attempt)
    await rig.one(claim)
    assert rig.tickets.released == [(claim, "RuntimeError: model said [email]")]
    assert rig.tickets.committed == []


async def test_a_brown_out_s_errors_are_no_attempts_and_hand_nothing_over():
    rig = Rig(error=Unreachable("gone"))
    claim = a_claim(attempt=MAX_ATTEMPTS)
    await rig.one(claim)
    assert rig.tickets.released == [(claim, "Unreachable: gone")]
    assert rig.tickets.uncounted == [claim]
    assert rig.tickets.committed == []


async def test_an_error_for_good_is_an_attempt():
    rig = Rig(error=RuntimeError("no"))
    await rig.one(a_claim())
    assert (len(rig.tickets.released), rig.tickets.uncounted) == (1, [])


async def test_a_commit_that_may_succeed_later_is_no_attempt():
    rig = Rig()
    rig.tickets.errors["commit"] = [Unreachable("gone")]
    claim = a_claim(attempt=MAX_ATTEMPTS)
    await rig.one(claim)
    assert rig.tickets.uncounted == [claim]


async def test_a_turn_that_hangs_ends_at_its_deadline_as_an_attempt():
    rig = Rig(hang=True, turn_seconds=0.01)
    claim = a_claim()
    async with asyncio.timeout(5):
        await rig.one(claim)
    assert rig.tickets.released == [(claim, "TurnTooLong: no decision within 0.01 s")]
    assert (rig.running, rig.tickets.uncounted) == (0, [])


async def test_a_commit_the_store_could_not_take_is_given_back():
    rig = Rig()
    rig.tickets.errors["commit"] = [Unreachable("gone")]
    claim = a_claim()
    await rig.one(claim)
    assert [c for c, error in rig.tickets.released] == [claim]


async def test_a_release_that_fails_too_is_left_to_the_lease():
    rig = Rig(error=RuntimeError("no"))
    rig.tickets.errors["release"] = [Unreachable("gone")]
    await rig.one(a_claim())
    assert rig.tickets.committed == []


async def test_a_long_turn_s_lease_is_renewed_and_a_passing_error_does_not_end_it():
    rig = Rig(lease_seconds=0.003, hang=True, drain_seconds=0)
    rig.tickets.errors["renew"] = [Unreachable("gone")]
    rig.tickets.claims.append(a_claim())
    await rig.role.step()
    async with asyncio.timeout(5):
        while rig.tickets.renewals < 3:  # noqa: ASYNC110 - the double has no event to wait for
            await asyncio.sleep(0)
    assert rig.running == 1
    await rig.role.drain()


async def test_a_lost_lease_ends_the_turn_without_commit():
    rig = Rig(lease_seconds=0.003, hang=True)
    rig.tickets.leased = False
    await rig.one(a_claim())
    assert (rig.running, rig.tickets.committed, rig.tickets.released) == (0, [], [])


async def test_concurrency_bounds_turns():
    rig = Rig(concurrency=2, hang=True, drain_seconds=0)
    rig.tickets.claims = [a_claim() for _ in range(5)]
    role = asyncio.create_task(rig.role.run())
    async with asyncio.timeout(5):
        while rig.running < 2:  # noqa: ASYNC110
            await asyncio.sleep(0)
        for _ in range(50):
            await asyncio.sleep(0)
        assert (rig.most, len(rig.tickets.claims)) == (2, 3)
        rig.stopping.set()
        await role


async def test_a_stop_lets_turns_end():
    rig = Rig()
    rig.tickets.claims = [a_claim()]
    rig.tickets.commit, original = None, rig.tickets.commit

    async def slow_commit(claim, decision, *, revision):
        rig.stopping.set()
        await asyncio.sleep(0)
        return await original(claim, decision, revision=revision)

    rig.tickets.commit = slow_commit
    await rig.role.run()
    assert (len(rig.tickets.committed), rig.tickets.released) == (1, [])
    assert rig.drained.is_set()


async def test_a_stop_gives_back_what_does_not_end_in_time_and_claims_no_more():
    rig = Rig(hang=True, drain_seconds=0)
    claim = a_claim()
    rig.tickets.claims = [claim]
    role = asyncio.create_task(rig.role.run())
    await rig.started.wait()
    rig.tickets.claims = [a_claim()]
    rig.stopping.set()
    await role
    assert rig.tickets.released[0] == (claim, None)
    assert rig.tickets.committed == []


async def test_a_store_away_is_waited_out():
    rig = Rig()
    rig.tickets.errors["claim"] = [Unreachable("gone")]
    rig.tickets.claims = [a_claim()]
    role = asyncio.create_task(rig.role.run())
    await rig.deliver.wait()
    rig.stopping.set()
    await role
    assert rig.metrics.registry.get_sample_value("fte_role_errors_total", {"role": "process"}) == 1
