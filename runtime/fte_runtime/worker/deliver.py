"""Role deliver: sends committed replies, one conversation's in order."""

import logging
from collections.abc import Mapping

from fte_agent.domain.delivery import Delivery, Sent
from fte_agent.domain.messages import Channel
from fte_agent.ports import Clock, DeliveryStore, ReplySender
from fte_runtime.errors import is_retryable
from fte_runtime.logs import redact
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.loop import Loop

logger = logging.getLogger(__name__)


class Deliver:
    """Claims, sends, records the provider's answer. A crash between the last two is the store's to see.

    Told to stop, it first sends what is due, for up to ``flush_seconds``: the last turns end only then.
    """

    def __init__(
        self,
        *,
        worker: str,
        deliveries: DeliveryStore,
        senders: Mapping[Channel, ReplySender],
        flush_seconds: float,
        loop: Loop,
        clock: Clock,
        metrics: WorkerMetrics,
    ) -> None:
        self._worker = worker
        self._deliveries = deliveries
        self._senders = senders
        self._flush_seconds = flush_seconds
        self._loop = loop
        self._clock = clock
        self._metrics = metrics

    async def run(self) -> None:
        """Deliver until told to stop, and then what is due."""
        await self._loop.run(self.step)
        end = self._clock.monotonic() + self._flush_seconds
        try:
            while self._clock.monotonic() < end and await self.step():
                pass
        except Exception as error:
            if not is_retryable(error):
                raise
            logger.warning("deliveries left to others", extra={"error": str(error)})

    async def step(self) -> bool:
        """One delivery; False when none is due."""
        delivery = await self._deliveries.claim_delivery(self._worker)
        if delivery is None:
            return False
        sender = self._senders.get(delivery.channel)
        if sender is None:
            await self._failed(
                delivery, code="NoSender", error="this worker has no way out on that channel", again=False
            )
            return True
        try:
            sent = await sender.send(delivery)
        except Exception as error:
            logger.exception("delivery failed", extra={"delivery": str(delivery.id)})
            text = redact(str(error))[:500]
            await self._failed(delivery, code=type(error).__name__, error=text, again=is_retryable(error))
            return True
        await self._accepted(delivery, sent)
        return True

    async def _accepted(self, delivery: Delivery, sent: Sent) -> None:
        kept = await self._deliveries.mark_sent(delivery, sent)
        self._count(delivery, "accepted" if kept else "lost")

    async def _failed(self, delivery: Delivery, *, code: str, error: str, again: bool) -> None:
        await self._deliveries.mark_failed(delivery, code=code, error=error, retryable=again)
        self._count(delivery, "retried" if again else "failed")

    def _count(self, delivery: Delivery, outcome: str) -> None:
        self._metrics.deliveries.labels(delivery.channel.value, outcome).inc()
