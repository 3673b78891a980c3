"""What a plug-in is given and what it gives back; `fte_runtime.channels` says where its modules are."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Protocol

from fte_agent.domain.messages import InboundMessage
from fte_agent.ports import Clock, DeliveryStore, TakeoverStore
from fte_runtime.config import ChannelSettings


class InboundPublisher(Protocol):
    """Where a plug-in's messages go; acknowledged when the call returns."""

    async def publish(self, message: InboundMessage, raw: bytes) -> None:
        """Put a message onto ``tickets.incoming``, and its raw event aside for an audit.

        Raises:
            BusUnavailable: not confirmed; the same message may be published again.
        """

    async def publish_event(self, channel: ChannelSettings, key: str, raw: bytes) -> None:
        """Put an event that is no message, such as a delivery status, onto the channel's own topic.

        Raises:
            BusUnavailable: not confirmed; the same event may be published again.
        """


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What the worker lends to a plug-in.

    ``public_url`` is where the outside reaches the API, None when it does not. ``report`` tells a named part of a
    channel's health (`fte_runtime.worker.health`): ``await report(channel_name, part, error or None)``.
    What a plug-in opens it gives to ``resources``, which the worker closes at its end.
    """

    clock: Clock
    public_url: str | None
    company_name: str
    publisher: InboundPublisher
    deliveries: DeliveryStore
    takeovers: TakeoverStore
    report: Callable[[str, str, str | None], Awaitable[None]]
    resources: AsyncExitStack
    twilio_api_url: str | None = None


class Singleton(Protocol):
    """Background work that runs in one worker at a time, under a lock of its ``role`` and ``key``.

    ``period`` is in seconds. A step that raises is logged, counted and tried again after the period.
    """

    role: str
    key: str
    period: float

    async def step(self) -> None:
        """Do the work once."""


Singletons = Sequence[Singleton]
