"""The web form's part of the worker."""

from fte_agent.domain.delivery import Delivery, Sent
from fte_runtime.channels.base import WorkerContext
from fte_runtime.config import ChannelSettings


class WebFormSender:
    """The reply is read on the status page, so accepting it is delivering it."""

    async def send(self, delivery: Delivery) -> Sent:
        """Nothing to send and no provider's id."""
        return Sent()

    async def look_up(self, delivery: Delivery) -> Sent | None:
        """The row that the status page reads is the delivery."""
        return Sent()


def sender(context: WorkerContext, channel: ChannelSettings) -> WebFormSender:
    """The way out of a web form."""
    return WebFormSender()
