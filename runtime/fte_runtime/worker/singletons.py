"""Role singletons: background work that one worker does at a time, whoever it is."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Protocol

from fte_runtime.channels.base import Singleton
from fte_runtime.errors import told_by_channel
from fte_runtime.worker.loop import Backoff, Loop, first_done, wait_any

logger = logging.getLogger(__name__)

RETRY_SECONDS = 4.0
"""How often a worker asks for the right that another one has.

With the time for which a silent holder keeps it (`fte_database.singleton`) it is taken over within 10 s.
"""

FIRST_WAIT_SECONDS = 1.0
"""At most how long after a step that failed the next one comes; it doubles up to `LAST_WAIT_SECONDS`, so that an end of
the failure is told within seconds, whatever the period."""

LAST_WAIT_SECONDS = 2.0

HEARTBEAT_SECONDS = 2.0
"""How often a holder shows that it lives."""


class Right(Protocol):
    """A lock of its own connection, held while that lives and its holder gives signs of life."""

    async def check(self) -> None:
        """Give a sign of life; raise, as ``retryable``, when the connection is gone and the lock with it."""


class Locks(Protocol):
    """Gives each right to one process at a time."""

    def session(self, role: str, key: str) -> AbstractAsyncContextManager[Right | None]:
        """The right to ``role`` for ``key`` while the block runs, or None while another process has it."""


class Singletons:
    """Waits for the right to each of them and exercises it until told to stop, or until it is lost.

    A worker that was frozen may finish a step whose right another one has by then: every step is harmless when two
    do it, the right only spares the provider and the database.
    """

    def __init__(
        self, singletons: Sequence[Singleton], *, locks: Locks, loop: Loop, telling: Collection[str] = ()
    ) -> None:
        """Roles that are ``telling`` say themselves when they are well: a step of theirs may end well without."""
        self._singletons = singletons
        self._telling = telling
        self._locks = locks
        self._loop = loop

    async def run(self) -> None:
        """Work until told to stop; each singleton has a task of its own."""
        async with asyncio.TaskGroup() as group:
            for singleton in self._singletons:
                group.create_task(self._contend(singleton), name=f"{singleton.role} {singleton.key}")

    async def _contend(self, singleton: Singleton) -> None:
        own = replace(self._loop, name=singleton.role, key=singleton.key, wake=asyncio.Event())
        await own.run(lambda: self.term(singleton, own.place))

    async def term(self, singleton: Singleton, place: str) -> bool:
        """One term in office; False when another process has the right."""
        async with self._locks.session(singleton.role, singleton.key) as right:
            if right is None:
                return False
            self._loop.pulse.beat(place)  # a term is one long step: what kept us from it is over
            await first_done(self._exercise(singleton, place), _keep(right))
        return True

    async def _exercise(self, singleton: Singleton, place: str) -> None:
        backoff = Backoff(first=FIRST_WAIT_SECONDS, longest=LAST_WAIT_SECONDS)
        while not self._loop.stopping.is_set():
            error = await self._step(singleton)
            wait = singleton.period  # of now: a step may wish for the next one sooner
            if error is not None:
                told = None if told_by_channel(error) else error
                wait = max(backoff.next(), getattr(error, "retry_after", None) or 0.0)
            else:
                told = None
                backoff.reset()
            self._tell(singleton, place, told)
            await wait_any(wait, self._loop.stopping)

    def _tell(self, singleton: Singleton, place: str, error: Exception | None) -> None:
        if error is not None:
            self._loop.pulse.failed(place, error)
        elif singleton.role not in self._telling:
            self._loop.pulse.well(place)

    async def _step(self, singleton: Singleton) -> Exception | None:
        """One step, which a stop cuts short; its error, if any, ends neither the term nor the process."""
        try:
            await self._loop.unless_stopped(singleton.step())
        except Exception as error:
            self._loop.metrics.role_errors.labels(singleton.role).inc()
            logger.exception("singleton failed", extra={"role": singleton.role, "key": singleton.key})
            return error
        return None


async def _keep(right: Right) -> None:
    """For as long as it is held; raises when it no longer is."""
    while True:
        await right.check()
        await asyncio.sleep(HEARTBEAT_SECONDS)
