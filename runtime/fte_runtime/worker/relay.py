"""Singleton relay: what commits left in the outbox goes onto the bus, in the order it was committed.

A crash between publishing and marking publishes again; consumers know an event by its ``event-id``.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Protocol

from fte_agent.ports import Clock
from fte_database.repositories.outbox import OutboxRecord
from fte_runtime.bus.base import Publisher
from fte_runtime.errors import DataPlaneError
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.loop import wait_any
from fte_runtime.worker.pulse import Pulse

logger = logging.getLogger(__name__)

BATCH = 100
POLL_SECONDS = 1.0
HOLD_SECONDS = 5.0
"""How long a topic that took nothing is left alone, so that it does not hold up the others."""


class Outbox(Protocol):
    """Where commits leave what is to be told."""

    async def pending(self, limit: int, without: Sequence[str] = ()) -> list[OutboxRecord]:
        """The oldest unpublished events, in order, but for those of the topics ``without``."""

    async def mark_published(self, ids: Sequence[int]) -> None:
        """They were acknowledged."""


class Relay:
    """Publishes in steps; one without events waits for ``wake``, which a commit sets, or for a second."""

    role = "relay"
    key = ""
    period = 0.0

    def __init__(
        self,
        *,
        outbox: Outbox,
        publisher: Publisher,
        wake: asyncio.Event,
        stopping: asyncio.Event,
        clock: Clock,
        metrics: WorkerMetrics,
        pulse: Pulse | None = None,
    ) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._wake = wake
        self._stopping = stopping
        self._clock = clock
        self._metrics = metrics
        self._pulse = pulse or Pulse(clock)
        self._held: dict[str, float] = {}

    async def step(self) -> None:
        """One batch, or a wait for one."""
        self._wake.clear()
        if not await self.publish():
            await wait_any(POLL_SECONDS, self._wake, self._stopping)

    async def publish(self) -> bool:
        """One batch; False when there was none. What was acknowledged is marked whatever comes after it.

        A topic that takes nothing is held, and the others go on: the order promised is that of one key on
        one topic.
        """
        now = self._clock.monotonic()
        self._held = {topic: until for topic, until in self._held.items() if until > now}
        events = await self._outbox.pending(BATCH, tuple(self._held))
        done: list[int] = []
        try:
            for event in events:
                if event.topic not in self._held and await self._taken(event):
                    done.append(event.id)
            if not self._held:
                self._pulse.well(self.role)
        finally:
            if done:
                await self._outbox.mark_published(done)
        return bool(events)

    async def _taken(self, event: OutboxRecord) -> bool:
        """Whether the bus has it now; if not, its topic is held."""
        try:
            await self._publish(event)
        except DataPlaneError as error:
            self._held[event.topic] = self._clock.monotonic() + HOLD_SECONDS
            self._pulse.failed(self.role, error)
            self._metrics.role_errors.labels(self.role).inc()
            logger.warning("topic held", extra={"topic": event.topic, "error": str(error)})
            return False
        return True

    async def _publish(self, event: OutboxRecord) -> None:
        value = json.dumps(event.payload, ensure_ascii=False).encode()
        headers = {"event-id": str(event.event_id).encode()}
        await self._publisher.publish(event.topic, key=event.key.encode(), value=value, headers=headers)
        self._metrics.relayed.labels(event.topic).inc()
