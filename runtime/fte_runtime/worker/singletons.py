"""Role singletons: background work that one worker does at a time, whoever it is."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Protocol

from fte_runtime.channels.base import Singleton
from fte_runtime.worker.loop import Loop, first_done, wait_any

logger = logging.getLogger(__name__)

RETRY_SECONDS = 4.0
"""How often a worker asks for the right that another one has.

With the time for which a silent holder keeps it (`fte_database.singleton`) it is taken over within 10 s.
"""

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

    def __init__(self, singletons: Sequence[Singleton], *, locks: Locks, loop: Loop) -> None:
        self._singletons = singletons
        self._locks = locks
        self._loop = loop

    async def run(self) -> None:
        """Work until told to stop; each singleton has a task of its own."""
        async with asyncio.TaskGroup() as group:
            for singleton in self._singletons:
                group.create_task(self._contend(singleton), name=f"{singleton.role} {singleton.key}")

    async def _contend(self, singleton: Singleton) -> None:
        own = replace(self._loop, name=singleton.role, wake=asyncio.Event())
        await own.run(lambda: self.term(singleton))

    async def term(self, singleton: Singleton) -> bool:
        """One term in office; False when another process has the right."""
        async with self._locks.session(singleton.role, singleton.key) as right:
            if right is None:
                return False
            await first_done(self._exercise(singleton), _keep(right))
        return True

    async def _exercise(self, singleton: Singleton) -> None:
        while not self._loop.stopping.is_set():
            await self._step(singleton)
            await wait_any(singleton.period, self._loop.stopping)

    async def _step(self, singleton: Singleton) -> None:
        """One step, which a stop cuts short; its errors end neither the term nor the process."""
        try:
            await self._loop.unless_stopped(singleton.step())
        except Exception:
            self._loop.metrics.role_errors.labels(singleton.role).inc()
            logger.exception("singleton failed", extra={"role": singleton.role, "key": singleton.key})


async def _keep(right: Right) -> None:
    """For as long as it is held; raises when it no longer is."""
    while True:
        await right.check()
        await asyncio.sleep(HEARTBEAT_SECONDS)
