"""What comes in, onto the bus: messages to ``tickets.incoming``, events and raw copies to their channel's topic."""

from collections.abc import Mapping

from fte_agent.domain.messages import InboundMessage
from fte_runtime.audit import AuditTrail
from fte_runtime.bus.base import Publisher
from fte_runtime.envelope import STRUCTURED
from fte_runtime.events import ChannelEvent, Topics, encode, encode_event, key_of
from fte_runtime.metrics import InboundMetrics


class BusInboundPublisher:
    """The `InboundPublisher` of a plug-in, whatever its kind."""

    def __init__(self, *, topics: Topics, publisher: Publisher, audit: AuditTrail, metrics: InboundMetrics) -> None:
        self._topics = topics
        self._publisher = publisher
        self._audit = audit
        self._metrics = metrics

    async def publish(self, message: InboundMessage, raw: bytes) -> None:
        """Write the message and wait; keep ``raw`` aside without waiting.

        Raises:
            BusUnavailable: not confirmed; the same message may be published again.
            RecordTooLarge: no record holds it, now or later.
        """
        key = key_of(message)
        await self._write(self._topics.incoming, key, encode(message), STRUCTURED)
        self._metrics.accepted.labels(message.channel_name).inc()
        self._audit.keep(self._topics.audit(message.channel), key, raw)

    async def publish_event(self, event: ChannelEvent, key: str) -> None:
        """Write an event that is no message and wait; ``key`` is the provider's id of what it is about.

        Raises:
            BusUnavailable: not confirmed; the same event may be published again.
            RecordTooLarge: no record holds it, now or later.
        """
        topic = self._topics.audit(event.kind)
        await self._write(topic, key.encode(), encode_event(event, key), STRUCTURED)
        self._metrics.events.labels(event.channel_name).inc()

    async def _write(self, topic: str, key: bytes, value: bytes, headers: Mapping[str, bytes]) -> None:
        await self._publisher.publish(topic, key=key, value=value, headers=headers)
