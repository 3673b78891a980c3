"""Role ingest: from ``tickets.incoming`` into the database, then the offset. In that order, always."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from typing import Protocol

from fte_agent.domain.messages import InboundMessage, Ingested
from fte_agent.ports import Clock, TicketStore
from fte_database.errors import Rejected
from fte_runtime.bus.base import Consumer, Publisher, Record
from fte_runtime.errors import RecordTooLarge, UndecodableRecord, is_retryable
from fte_runtime.events import Topics, decode
from fte_runtime.logs import redact
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.limiter import IngestLimiter
from fte_runtime.worker.loop import Backoff, Loop

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
POLL_LIMIT = 16
DEAD_KEY_LIMIT = 1024
DEAD_VALUE_LIMIT = 512 * 1024
"""Bytes kept of what is put aside: an uncompressed record must fit where a compressed one came through."""


class IngestStore(TicketStore, Protocol):
    """A ticket store that also remembers what it could not take."""

    async def bury(self, source: str, dedupe_key: str, reason: str) -> None:
        """Record an event that can never be processed."""


class Ingest:
    """Stores records one by one per partition; holds all of them while the window is full.

    A store that cannot be reached does not stop the polling, which keeps the membership: the records
    are rewound, fetching is held for a while and then they come again.
    """

    def __init__(
        self,
        *,
        consumer: Consumer,
        publisher: Publisher,
        tickets: IngestStore,
        topics: Topics,
        limiter: IngestLimiter,
        stored: asyncio.Event,
        loop: Loop,
        clock: Clock,
        metrics: WorkerMetrics,
    ) -> None:
        self._consumer = consumer
        self._publisher = publisher
        self._tickets = tickets
        self._topics = topics
        self._limiter = limiter
        self._stored = stored
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
        await self._refresh()  # before the poll: an error after it would have records in hand
        try:
            held = self._limiter.full or self._clock.monotonic() < self._resume_at
            self._consumer.hold(held)  # every time: a rebalance forgets it
            batches = await self._consumer.poll(seconds=POLL_SECONDS, limit=POLL_LIMIT)
        except Exception:
            self.joined = False
            await self._consumer.stop()
            raise
        await self._take_all(batches)
        self._metrics.window.set(len(self._limiter))
        return True

    async def _take_all(self, batches: Sequence[Sequence[Record]]) -> None:
        """Every partition's records; on any error whatever was not taken is rewound, on all of them."""
        unread = [list(records) for records in batches]
        try:
            for records in unread:
                await self._take_partition(records)
        except Exception as error:
            for records in filter(None, unread):
                self._consumer.rewind(records[0])
            if not is_retryable(error):
                raise
            self._wait_after(error)
            return
        if batches:
            self._backoff.reset()

    async def _take_partition(self, records: list[Record]) -> None:
        """One partition's records in order; what is taken leaves ``records``, and its offset is committed."""
        last = None
        try:
            while records:
                await self._take(records[0])
                last = records.pop(0)
        finally:
            if last:
                await self._consumer.commit(last)

    async def _refresh(self) -> None:
        try:
            await self._limiter.refresh(self._tickets)
        except Exception as error:
            if not is_retryable(error):
                raise
            self._wait_after(error)

    def _wait_after(self, error: Exception) -> None:
        """Fetch nothing for a while; the polling goes on."""
        seconds = self._backoff.next()
        self._resume_at = self._clock.monotonic() + seconds
        self._metrics.role_errors.labels("ingest").inc()
        logger.warning("ingest waits", extra={"error": str(error), "seconds": round(seconds, 1)})

    async def _take(self, record: Record) -> None:
        try:
            ingested = await self._store(decode(record.value))
        except (UndecodableRecord, Rejected) as error:  # any other error is not the record's fault
            await self._put_aside(record, error)
            return
        self._metrics.ingested.labels("duplicate" if ingested.duplicate else "stored").inc()
        if not ingested.duplicate:
            self._limiter.add(ingested.conversation_id)
            self._stored.set()

    async def _store(self, message: InboundMessage) -> Ingested:
        try:
            return await self._tickets.ingest(message)
        except Rejected as error:
            await self._tickets.bury(message.source, message.dedupe_key, redact(str(error))[:500])
            raise

    async def _put_aside(self, record: Record, error: Exception) -> None:
        """Put aside what nobody can read or store, with the cause; its offset is committed after that."""
        kind = "undecodable" if isinstance(error, UndecodableRecord) else "rejected"
        headers = {
            "cause": kind.encode(),
            "error": redact(str(error))[:500].encode(),
            "source-topic": record.topic.encode(),
            "source-partition": str(record.partition).encode(),
            "source-offset": str(record.offset).encode(),
            "source-timestamp": str(record.timestamp).encode(),
        }
        try:
            await self._publish_dead(record, DEAD_VALUE_LIMIT, headers)
        except RecordTooLarge:  # the topic's own limit is lower still: the headers say what it was
            await self._publish_dead(record, 0, headers)
        self._metrics.ingested.labels("dead").inc()
        extra = {"partition": record.partition, "offset": record.offset, "cause": kind, "error": str(error)}
        logger.error("record put aside", extra=extra)

    async def _publish_dead(self, record: Record, limit: int, headers: dict[str, bytes]) -> None:
        """Onto the dead-letter topic with at most ``limit`` bytes of the value, saying so when that is not all."""
        value = record.value or b""
        if len(value) > limit:
            cut = {"truncated": b"true", "original-size": str(len(value)).encode()}
            headers = headers | cut | {"sha256": hashlib.sha256(value).hexdigest().encode()}
        key = (record.key or b"")[:DEAD_KEY_LIMIT]
        await self._publisher.publish(self._topics.dlq, key=key, value=value[:limit], headers=headers)
