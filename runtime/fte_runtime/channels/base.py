"""What a plug-in is given and what it gives back; `fte_runtime.channels` says where its modules are."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from prometheus_client import CollectorRegistry

from fte_agent.domain.messages import Channel, InboundMessage
from fte_agent.ports import Clock, DeliveryStore, TakeoverStore
from fte_database.repositories.status import TicketSender, TicketView
from fte_runtime.events import ChannelEvent
from fte_runtime.metrics import ApiMetrics, SyncMetrics
from fte_runtime.tokens import StatusTokens


class InboundPublisher(Protocol):
    """Where a plug-in's messages go; acknowledged when the call returns."""

    async def publish(self, message: InboundMessage, raw: bytes) -> None:
        """Put a message onto ``tickets.incoming``, and beside it its raw event, for an audit.

        Raises:
            BusUnavailable: not confirmed; the same message may be published again.
            RecordTooLarge: no record holds it, now or later.
        """

    async def put_aside(self, raw: bytes, *, channel_name: str, external_id: str, cause: str, error: Exception) -> None:
        """Put a message found at a provider, which nobody can take, onto the dead-letter topic.

        ``external_id`` is the provider's, ``cause`` a stable word, and ``error`` says what is wrong in ours.

        Raises:
            BusUnavailable: not confirmed; it is still to be put aside.
        """

    async def publish_event(self, event: ChannelEvent, key: str) -> None:
        """Put an event that is no message, such as a delivery status, onto the channel's own topic.

        Those of one ``key``, the provider's id of what they are about, stay in order.

        Raises:
            BusUnavailable: not confirmed; the same event may be published again.
            RecordTooLarge: no record holds it, now or later.
        """


class TicketLookup(Protocol):
    """Where tickets are found."""

    async def find_ticket(self, ticket_id: UUID) -> TicketView | None:
        """The ticket, or None while it is not stored; raises an error with ``retryable`` set."""

    async def find_sender(self, ticket_id: UUID) -> TicketSender | None:
        """Who wrote a ticket; the same of both."""


class Cursors(Protocol):
    """How far the readers of a channel's history have come, in the provider's terms; kept in the store."""

    async def read(self, channel_name: str, reader: str) -> str | None:
        """Where the reader is; None before its first move."""

    async def move(self, channel_name: str, reader: str, *, before: str | None, after: str) -> bool:
        """Move the reader from ``before``; False, and nothing, when another process moved it meanwhile."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A provider said that there is something to read: ``reader`` of the channel looks once ``position`` is new."""

    channel_name: str
    reader: str
    position: str


@dataclass(frozen=True, slots=True)
class ApiContext:
    """What the API lends to a plug-in: ``routes.router(context, channels)`` makes of it an ``APIRouter``.

    ``public_url`` is where the outside reaches the API, without a slash at its end; None when it does not.
    ``trusted_proxy_hops`` is how many proxies stand before it, None when nobody said. ``kinds`` are the kinds of
    channel that are bound, also those that the API serves nothing of.
    """

    clock: Clock
    topic_prefix: str
    public_url: str | None
    publisher: InboundPublisher
    tokens: StatusTokens
    tickets: TicketLookup
    metrics: ApiMetrics
    trusted_proxy_hops: int | None = None
    kinds: frozenset[Channel] = frozenset()


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
    cursors: Cursors
    report: Callable[[str, str, str | None], Awaitable[None]]
    resources: AsyncExitStack
    sync_metrics: SyncMetrics = field(default_factory=lambda: SyncMetrics(CollectorRegistry()))


class Singleton(Protocol):
    """Background work that runs in one worker at a time, under a lock of its ``role`` and ``key``.

    A step that raises is logged, counted, told by the worker's role and tried again within
    seconds, or as late as its error's ``retry_after`` says.
    """

    role: str
    key: str

    @property
    def period(self) -> float:
        """Seconds from the end of a step to the next one; asked after each."""

    async def step(self) -> None:
        """Do the work once."""


Singletons = Sequence[Singleton]
