"""Singleton stranded: no reply waits for its delivery for ever without a person who knows."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from fte_agent.domain.delivery import Failure
from fte_agent.ports import DeliveryStore

logger = logging.getLogger(__name__)

PERIOD_SECONDS = 30.0
GONE = Failure("ChannelGone", "the employee no longer listens on this channel", retryable=False)


class Stranded:
    """Fails parts that waited ``age`` and are on none of ``channels``; of any others that old a person is told.

    Those may be delivered yet, when the provider is back or takes our credentials again, and stay due. The age is that
    of an overdue answer: a worker of the release before, which does not know a new channel yet, is gone by then.
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
        """Every part that is stranded now, and every conversation with one that is late."""
        while delivery := await self._deliveries.claim_stranded(self._worker, self._channels, self._age):
            await self._deliveries.mark_failed(delivery, GONE)
            extra = {"channel": delivery.channel_name, "conversation": str(delivery.conversation_id)}
            logger.error("reply on a channel that is gone", extra=extra)
        while conversation := await self._deliveries.escalate_late(self._age):
            logger.error("reply is late", extra={"conversation": str(conversation)})
        await self._deliveries.withdraw_late()
