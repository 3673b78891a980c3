"""Singleton stranded: replies on a channel that was taken away go to a person instead of waiting for ever."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from fte_agent.domain.delivery import Failure
from fte_agent.ports import DeliveryStore

logger = logging.getLogger(__name__)

PERIOD_SECONDS = 30.0
GONE = Failure("ChannelGone", "the employee no longer listens on this channel", retryable=False)


class Stranded:
    """Fails parts that waited ``age`` for somebody to send them, and are on none of ``channels``.

    The age is that of an overdue answer: a worker of the release before, which does not know a new channel yet, is
    gone by then.
    """

    role = "stranded"
    key = ""
    period = PERIOD_SECONDS

    def __init__(self, *, worker: str, deliveries: DeliveryStore, channels: Sequence[str], age: timedelta) -> None:
        self._worker = worker
        self._deliveries = deliveries
        self._channels = channels
        self._age = age

    async def step(self) -> None:
        """Every part that is stranded now."""
        while delivery := await self._deliveries.claim_stranded(self._worker, self._channels, self._age):
            await self._deliveries.mark_failed(delivery, GONE)
            extra = {"channel": delivery.channel_name, "conversation": str(delivery.conversation_id)}
            logger.error("reply on a channel that is gone", extra=extra)
