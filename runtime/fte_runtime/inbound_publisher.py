"""What comes in, onto the bus: messages to ``tickets.incoming``, events to their channel's topic."""

from fte_agent.domain.messages import InboundMessage
from fte_runtime.bus.base import Publisher
from fte_runtime.envelope import STRUCTURED
from fte_runtime.events import RAW_EVENT, ChannelEvent, Topics, encode, encode_event, key_of
from fte_runtime.metrics import InboundMetrics


class BusInboundPublisher:
    """The `InboundPublisher` of a plug-in, whatever its kind."""

    def __init__(self, *, topics: Topics, publisher: Publisher, metrics: InboundMetrics) -> None:
        self._topics = topics
        self._publisher = publisher
        self._metrics = metrics

    async def publish(self, message: InboundMessage, raw: bytes) -> None:
        """Write the message, ``raw`` beside it, and wait.

        Raises:
            BusUnavailable: not confirmed; the same message may be published again.
            RecordTooLarge: no record holds it, now or later.
        """
        headers = {**STRUCTURED, RAW_EVENT: raw}
        await self._publisher.publish(
            self._topics.incoming, key=key_of(message), value=encode(message), headers=headers
        )
        self._metrics.accepted.labels(message.channel_name).inc()

    async def publish_event(self, event: ChannelEvent, key: str) -> None:
        """Write an event that is no message and wait; ``key`` is the provider's id of what it is about.

        Raises:
            BusUnavailable: not confirmed; the same event may be published again.
            RecordTooLarge: no record holds it, now or later.
        """
        topic = self._topics.audit(event.kind)
        await self._publisher.publish(topic, key=key.encode(), value=encode_event(event, key), headers=STRUCTURED)
        self._metrics.events.labels(event.channel_name).inc()
