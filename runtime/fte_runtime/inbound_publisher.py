"""What comes in, onto the bus: messages to ``tickets.incoming``, events to their channel's topic."""

from fte_agent.domain.messages import InboundMessage
from fte_runtime.bus.base import Publisher
from fte_runtime.dead_letter_writer import DeadLetters
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

    async def put_aside(self, raw: bytes, *, channel_name: str, external_id: str, cause: str, error: Exception) -> None:
        """Write a message that nobody can take onto the dead-letter topic and wait; raises `BusUnavailable`."""
        source = {"channel": channel_name, "id": external_id}
        letters = DeadLetters(self._publisher, self._topics.dlq)
        await letters.put_aside(raw, key=external_id.encode(), source=source, cause=cause, error=error)
        self._metrics.put_aside.labels(channel_name, cause).inc()

    async def publish_event(self, event: ChannelEvent, key: str) -> None:
        """Write an event that is no message and wait; ``key`` is the provider's id of what it is about.

        Raises:
            BusUnavailable: not confirmed; the same event may be published again.
            RecordTooLarge: no record holds it, now or later.
        """
        topic = self._topics.audit(event.kind)
        await self._publisher.publish(topic, key=key.encode(), value=encode_event(event, key), headers=STRUCTURED)
        self._metrics.events.labels(event.channel_name).inc()
