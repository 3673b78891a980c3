"""Role reports: what this worker's roles say of themselves, stored for ``/health`` of the API."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from fte_agent.ports import Clock
from fte_runtime.errors import is_retryable
from fte_runtime.failures import summary
from fte_runtime.worker.loop import wait_any

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
REPORT_SECONDS = 5.0
"""How often it is said again that nothing changed; a reader gives a worker up after some of these."""

Findings = Mapping[str, str | None]


class ReportStore(Protocol):
    """Where workers' reports are kept."""

    async def report(self, worker: str, roles: Mapping[str, str | None], notes: Mapping[str, str | None]) -> None:
        """Store what a worker says now."""

    async def forget(self, worker: str) -> None:
        """A worker ended as told."""


class Reports:
    """Tells what changed within a second. A store that is away costs the report: its silence tells as much."""

    def __init__(
        self,
        *,
        worker: str,
        findings: Callable[[], Findings],
        notes: Callable[[], Findings],
        store: ReportStore,
        stopping: asyncio.Event,
        clock: Clock,
    ) -> None:
        self._worker = worker
        self._findings = findings
        self._notes = notes
        self._store = store
        self._stopping = stopping
        self._clock = clock
        self._told: tuple[Findings, Findings] | None = None
        self._at = 0.0

    async def run(self) -> None:
        """Report until told to stop, and then no more."""
        while not self._stopping.is_set():
            await self.step()
            await wait_any(LOOK_SECONDS, self._stopping)
        await self._stored(self._store.forget(self._worker))

    async def step(self) -> None:
        """Report if there is news, or if the last report is `REPORT_SECONDS` old."""
        found, now = (dict(self._findings()), dict(self._notes())), self._clock.monotonic()
        if found == self._told and now - self._at < REPORT_SECONDS:
            return
        if await self._stored(self._store.report(self._worker, *found)):
            self._told, self._at = found, now

    async def _stored(self, write: Awaitable[None]) -> bool:
        try:
            await write
        except Exception as error:
            if not is_retryable(error):
                raise
            logger.warning("report not stored", extra={"error": summary(error)})
            return False
        return True
