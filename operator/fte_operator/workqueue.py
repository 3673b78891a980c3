"""The work queue: keys in, one reconcile per key at a time, retries with back-off.

`Schedule` is the pure half (no loop, no clock of its own); `WorkQueue` runs it with a fixed number of workers.
A key handed in while its reconcile runs is run once more afterwards; handed in twice before, it runs once.
"""

import asyncio
import itertools
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from fte_operator import metrics
from fte_operator.errors import OperatorError

_log = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 1.0
LAST_RETRY_SECONDS = 300.0
LAST_WAIT_SECONDS = 60.0
_JITTER = 0.1
_SETTLE_SECONDS = 0.05  # the events of one change arrive in a bunch


class Key(NamedTuple):
    """One custom resource."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Result:
    """How a reconcile ended without an error.

    `requeue_after` (seconds) asks for another run before the next resync. `waiting` asks for one with back-off,
    for something that no event tells of. `gone` ends the resync: nothing is there any more.
    """

    requeue_after: float | None = None
    waiting: bool = False
    gone: bool = False


Reconcile = Callable[[Key], Awaitable[Result]]


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 1, 2, 4, … 300."""
    return float(min(LAST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** min(max(failures - 1, 0), 16)))


@dataclass(slots=True)
class Schedule:
    """Which key runs when. Times are seconds on the caller's clock.

    Namespaces take turns, and in each the key that has been due longest comes first: however many keys one has, they
    cost another no more than a turn. At most `share` keys run at a time that failed the last time, and at most as many
    of one namespace: so nobody's failures, however slow, keep what is well waiting.
    """

    share: int | None = None
    _due: dict[Key, float] = field(default_factory=dict)
    _active: set[Key] = field(default_factory=set)
    _failures: dict[Key, int] = field(default_factory=dict)
    _turns: dict[str, int] = field(default_factory=dict)
    """The number of each namespace's last turn."""
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def add(self, key: Key, at: float) -> None:
        """Run `key` at `at`, or earlier if it is already due earlier."""
        self._due[key] = min(at, self._due.get(key, at))

    def take(self, now: float) -> Key | None:
        """The key whose turn it is of those that are due and may run; it counts as running until `finish`."""
        ready = (key for key in self._free() if self._due[key] <= now)
        taken = min(ready, key=lambda key: (self._turns.get(key.namespace, 0), self._due[key]), default=None)
        if taken is not None:
            del self._due[taken]
            self._active.add(taken)
            self._turns[taken.namespace] = next(self._numbers)
        return taken

    def _free(self) -> Iterator[Key]:
        """Keys that nothing that runs keeps from running."""
        running = Counter(each.namespace for each in self._active)
        failing = sum(each in self._failures for each in self._active)
        share = float("inf") if self.share is None else self.share
        for key in self._due:
            room = running[key.namespace] < share and (failing < share or key not in self._failures)
            if room and key not in self._active:
                yield key

    def finish(self, key: Key, *, failed: bool) -> int:
        """End a run; the number of failures in a row, this one included."""
        self._active.discard(key)
        if failed:
            self._failures[key] = self._failures.get(key, 0) + 1
        else:
            self._failures.pop(key, None)
        return self._failures.get(key, 0)

    def next_at(self) -> float | None:
        """When the next key that may run is due."""
        return min((self._due[key] for key in self._free()), default=None)

    def waiting(self, now: float) -> tuple[int, float]:
        """How many keys are due, and for how long the oldest has been."""
        ages = [now - at for at in self._due.values() if at <= now]
        return len(ages), max(ages, default=0.0)

    @property
    def active(self) -> int:
        """How many keys are running."""
        return len(self._active)


class WorkQueue:
    """Workers around a `Schedule`. Start `work` as many times as there are workers, before kopf starts."""

    def __init__(
        self, reconcile: Reconcile, *, reconcile_seconds: float, resync_seconds: float, share: int | None = None
    ) -> None:
        self._reconcile = reconcile
        self._reconcile_seconds = reconcile_seconds
        self._resync_seconds = resync_seconds
        self._schedule = Schedule(share)
        self._changed = asyncio.Event()
        self._stopping = False

    def add(self, key: Key, after: float = _SETTLE_SECONDS) -> None:
        """Ask for a reconcile of `key`, in `after` seconds at the latest."""
        metrics.QUEUE_ADDS.inc()
        self._schedule.add(key, asyncio.get_running_loop().time() + after)
        self._changed.set()

    async def work(self) -> None:
        """One worker; ends after `stop` once its current reconcile is done."""
        while not self._stopping:
            now = asyncio.get_running_loop().time()
            key = self._schedule.take(now)
            depth, oldest = self._schedule.waiting(now)
            metrics.QUEUE_DEPTH.set(depth)
            metrics.QUEUE_OLDEST_SECONDS.set(oldest)
            if key is None:
                await self._wait(now)
            else:
                await self._run(key)

    def stop(self) -> None:
        """Take no more keys."""
        self._stopping = True
        self._changed.set()

    async def _wait(self, now: float) -> None:
        self._changed.clear()
        next_at = self._schedule.next_at()
        with suppress(TimeoutError):
            async with asyncio.timeout(None if next_at is None else max(0.0, next_at - now)):
                await self._changed.wait()

    async def _run(self, key: Key) -> None:
        started = asyncio.get_running_loop().time()
        failure: Exception | None = None
        result = Result()
        with metrics.RECONCILES_ACTIVE.labels(key.kind).track_inprogress():
            try:
                async with asyncio.timeout(self._reconcile_seconds):
                    result = await self._reconcile(key)
            except Exception as error:  # noqa: BLE001 - becomes the outcome: counted, logged and retried
                failure = error
        now = asyncio.get_running_loop().time()
        metrics.RECONCILE_SECONDS.labels(key.kind).observe(now - started)
        metrics.RECONCILES.labels(key.kind, "success" if failure is None else type(failure).__name__).inc()
        failures = self._schedule.finish(key, failed=failure is not None or result.waiting)
        after = self._after(result, failure, failures)
        if failure is not None:
            _report(key, failure, after)
        if after is not None:
            self._schedule.add(key, now + after)
        self._changed.set()

    def _after(self, result: Result, failure: Exception | None, failures: int) -> float | None:
        spread = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - spreads load, guards nothing
        if failure is not None:
            metrics.QUEUE_RETRIES.inc()
            refused = isinstance(failure, OperatorError) and not failure.retryable
            longest = LAST_WAIT_SECONDS if refused else LAST_RETRY_SECONDS  # nothing tells when a quota is raised
            return max(min(backoff(failures), longest) * spread, float(getattr(failure, "retry_after", 0.0)))
        if result.gone:
            return None
        times = [self._resync_seconds * spread]
        if result.requeue_after is not None:
            times.append(result.requeue_after)
        if result.waiting:
            times.append(min(backoff(failures), LAST_WAIT_SECONDS) * spread)
        return min(times)


def _report(key: Key, failure: Exception, after: float | None) -> None:
    if isinstance(failure, OperatorError):
        _log.warning("%s: %s: %s; again in %.0f s", key, failure.reason, failure, after)
    elif isinstance(failure, TimeoutError):
        _log.warning("%s: not done within its deadline; again in %.0f s", key, after)
    else:
        _log.error("%s: unexpected; again in %.0f s", key, after, exc_info=failure)
