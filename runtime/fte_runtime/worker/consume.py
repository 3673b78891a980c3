"""Membership in a consumer group: polls, hands records to who takes them, commits after that. In that order, always."""

import logging
from collections.abc import Sequence
from typing import Protocol

from fte_agent.ports import Clock
from fte_runtime.bus.base import Consumer, Record
from fte_runtime.errors import NewerVersion, is_retryable
from fte_runtime.failures import summary
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.loop import Backoff, Loop

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
POLL_LIMIT = 16


class Taker(Protocol):
    """Who takes records. What it raises as ``retryable`` is waited out, anything else ends the role."""

    @property
    def full(self) -> bool:
        """Whether nothing more may be fetched now."""

    async def prepare(self) -> None:
        """Called before each poll, when no record is in hand."""

    async def take(self, record: Record) -> None:
        """Do all that a record asks for; its offset is committed after that."""


class Consume:
    """A role that takes the records of its topics one by one per partition.

    A store that cannot be reached does not stop the polling, which keeps the membership: the records
    are rewound, fetching is held for a while and then they come again.
    """

    def __init__(self, taker: Taker, *, consumer: Consumer, loop: Loop, clock: Clock, metrics: WorkerMetrics) -> None:
        self._taker = taker
        self._consumer = consumer
        self._loop = loop
        self._clock = clock
        self._metrics = metrics
        self._backoff = Backoff()
        self._resume_at = 0.0
        self.joined = False

    async def run(self) -> None:
        """Join the group and stay in it until told to stop."""
        try:
            await self._loop.run(self.step)
        finally:
            await self._consumer.stop()

    async def step(self) -> bool:
        """One poll; joins first if need be. Raises what a new membership may heal."""
        if not self.joined:
            self.joined = await self._loop.unless_stopped(self._consumer.start())
            return True
        await self._prepare()  # before the poll: an error after it would have records in hand
        try:
            held = self._taker.full or self._clock.monotonic() < self._resume_at
            self._consumer.hold(held)  # every time: a rebalance forgets it
            batches = await self._consumer.poll(seconds=POLL_SECONDS, limit=POLL_LIMIT)
        except Exception:
            self.joined = False
            await self._consumer.stop()
            raise
        await self._take_all(batches)
        return True

    async def _prepare(self) -> None:
        try:
            await self._taker.prepare()
        except Exception as error:
            if not is_retryable(error):
                raise
            self._wait_after(error)

    async def _take_all(self, batches: Sequence[Sequence[Record]]) -> None:
        """Every partition's records; on any error whatever was not taken is rewound, on all of them.

        A record of a newer release holds up its own partition alone: a newer worker will take it.
        """
        unread = [list(records) for records in batches]
        try:
            newer = [error for records in unread if (error := await self._take_partition(records))]
        except Exception as error:
            self._rewind(unread)
            if not is_retryable(error):
                raise
            self._wait_after(error)
            return
        self._rewind(unread)
        if newer:
            self._wait_after(newer[0])
        elif batches:
            self._backoff.reset()

    def _rewind(self, unread: Sequence[Sequence[Record]]) -> None:
        for records in filter(None, unread):
            self._consumer.rewind(records[0])

    async def _take_partition(self, records: list[Record]) -> NewerVersion | None:
        """One partition's records in order; what is taken leaves ``records``, and its offset is committed.

        Ends with the error of a record that only a newer release can read.
        """
        last = None
        try:
            while records:
                await self._taker.take(records[0])
                last = records.pop(0)
        except NewerVersion as error:
            return error
        finally:
            if last:
                await self._consumer.commit(last)
        return None

    def _wait_after(self, error: Exception) -> None:
        """Fetch nothing for a while; the polling goes on."""
        seconds = self._backoff.next()
        self._resume_at = self._clock.monotonic() + seconds
        self._metrics.role_errors.labels(self._loop.name).inc()
        extra = {"role": self._loop.name, "error": summary(error), "seconds": round(seconds, 1)}
        logger.warning("role holds its records", extra=extra)
