"""Role deliver: sends committed replies of one SupportChannel, one conversation's in order."""

import asyncio
import logging

from fte_agent.channels import TRAITS
from fte_agent.domain.delivery import Delivery, Failure, Sent
from fte_agent.errors import SendFailed
from fte_agent.ports import Clock, DeliveryStore, ReplySender
from fte_runtime.errors import DataPlaneError, is_retryable
from fte_runtime.failures import summary
from fte_runtime.logs import redact
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.loop import Loop

logger = logging.getLogger(__name__)

SEND_SECONDS = 20.0
"""Deadline of one call of a sender: beyond the sender's own, below the lease."""

MAX_ERROR_CHARS = 500

HELD_UP = Failure("HeldUp", "its worker stood still between claiming and sending it", retryable=True)
"""Its lease is over: another worker may look the part up already, and a person may have the conversation."""


class NoReceipt(DataPlaneError):
    """An acceptance that names nothing accepted, such as a proxy's page in place of the provider's answer."""


class Deliver:
    """Claims, sends, records what became of it; with nothing to send it looks up what is unconfirmed.

    Each channel has a role of its own, so that a slow provider holds up nobody else's replies. What may have left
    and was not confirmed is never sent again blindly, but where a doubled part reaches nobody twice. A crash
    between sending and recording is the store's to see. Told to stop, it first sends what is due, for up to
    ``flush_seconds``: the last turns end only then.
    """

    def __init__(
        self,
        *,
        worker: str,
        channel: str,
        deliveries: DeliveryStore,
        sender: ReplySender,
        flush_seconds: float,
        loop: Loop,
        clock: Clock,
        metrics: WorkerMetrics,
        lease_seconds: float,
        send_seconds: float = SEND_SECONDS,
    ) -> None:
        self._worker = worker
        self._channels = (channel,)
        self._deliveries = deliveries
        self._sender = sender
        self._flush_seconds = flush_seconds
        self._send_seconds = send_seconds
        self._lease_seconds = lease_seconds
        self._loop = loop
        self._clock = clock
        self._metrics = metrics

    async def run(self) -> None:
        """Deliver until told to stop, and then what is due."""
        await self._loop.run(self.step)
        end = self._clock.monotonic() + self._flush_seconds
        try:
            while self._clock.monotonic() < end and await self.deliver():
                pass
        except Exception as error:
            if not is_retryable(error):
                raise
            logger.warning("deliveries left to others", extra={"error": summary(error)})

    async def step(self) -> bool:
        """One delivery sent, or one looked up; False when none is due."""
        return await self.deliver() or await self.confirm()

    async def deliver(self) -> bool:
        """Send the next part; False when none is due."""
        asked = self._clock.monotonic()
        delivery = await self._deliveries.claim_delivery(self._worker, self._channels)
        if delivery is None:
            return False
        if self._clock.monotonic() - asked >= self._lease_seconds:
            await self._deliveries.mark_failed(delivery, HELD_UP)
            self._count(delivery, "retried")
            return True
        try:
            async with asyncio.timeout(self._send_seconds):
                sent = await self._sender.send(delivery)
            if not (sent.provider_id or TRAITS[delivery.channel].resendable):
                raise NoReceipt("the provider gave no id, and nothing else proves that it has the part")
        except SendFailed as error:
            await self._refused(delivery, error)
        except Exception as error:
            logger.exception("delivery unconfirmed", extra=_ids(delivery))
            await self._unconfirmed(delivery, error)
        else:
            recorded = await self._deliveries.mark_sent(delivery, sent)
            self._count(delivery, ("placeholder" if sent.placeholder else "accepted") if recorded else "lost")
        return True

    async def confirm(self) -> bool:
        """Ask the provider about one part of which nobody knows whether it has it; False when none is due."""
        delivery = await self._deliveries.claim_unconfirmed(self._worker, self._channels)
        if delivery is None:
            return False
        try:
            async with asyncio.timeout(self._send_seconds):
                found = await self._sender.look_up(delivery)
        except Exception as error:
            logger.exception("look-up failed", extra=_ids(delivery))
            await self._deliveries.mark_unknown(delivery, _failure("LookUpFailed", error))
            self._count(delivery, "unknown")
            return True
        await self._looked_up(delivery, found)
        return True

    async def _looked_up(self, delivery: Delivery, found: Sent | None) -> None:
        if found is None:
            await self._deliveries.mark_absent(delivery)
        else:
            await self._deliveries.mark_sent(delivery, found)
        self._count(delivery, "absent" if found is None else "confirmed")

    async def _refused(self, delivery: Delivery, error: SendFailed) -> None:
        """The provider says that it does not have the part."""
        logger.warning("delivery refused", extra=_ids(delivery) | {"code": error.code, "error": summary(error)})
        if error.window_closed:
            await self._deliveries.close_window(delivery)
            self._count(delivery, "window_closed")
            return
        await self._deliveries.mark_failed(
            delivery, Failure(error.code, redact(str(error))[:MAX_ERROR_CHARS], error.retryable, error.retry_after)
        )
        self._count(delivery, "retried" if error.retryable else "failed")

    async def _unconfirmed(self, delivery: Delivery, error: Exception) -> None:
        failure = _failure(type(error).__name__, error)
        if TRAITS[delivery.channel].resendable:
            await self._deliveries.mark_failed(delivery, failure)
            self._count(delivery, "retried")
            return
        await self._deliveries.mark_unknown(delivery, failure)
        self._count(delivery, "unknown")

    def _count(self, delivery: Delivery, outcome: str) -> None:
        counter = self._metrics.copies if delivery.copied else self._metrics.deliveries
        counter.labels(delivery.channel_name, outcome).inc()


def _failure(code: str, error: Exception) -> Failure:
    """An error that says nothing of the part itself; in our own words only, since a client's may quote it."""
    return Failure(code, redact(summary(error))[:MAX_ERROR_CHARS], retryable=True)


def _ids(delivery: Delivery) -> dict[str, str]:
    return {"delivery": str(delivery.id), "channel": delivery.channel_name}
