"""Role ingest: from ``tickets.incoming`` into the database, then the offset. In that order, always."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

from fte_agent.domain.messages import InboundMessage, Ingested
from fte_agent.ports import Clock, TicketStore
from fte_database.errors import Rejected
from fte_runtime.bus.base import Consumer, Publisher, Record
from fte_runtime.errors import UndecodableRecord, is_retryable
from fte_runtime.events import Topics, decode
from fte_runtime.logs import redact
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.loop import Backoff, Loop
from fte_runtime.worker.window import Window

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
POLL_LIMIT = 16


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
        window: Window,
        stored: asyncio.Event,
        loop: Loop,
        clock: Clock,
        metrics: WorkerMetrics,
    ) -> None:
        self._consumer = consumer
        self._publisher = publisher
        self._tickets = tickets
        self._topics = topics
        self._window = window
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
        try:
            held = self._window.full or self._clock.monotonic() < self._resume_at
            self._consumer.hold(held)  # every time: a rebalance forgets it
            batches = await self._consumer.poll(seconds=POLL_SECONDS, limit=POLL_LIMIT)
        except Exception:
            self.joined = False
            await self._consumer.stop()
            raise
        await self._take_all(batches)
        self._metrics.window.set(len(self._window))
        return True

    async def _take_all(self, batches: Sequence[Sequence[Record]]) -> None:
        try:
            await self._window.refresh(self._tickets)
            for at, records in enumerate(batches):
                await self._take_partition(records, batches[at + 1 :])
        except Exception as error:
            if not is_retryable(error):
                raise
            seconds = self._backoff.next()
            self._resume_at = self._clock.monotonic() + seconds
            self._metrics.role_errors.labels("ingest").inc()
            logger.warning("ingest waits", extra={"error": str(error), "seconds": round(seconds, 1)})
            return
        if batches:
            self._backoff.reset()

    async def _take_partition(self, records: Sequence[Record], later: Sequence[Sequence[Record]]) -> None:
        """One partition's records in order; on an error this and the ``later`` ones are rewound."""
        done = 0
        try:
            for record in records:
                await self._take(record)
                done += 1
        except Exception:
            for unread in (records[done:], *later):
                self._consumer.rewind(unread[0])
            raise
        finally:
            if done:
                await self._consumer.commit(records[done - 1])

    async def _take(self, record: Record) -> None:
        try:
            ingested = await self._store(decode(record.value))
        except (UndecodableRecord, Rejected) as error:  # any other error is not the record's fault
            await self._put_aside(record, error)
            return
        self._metrics.ingested.labels("duplicate" if ingested.duplicate else "stored").inc()
        if not ingested.duplicate:
            self._window.add(ingested.conversation_id)
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
        await self._publisher.publish(
            self._topics.dlq, key=record.key or b"", value=record.value or b"", headers=headers
        )
        self._metrics.ingested.labels("dead").inc()
        extra = {"partition": record.partition, "offset": record.offset, "cause": kind, "error": str(error)}
        logger.error("record put aside", extra=extra)
