"""The loop every role runs: step, wait for more, wait out what passes, and stop when told."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from secrets import SystemRandom
from typing import Any

from fte_runtime.errors import is_retryable
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.pulse import Pulse

logger = logging.getLogger(__name__)

_random = SystemRandom()


@dataclass(slots=True)
class Backoff:
    """Doubling waits from ``first`` to ``longest`` seconds, each shortened by up to half at random."""

    first: float = 0.2
    longest: float = 4.0
    _failures: int = 0

    def next(self) -> float:
        """How long to wait after one more failure."""
        ceiling: float = min(self.longest, self.first * 2 ** min(self._failures, 20))
        self._failures += 1
        return ceiling * _random.uniform(0.5, 1)

    def reset(self) -> None:
        """It works again."""
        self._failures = 0


async def wait_any(seconds: float, *events: asyncio.Event) -> None:
    """Return when one of ``events`` is set, or after ``seconds``."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def first_done(*works: Coroutine[Any, Any, object]) -> set[int]:
    """Do ``works`` until one ends, cut the others short, and tell by their places which ended.

    Raises:
        Exception: what one of those that ended raised.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        done = {place for place, task in enumerate(tasks) if task.done()}
        for place in sorted(done):
            tasks[place].result()
        return done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Loop:
    """Runs one role's step until ``stopping``.

    ``wake`` ends an idle wait of ``idle`` seconds early. Errors marked ``retryable`` are waited out for
    ever; any other ends the role, and with it the process. ``pulse`` hears how each step ended; ``key`` tells loops of
    one ``name`` apart there.
    """

    name: str
    idle: float
    wake: asyncio.Event
    stopping: asyncio.Event
    metrics: WorkerMetrics
    pulse: Pulse = field(default_factory=Pulse)
    key: str = ""

    @property
    def place(self) -> str:
        """What the pulse knows it by."""
        return f"{self.name} {self.key}".rstrip()

    async def run(self, step: Callable[[], Awaitable[bool]]) -> None:
        """Call ``step`` again and again; it returns False when there was nothing to do."""
        backoff = Backoff()
        while not self.stopping.is_set():
            self.wake.clear()
            try:
                progressed = await step()
            except Exception as error:
                if not is_retryable(error):
                    raise
                await self.wait_out(error, backoff)
                continue
            backoff.reset()
            self.pulse.beat(self.place)
            if not progressed:
                await wait_any(self.idle, self.wake, self.stopping)

    async def unless_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do ``work`` that may take long; a stop cuts it short. Whether it was done."""
        return 0 in await first_done(work, self.stopping.wait())

    async def wait_out(self, error: Exception, backoff: Backoff) -> None:
        """Say what is in the way, and wait."""
        seconds = backoff.next()
        self.pulse.failed(self.place, error)
        self.metrics.role_errors.labels(self.name).inc()
        extra = {"role": self.name, "error": f"{type(error).__name__}: {error}", "seconds": round(seconds, 1)}
        logger.warning("role waits", extra=extra)
        await wait_any(seconds, self.stopping)
