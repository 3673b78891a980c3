"""What is not seen is not taken for well, nor a look that takes a while for a fault."""

import asyncio

import pytest
from runtime_doubles import FakeClock

from fte_runtime import sight as module
from fte_runtime.errors import BusUnavailable
from fte_runtime.sight import AGAIN_SECONDS, LOOK_SECONDS, SEEN_SECONDS, Sight, unseen

AWAY = BusUnavailable("10.0.0.7: no coordinator", "cannot be reached")


class Thing:
    """What is looked at: each look ends with what `answers` holds by then, as soon as the test puts it there."""

    def __init__(self):
        self.clock = FakeClock()
        self.answers = asyncio.Queue()
        self.begun, self.began = 0, asyncio.Event()
        self.sight = Sight("the thing", self.look, self.clock)

    async def look(self):
        self.begun += 1
        self.began.set()
        answer = await self.answers.get()
        self.answers.task_done()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def now(self, answer=None, **given):
        if answer is not None:
            self.answers.put_nowait(answer)
        return await self.sight.now(**given)

    async def ends(self, answer):
        """A look that was under way ends by itself."""
        self.answers.put_nowait(answer)
        async with asyncio.timeout(5):
            await self.answers.join()
            await asyncio.sleep(0)


@pytest.fixture
async def thing(monkeypatch):
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    made = Thing()
    yield made
    await made.sight.aclose()


async def test_what_is_seen_in_time_is_told_and_looked_at_only_when_asked(thing):
    assert await thing.now("first") == "first"
    assert await thing.now("second") == "second"
    assert (thing.begun, thing.sight.lost) == (2, None)


async def test_while_a_look_takes_long_the_one_before_stands_for_a_while(thing):
    await thing.now("before")
    thing.clock.advance(SEEN_SECONDS)
    assert await thing.now() == "before"
    thing.clock.advance(1)
    assert await thing.now() is None, "too old to stand for now"
    assert (thing.begun, thing.sight.lost) == (2, None)
    await thing.ends("after")
    assert await thing.now() == "after"


async def test_looks_that_are_always_late_are_told_at_every_ask(thing, monkeypatch):
    """However rarely it is asked: looks go on between."""
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.001)
    assert await thing.now() is None, "not known yet, and no fault"
    assert thing.sight.lost is None
    for answer in ("one", "two", "three"):
        thing.clock.advance(LOOK_SECONDS + 0.7)
        thing.began.clear()
        await thing.ends(answer)
        async with asyncio.timeout(5):
            await thing.began.wait()  # nobody asked
        thing.clock.advance(AGAIN_SECONDS)
        assert await thing.now() == answer
        assert thing.sight.lost is None


async def test_a_look_that_is_in_time_again_is_followed_by_none(thing):
    await thing.now()
    thing.clock.advance(LOOK_SECONDS)
    await thing.ends("late")
    assert await thing.now("in time") == "in time"
    assert thing.sight._looking.done()


@pytest.mark.parametrize("error", [AWAY, KeyError("a fault of ours"), TimeoutError()])
async def test_looks_that_fail_are_a_fault_after_a_while_and_no_sooner(thing, error):
    """At a start-up, or for a blip, nothing is told."""
    await thing.now(error)
    assert thing.sight.lost is None
    thing.clock.advance(SEEN_SECONDS)
    await thing.now(error)
    assert thing.sight.lost is None
    thing.clock.advance(1)
    assert await thing.now(error) is None
    assert thing.sight.lost is not None
    assert await thing.now("again") == "again"
    assert thing.sight.lost is None


async def test_a_look_that_never_ends_is_a_fault_too(thing, monkeypatch):
    monkeypatch.setattr(module, "END_SECONDS", 0.001)
    await thing.now()
    thing.clock.advance(SEEN_SECONDS + 1)
    await thing.now()
    assert unseen([thing.sight]) == "cannot be seen: the thing (does not answer in time)"


async def test_what_cannot_be_reached_is_told_elsewhere_and_begins_anew_afterwards(thing):
    await thing.now(AWAY)
    thing.clock.advance(SEEN_SECONDS + 1)
    await thing.now(AWAY)
    assert thing.sight.lost
    assert await thing.now(reachable=False) is None
    assert thing.sight.lost is None
    thing.clock.advance(SEEN_SECONDS + 1)
    await thing.now(AWAY)
    assert thing.sight.lost is None, "as at a start-up"


async def test_all_that_is_lost_is_one_fault_in_words_for_anybody_and_the_log_has_the_cause_once(thing, caplog):
    for _ in range(3):
        await thing.now(AWAY)
        thing.clock.advance(SEEN_SECONDS)
    said = unseen([thing.sight, Sight("another", thing.look, thing.clock), thing.sight])
    assert said == "cannot be seen: the thing (cannot be reached), the thing (cannot be reached)"
    assert [record.error for record in caplog.records] == ["BusUnavailable: 10.0.0.7: no coordinator"]
