"""Copies of raw events for an audit: many in one write, and lost before they delay a customer.

See docs/adr/0025-a-raw-event-travels-in-its-record.md.
"""

import asyncio
import logging
from collections import defaultdict, deque
from itertools import islice
from types import MappingProxyType

from fte_runtime.bus.base import Publisher
from fte_runtime.errors import BusUnavailable, RecordTooLarge
from fte_runtime.metrics import WorkerMetrics

logger = logging.getLogger(__name__)

MAX_WAITING_BYTES = 8 * 1024 * 1024
BATCH = 200
RAW = MappingProxyType({"content-type": b"application/octet-stream"})
"""Headers of a copy: it is no envelope, and what it is depends on its channel."""


class AuditTrail:
    """A bounded queue and the one task that empties it. What does not fit or is not confirmed is only counted."""

    def __init__(self, publisher: Publisher, metrics: WorkerMetrics) -> None:
        self._publisher = publisher
        self._metrics = metrics
        self._waiting: deque[tuple[str, bytes, bytes]] = deque()
        self._bytes = 0
        self._writer: asyncio.Task[None] | None = None

    def keep(self, topic: str, key: bytes, raw: bytes) -> None:
        """Take one copy; returns at once."""
        if self._bytes + len(raw) > MAX_WAITING_BYTES:
            self._metrics.audit_failures.inc()
            return
        self._waiting.append((topic, key, raw))
        self._bytes += len(raw)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())

    async def drain(self) -> None:
        """Wait until nothing waits; each write has its own deadline."""
        if self._writer is not None:
            await self._writer

    async def _write(self) -> None:
        while self._waiting:
            taken: defaultdict[str, list[tuple[bytes, bytes]]] = defaultdict(list)
            for topic, key, raw in list(islice(self._waiting, BATCH)):
                self._waiting.popleft()
                self._bytes -= len(raw)
                taken[topic].append((key, raw))
            for topic, copies in taken.items():
                await self._write_batch(topic, copies)

    async def _write_batch(self, topic: str, copies: list[tuple[bytes, bytes]]) -> None:
        try:
            await self._publisher.publish_many(topic, copies, headers=RAW)
        except (BusUnavailable, RecordTooLarge) as error:
            self._metrics.audit_failures.inc(len(copies))
            logger.warning("raw events not kept", extra={"topic": topic, "count": len(copies), "error": str(error)})
