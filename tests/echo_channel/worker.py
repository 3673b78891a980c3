"""An echo's part of the worker: what is sent can be heard in `HEARD`."""

from fte_agent.domain.delivery import Delivery, DeliveryState, DeliveryStatus, Sent
from fte_runtime.channels.base import Singletons, WorkerContext
from fte_runtime.config import ChannelSettings
from fte_runtime.events import ChannelEvent

HEARD: dict[str, list[str]] = {}
"""Bodies by SupportChannel, in the order sent."""


class EchoSender:
    def __init__(self, channel: ChannelSettings) -> None:
        self._heard = HEARD.setdefault(channel.name, [])

    async def send(self, delivery: Delivery) -> Sent:
        self._heard.append(delivery.body)
        return Sent(f"echo-{delivery.id}")

    async def look_up(self, delivery: Delivery) -> Sent | None:
        return Sent(f"echo-{delivery.id}") if delivery.body in self._heard else None


class Beat:
    """Background work that only reports that it was done."""

    role = "echo-beat"
    period = 3600.0

    def __init__(self, context: WorkerContext, channel: ChannelSettings) -> None:
        self.key = channel.name
        self._report = context.report

    async def step(self) -> None:
        await self._report(self.key, "beat", None)


def sender(context: WorkerContext, channel: ChannelSettings) -> EchoSender:
    return EchoSender(channel)


def singletons(context: WorkerContext, channel: ChannelSettings) -> Singletons:
    return (Beat(context, channel),)


def statuses(event: ChannelEvent) -> DeliveryStatus | None:
    return DeliveryStatus("echo", event.channel_name, event.fields["id"], DeliveryState.DELIVERED, "heard")
