"""The supervisor of a worker's roles, and the waits between their steps."""

import asyncio
import contextlib

from fte_runtime.worker import supervisor
from fte_runtime.worker.loop import Backoff, wait_any
from fte_runtime.worker.supervisor import Supervisor


class Waits:
    def __init__(self, stopping: asyncio.Event) -> None:
        self.stopping, self.ended = stopping, False

    async def run(self) -> None:
        await self.stopping.wait()
        self.ended = True


class Dies:
    async def run(self) -> None:
        raise RuntimeError("bug")


class Hangs:
    async def run(self) -> None:
        await asyncio.Event().wait()


async def test_roles_end_together_when_told():
    stopping = asyncio.Event()
    role = Waits(stopping)
    roles = Supervisor({"a": role, "b": Waits(stopping)}, stopping=stopping, shutdown_seconds=5)
    run = asyncio.create_task(roles.run())
    await asyncio.sleep(0)
    assert roles.alive
    stopping.set()
    assert await run is True
    assert role.ended
    assert not roles.alive


async def test_a_role_that_dies_ends_the_process_with_a_clear_log(caplog):
    stopping = asyncio.Event()
    other = Waits(stopping)
    roles = Supervisor({"a": Dies(), "b": other}, stopping=stopping, shutdown_seconds=5)
    assert await roles.run() is False
    assert other.ended
    [record] = [r for r in caplog.records if r.levelname == "CRITICAL"]
    assert (record.role, record.exc_info[1].args) == ("a", ("bug",))


async def test_a_role_that_does_not_even_heed_being_cut_is_left_behind(monkeypatch):
    monkeypatch.setattr(supervisor, "CUT_SECONDS", 0.01)
    release = asyncio.Event()

    class Deaf:
        async def run(self) -> None:
            while not release.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await release.wait()

    stopping = asyncio.Event()
    stopping.set()
    run = asyncio.create_task(Supervisor({"a": Deaf()}, stopping=stopping, shutdown_seconds=0.01).run())
    done, _ = await asyncio.wait({run}, timeout=2)
    release.set()
    await run
    assert done


async def test_a_role_that_does_not_stop_is_cut():
    stopping = asyncio.Event()
    stopping.set()
    assert await Supervisor({"a": Hangs()}, stopping=stopping, shutdown_seconds=0.01).run() is True


def test_backoff_doubles_to_its_limit_and_starts_over():
    backoff = Backoff(first=1, longest=8)
    waits = [backoff.next() for _ in range(5)]
    for wait, ceiling in zip(waits, (1, 2, 4, 8, 8), strict=True):
        assert ceiling / 2 <= wait <= ceiling
    backoff.reset()
    assert backoff.next() <= 1


async def test_waiting_ends_with_the_first_event():
    event = asyncio.Event()
    event.set()
    async with asyncio.timeout(5):
        await wait_any(60, asyncio.Event(), event)
