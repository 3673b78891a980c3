"""Role relay: what commits left in the outbox goes onto the bus, in the order it was committed.

One relay at a time: the right to publish is a lock of the very connection that reads and marks. A
crash between publishing and marking publishes again; consumers know an event by its ``event-id``.
"""

import json
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from fte_database.repositories.outbox import OutboxRecord
from fte_runtime.bus.base import Publisher
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.loop import Loop, wait_any

BATCH = 100
POLL_SECONDS = 1.0


class Session(Protocol):
    """The right to publish, while its connection lives."""

    async def pending(self, limit: int) -> list[OutboxRecord]:
        """The oldest unpublished events, in order."""

    async def mark_published(self, ids: Sequence[int]) -> None:
        """They were acknowledged."""


class Outbox(Protocol):
    """Gives the right to one process at a time."""

    def session(self) -> AbstractAsyncContextManager[Session | None]:
        """A session, or None while another process has it."""


class Relay:
    """Waits for the right, then publishes until told to stop or until something breaks."""

    def __init__(self, *, outbox: Outbox, publisher: Publisher, loop: Loop, metrics: WorkerMetrics) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._loop = loop
        self._metrics = metrics

    async def run(self) -> None:
        """Relay until told to stop."""
        await self._loop.run(self.step)

    async def step(self) -> bool:
        """One term as the relay; False when another process has the right."""
        async with self._outbox.session() as session:
            if session is None:
                return False
            while not self._loop.stopping.is_set():
                self._loop.wake.clear()
                if not await self.publish(session):
                    await wait_any(POLL_SECONDS, self._loop.wake, self._loop.stopping)
        return True

    async def publish(self, session: Session) -> bool:
        """One batch; what was acknowledged is marked even when a later one fails. False when empty."""
        done: list[int] = []
        events = await session.pending(BATCH)
        try:
            for event in events:
                await self._publish(event)
                done.append(event.id)
        finally:
            if done:
                await session.mark_published(done)
        return bool(events)

    async def _publish(self, event: OutboxRecord) -> None:
        value = json.dumps(event.payload, ensure_ascii=False).encode()
        headers = {"event-id": str(event.event_id).encode()}
        await self._publisher.publish(event.topic, key=event.key.encode(), value=value, headers=headers)
        self._metrics.relayed.labels(event.topic).inc()
