"""Membership in a consumer group: polls, hands records to who takes them, commits after that. In that order, always."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fte_agent.ports import Clock
from fte_runtime.bus.base import Consumer, Partition, Record
from fte_runtime.errors import NewerVersion, is_retryable
from fte_runtime.failures import summary
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.loop import Backoff, Loop

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
POLL_LIMIT = 16
AGAIN_SECONDS = 2.0
"""How long after a pause the held records need at most to come again: only then is their error old news."""


class Taker(Protocol):
    """Who takes records. What it raises as ``retryable`` is waited out, anything else ends the role."""

    @property
    def full(self) -> bool:
        """Whether nothing more may be fetched now."""

    async def prepare(self) -> None:
        """Called before each poll, when no record is in hand."""

    async def take(self, record: Record) -> None:
        """Do all that a record asks for; its offset is committed after that."""


@dataclass(slots=True)
class _Hold:
    """Until when nothing is fetched, on the monotonic clock, and how that grows."""

    until: float = 0.0
    backoff: Backoff = field(default_factory=Backoff)


class Consume:
    """A role that takes the records of its topics one by one per partition.

    A store that cannot be reached does not stop the polling, which keeps the membership: the records
    are rewound, fetching is held for a while and then they come again. A record of a newer release holds up its own
    partition alone, and by itself: a newer worker will take it.
    """

    def __init__(self, taker: Taker, *, consumer: Consumer, loop: Loop, clock: Clock, metrics: WorkerMetrics) -> None:
        self._taker = taker
        self._consumer = consumer
        self._loop = loop
        self._clock = clock
        self._metrics = metrics
        self._all = _Hold()
        self._newer: dict[Partition, _Hold] = {}
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
            now = self._clock.monotonic()
            waiting = [partition for partition, hold in self._newer.items() if now < hold.until]
            self._consumer.hold(self._taker.full or now < self._all.until, waiting)  # every time: a rebalance forgets
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
            self._wait_after(error, self._all)

    async def _take_all(self, batches: Sequence[Sequence[Record]]) -> None:
        """Every partition's records; on any error whatever was not taken is rewound, on all of them."""
        unread = [list(records) for records in batches]
        try:
            taken = [await self._take_partition(records) for records in unread]
        except Exception as error:
            if not is_retryable(error):
                raise
            self._wait_after(error, self._all)
        else:
            if any(taken):
                self._all.backoff.reset()
                self._tell_well()
        finally:
            self._rewind(unread)

    def _tell_well(self) -> None:
        """Unless a record still waits for a newer worker: then only time without another failure clears its error."""
        if not self._newer:
            self._loop.pulse.well(self._loop.name)

    def _rewind(self, unread: Sequence[Sequence[Record]]) -> None:
        for records in filter(None, unread):
            self._consumer.rewind(records[0])

    async def _take_partition(self, records: list[Record]) -> bool:
        """One partition's records in order; what is taken leaves ``records``, and its offset is committed.

        Ends at a record that only a newer release can read. Whether any was taken.
        """
        last = None
        try:
            while records:
                await self._taker.take(records[0])
                last = records.pop(0)
                self._newer.pop(last.place, None)
        except NewerVersion as error:
            place = records[0].place
            self._wait_after(error, self._newer.setdefault(place, _Hold()), partition="{}/{}".format(*place))
        finally:
            if last:
                await self._consumer.commit(last)
        return last is not None

    def _wait_after(self, error: Exception, hold: _Hold, *, partition: str = "all") -> None:
        """Fetch nothing for a while, there; the polling goes on."""
        seconds = hold.backoff.next()
        hold.until = self._clock.monotonic() + seconds
        self._loop.pulse.failed(self._loop.name, error, seconds + AGAIN_SECONDS)
        self._metrics.role_errors.labels(self._loop.name).inc()
        extra = {"role": self._loop.name, "partition": partition, "error": summary(error), "seconds": round(seconds, 1)}
        logger.warning("role holds its records", extra=extra)
