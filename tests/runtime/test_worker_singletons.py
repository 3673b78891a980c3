"""Role singletons: one holder at a time, steps by their period, and what a lost right ends."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from runtime_doubles import Unreachable

from fte_runtime.channels.twilio_whatsapp.client import NoCredentials, NotReached, Refused
from fte_runtime.errors import BusUnavailable
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker import singletons as module
from fte_runtime.worker.loop import Loop
from fte_runtime.worker.singletons import Singletons


@dataclass
class FakeLocks:
    """Rights by role and key; ``elsewhere`` are held by another process, ``lost`` break while held."""

    elsewhere: set[tuple[str, str]] = field(default_factory=set)
    lost: set[tuple[str, str]] = field(default_factory=set)
    terms: Counter[tuple[str, str]] = field(default_factory=Counter)

    @asynccontextmanager
    async def session(self, role, key):
        name = (role, key)
        if name in self.elsewhere:
            yield None
            return
        self.terms[name] += 1
        yield Held(self, name)


@dataclass
class Held:
    locks: FakeLocks
    name: tuple[str, str]

    async def check(self):
        if self.name in self.locks.lost:
            self.locks.lost.discard(self.name)
            raise Unreachable("the connection is gone")


@dataclass
class Work:
    role: str = "poll"
    key: str = "whatsapp"
    period: float = 0.0
    error: Exception | None = None
    steps: int = 0
    enough: int = 3
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def step(self):
        self.steps += 1
        if self.steps >= self.enough:
            self.done.set()
        if self.error:
            raise self.error


def role(locks, stopping, *work, telling=()):
    loop = Loop("singletons", 0.001, asyncio.Event(), stopping, WorkerMetrics())
    return Singletons(work, locks=locks, loop=loop, telling=telling), loop.metrics


async def worked(locks, *work, until):
    stopping = asyncio.Event()
    singletons, metrics = role(locks, stopping, *work)
    running = asyncio.create_task(singletons.run())
    async with asyncio.timeout(5):
        await until.done.wait()
        stopping.set()
        await running
    return metrics


async def test_a_holder_steps_until_told_to_stop():
    locks, work = FakeLocks(), Work()
    await worked(locks, work, until=work)
    assert work.steps >= 3
    assert locks.terms[("poll", "whatsapp")] == 1


class Doubtful(Work):
    """It wishes for the next step at once while it is in doubt, which is after the first one."""

    async def step(self):
        await super().step()
        self.period = 0.0 if self.steps < self.enough else 3600.0


async def test_a_step_may_wish_for_the_next_one_sooner():
    work = Doubtful(period=3600.0)
    await worked(FakeLocks(), work, until=work)
    assert work.steps == 3


async def test_what_another_process_does_is_left_to_it_and_the_rest_goes_on():
    locks = FakeLocks(elsewhere={("poll", "whatsapp")})
    theirs, ours = Work(), Work(key="shop")
    await worked(locks, theirs, ours, until=ours)
    assert theirs.steps == 0


async def test_a_right_that_comes_free_is_taken_over():
    locks, work, other = FakeLocks(elsewhere={("poll", "whatsapp")}), Work(), Work(key="shop")
    stopping = asyncio.Event()
    singletons, _ = role(locks, stopping, work, other)
    running = asyncio.create_task(singletons.run())
    async with asyncio.timeout(5):
        await other.done.wait()
        assert work.steps == 0
        locks.elsewhere.clear()
        await work.done.wait()
        stopping.set()
        await running


async def test_a_lost_right_ends_the_term_before_the_next_step():
    locks, work = FakeLocks(lost={("poll", "whatsapp")}), Work()
    metrics = await worked(locks, work, until=work)
    assert locks.terms[("poll", "whatsapp")] == 2
    assert metrics.registry.get_sample_value("fte_role_errors_total", {"role": "poll"}) == 1


async def test_what_ended_a_term_is_old_news_once_another_term_begins():
    locks, work = FakeLocks(lost={("poll", "whatsapp")}), Work(enough=2)
    stopping = asyncio.Event()
    singletons, _ = role(locks, stopping, work)
    pulse = singletons._loop.pulse
    running = asyncio.create_task(singletons.run())
    async with asyncio.timeout(5):
        await work.done.wait()
        told = pulse.findings()
        stopping.set()
        await running
    assert told == {"poll whatsapp": None}


async def findings(*work, until, telling=()):
    """What the worker says of these, at the end of the step after which one of them is done and of its next."""
    stopping = asyncio.Event()
    singletons, _ = role(FakeLocks(), stopping, *work, telling=telling)
    pulse = singletons._loop.pulse
    running = asyncio.create_task(singletons.run())
    async with asyncio.timeout(5):
        await until.done.wait()
        failing = pulse.findings()
        until.error, until.enough, until.done = None, until.steps + 2, asyncio.Event()
        await until.done.wait()
        well = pulse.findings()
        stopping.set()
        await running
    return failing, well


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(module, "FIRST_WAIT_SECONDS", 0.001)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyError("ada@example.org"), "failed unexpectedly; its log says why"),
        (BusUnavailable("gone", "a topic is missing"), "Kafka: a topic is missing"),
        (TimeoutError(), "had no answer in time"),
        (NotReached("gone"), "the provider cannot be reached"),
        (Refused(503, None), "the provider answers with an error; the worker's log has its number"),
    ],
)
async def test_a_step_that_fails_for_ever_is_told_until_one_ends_well(error, told, at_once):
    work = Work(error=error)
    assert await findings(work, until=work) == ({"poll whatsapp": told}, {"poll whatsapp": None})


async def test_one_of_a_role_says_nothing_of_another(at_once):
    failing, well = Work(error=KeyError("bug"), enough=4), Work(key="shop")
    first, _ = await findings(failing, well, until=failing)
    assert first == {"poll whatsapp": "failed unexpectedly; its log says why", "poll shop": None}


@pytest.mark.parametrize("error", [Refused(401, 20003), NoCredentials("no file")])
async def test_what_the_channel_s_own_health_tells_is_not_told_twice(error, at_once):
    work = Work(error=error)
    assert await findings(work, until=work) == ({"poll whatsapp": None}, {"poll whatsapp": None})


async def test_a_role_that_tells_when_it_is_well_is_believed(at_once):
    work = Work(error=KeyError("bug"))
    first, later = await findings(work, until=work, telling={"poll"})
    assert first == later == {"poll whatsapp": "failed unexpectedly; its log says why"}


async def test_however_long_the_period_is_a_failure_is_looked_at_again_soon(at_once):
    await worked(FakeLocks(), work := Work(error=Unreachable("gone"), period=3600), until=work)


@pytest.fixture
def waits(monkeypatch):
    """The pauses that were made, in seconds; none takes any."""
    found = []

    async def note(seconds, *events):
        found.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr(module, "wait_any", note)
    return found


async def test_a_provider_that_names_a_time_is_left_alone_until_then(waits):
    await worked(FakeLocks(), work := Work(error=Refused(429, None, 30.0)), until=work)
    assert waits[0] == 30


@pytest.mark.parametrize("error", [Unreachable("gone"), KeyError("bug")])
async def test_a_step_that_fails_is_counted_and_tried_again(error, monkeypatch):
    monkeypatch.setattr(module, "FIRST_WAIT_SECONDS", 0.001)
    locks, work = FakeLocks(), Work(error=error)
    metrics = await worked(locks, work, until=work)
    assert locks.terms[("poll", "whatsapp")] == 1
    assert metrics.registry.get_sample_value("fte_role_errors_total", {"role": "poll"}) >= 2


async def test_a_step_that_fails_is_not_tried_at_once_even_where_a_good_one_is_followed_at_once(waits):
    await worked(FakeLocks(), work := Work(error=Unreachable("gone"), enough=6), until=work)
    assert all(earlier > 0 for earlier in waits)
    assert waits[4] > waits[0]
    waits.clear()
    await worked(FakeLocks(), work := Work(), until=work)
    assert waits[0] == 0


async def test_a_stop_does_not_wait_for_the_period():
    work = Work(period=3600, enough=1)
    await worked(FakeLocks(), work, until=work)
    assert work.steps == 1


async def test_a_stop_cuts_a_step_short():
    class Hangs(Work):
        async def step(self):
            self.done.set()
            await asyncio.Event().wait()

    work = Hangs()
    await worked(FakeLocks(), work, until=work)


async def test_a_right_lost_during_a_step_ends_the_step(monkeypatch):
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.001)

    class Hangs(Work):
        async def step(self):
            await super().step()
            if self.steps == 1:
                locks.lost.add(("poll", "whatsapp"))
                await asyncio.Event().wait()

    locks, work = FakeLocks(), Hangs(enough=2)
    await worked(locks, work, until=work)
    assert locks.terms[("poll", "whatsapp")] == 2
