"""What roles say of themselves, and how it is told."""

import asyncio

import pytest
from runtime_doubles import FakeClock, FakeReports

from fte_database.errors import DatabaseError, Unreachable
from fte_runtime.errors import BusUnavailable, NewerVersion
from fte_runtime.failures import sentence
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.loop import Loop
from fte_runtime.worker.pulse import STILL, STILL_SECONDS, Pulse
from fte_runtime.worker.reports import REPORT_SECONDS, Reports


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unreachable("10.0.0.7 refused"), "the database cannot be reached"),
        (DatabaseError("10.0.0.7", "is read-only"), "the database is read-only"),
        (BusUnavailable("10.0.0.7", "a topic is missing"), "Kafka: a topic is missing"),
        (NewerVersion("v9"), "a record is of a newer release; upgrade the workers"),
        (KeyError("ada@example.org"), "failed unexpectedly; its log says why"),
    ],
)
def test_an_error_is_told_in_words_of_ours(error, told):
    assert sentence(error) == told


def test_an_error_stands_until_a_step_ends_well():
    pulse = Pulse(FakeClock())
    pulse.failed("process", Unreachable("no"))
    assert pulse.findings() == {"process": "the database cannot be reached"}
    pulse.beat("process")
    assert pulse.findings() == {"process": None}


def test_an_error_that_stands_for_a_while_is_ended_only_by_the_very_work():
    pulse = Pulse(clock := FakeClock())
    pulse.failed("ingest", Unreachable("no"), 4)
    clock.advance(3)
    pulse.beat("ingest")
    assert pulse.findings()["ingest"] is not None
    clock.advance(1)
    pulse.beat("ingest")
    assert pulse.findings()["ingest"] is None
    pulse.failed("ingest", Unreachable("no"), 4)
    pulse.well("ingest")
    assert pulse.findings()["ingest"] is None


def test_a_role_that_no_longer_moves_is_told_if_it_must_move():
    pulse = Pulse(clock := FakeClock())
    pulse.expect({"ingest"})
    pulse.beat("relay")
    clock.advance(STILL_SECONDS)
    assert pulse.findings() == {"ingest": None, "relay": None}
    clock.advance(1)
    assert pulse.findings() == {"ingest": STILL, "relay": None}
    pulse.beat("ingest")
    assert pulse.findings()["ingest"] is None


async def test_a_loop_tells_how_its_steps_end():
    stopping, seen = asyncio.Event(), []
    loop = Loop("process", 0.001, asyncio.Event(), stopping, WorkerMetrics(), Pulse())

    async def step():
        seen.append(loop.pulse.findings().get("process"))
        if len(seen) == 1:
            raise Unreachable("no")
        if len(seen) == 3:
            stopping.set()
        return True

    async with asyncio.timeout(10):
        await loop.run(step)
    assert seen == [None, "the database cannot be reached", None]


NOTES = {"budget": "day_spent: nothing is left"}


def reports(store, clock, pulse, stopping=None):
    return Reports(
        worker="w",
        findings=pulse.findings,
        notes=lambda: NOTES,
        store=store,
        stopping=stopping or asyncio.Event(),
        clock=clock,
    )


async def test_news_is_reported_at_once_and_no_news_now_and_then():
    store, clock = FakeReports(), FakeClock()
    pulse = Pulse(clock)
    role = reports(store, clock, pulse)
    pulse.beat("ingest")
    await role.step()
    await role.step()
    assert (store.told, store.notes) == ([("w", {"ingest": None})], NOTES)
    pulse.failed("ingest", Unreachable("no"))
    await role.step()
    assert store.told[1:] == [("w", {"ingest": "the database cannot be reached"})]
    clock.advance(REPORT_SECONDS)
    await role.step()
    assert len(store.told) == 3


async def test_a_report_that_could_not_be_stored_comes_again_and_ends_nothing():
    store, clock = FakeReports(down=True), FakeClock()
    role = reports(store, clock, Pulse(clock))
    await role.step()
    store.down = False
    await role.step()
    assert len(store.told) == 1


async def test_a_worker_that_ends_as_told_is_no_longer_waited_for():
    store, stopping = FakeReports(), asyncio.Event()
    stopping.set()
    async with asyncio.timeout(5):
        await reports(store, FakeClock(), Pulse(), stopping).run()
    assert store.forgotten == ["w"]
