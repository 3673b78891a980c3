"""Role ingest: from ``tickets.incoming`` into the database."""

import asyncio
from typing import Protocol

from fte_agent.domain.messages import InboundMessage, Ingested
from fte_agent.ports import TicketStore
from fte_database.errors import Rejected
from fte_runtime.bus.base import Record
from fte_runtime.dead_letter_writer import MAX_ERROR_CHARS, DeadLetters
from fte_runtime.errors import UndecodableRecord, is_retryable
from fte_runtime.events import RAW_EVENT, Topics, decode
from fte_runtime.logs import redact
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.audit import AuditTrail
from fte_runtime.worker.limiter import IngestLimiter


class IngestStore(TicketStore, Protocol):
    """A ticket store that also remembers what it could not take."""

    async def dead_letter(self, source: str, dedupe_key: str, reason: str) -> None:
        """Record an event that can never be processed."""


class Ingest:
    """Takes customer messages; holds all of them while the limiter is full. ``stored`` is set after each new one.

    The raw event that came beside a message goes to its channel's topic, once the message is safe.

    A record of a newer release waits for a newer worker (`fte_runtime.errors.NewerVersion`).
    """

    def __init__(
        self,
        *,
        tickets: IngestStore,
        topics: Topics,
        audit: AuditTrail,
        dead_letters: DeadLetters,
        limiter: IngestLimiter,
        stored: asyncio.Event,
        metrics: WorkerMetrics,
    ) -> None:
        self._tickets = tickets
        self._topics = topics
        self._audit = audit
        self._dead_letters = dead_letters
        self._limiter = limiter
        self._stored = stored
        self._metrics = metrics

    @property
    def full(self) -> bool:
        """Whether this worker has enough to answer."""
        return self._limiter.full

    async def prepare(self) -> None:
        """Forget what is answered."""
        await self._limiter.refresh(self._tickets)
        self._metrics.window.set(len(self._limiter))

    async def take(self, record: Record) -> None:
        """Store one message, or put the record aside when it is at fault."""
        try:
            message = decode(record.value)
            ingested = await self._store(message)
        except (UndecodableRecord, Rejected) as error:  # any other error is not the record's fault
            if is_retryable(error):
                raise
            cause = "undecodable" if isinstance(error, UndecodableRecord) else "rejected"
            await self._dead_letters.dead_letter(record, cause=cause, error=error)
            self._metrics.ingested.labels("dead").inc()
            return
        self._metrics.ingested.labels("duplicate" if ingested.duplicate else "stored").inc()
        if ingested.duplicate:
            return
        if (raw := record.headers.get(RAW_EVENT)) is not None:
            self._audit.keep(self._topics.audit(message.channel), record.key or b"", raw)
        self._limiter.add(ingested.conversation_id)
        self._metrics.window.set(len(self._limiter))
        self._stored.set()

    async def _store(self, message: InboundMessage) -> Ingested:
        try:
            return await self._tickets.ingest(message)
        except Rejected as error:
            await self._tickets.dead_letter(message.source, message.dedupe_key, redact(str(error))[:MAX_ERROR_CHARS])
            raise
