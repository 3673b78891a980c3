"""``GET /metrics/channels``: what each kind of channel came to in a span of time, as rates with both their numbers."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query
from pydantic import model_validator
from pydantic_core import PydanticCustomError

from fte_database.repositories.management.counts import ChannelCounts
from fte_runtime.management.access import TURN, Access
from fte_runtime.management.context import ManagementContext
from fte_runtime.management.parameters import Parameters, Time
from fte_runtime.management.surface import UNCHANGED, Shown, surface
from fte_runtime.management.tokens import Role

LONGEST = timedelta(days=92)
USUAL = timedelta(days=1)


class WindowAsked(Parameters):
    """From ``since`` on and before ``until``; without both the last 24 hours, to the minute."""

    since: Time | None = None
    until: Time | None = None

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.since and self.until and not timedelta() < self.until - self.since <= LONGEST:
            raise PydanticCustomError("malformed_window", f"until must be after since, by at most {LONGEST.days} days")
        return self


class Window(Shown):
    """The span that was counted."""

    since: datetime
    until: datetime


class Rate(Shown):
    """``value`` is the quotient; null where the denominator is 0."""

    numerator: int
    denominator: int
    value: float | None


class Percentiles(Shown):
    """Of times in milliseconds."""

    p50: float
    p95: float


class ChannelMetrics(Shown):
    """One kind of channel. ``escalation``: tickets opened that a person got, of all opened. Null is not known."""

    channel: str
    messages: int
    replies: int
    tickets: int
    escalations: int
    escalation: Rate
    delivered: Rate | None
    latency_ms: Percentiles | None
    average_sentiment: float | None


class Metrics(Shown):
    """All kinds of channel. ``identification``: customers known as one on all their channels, of those who use several
    and wrote since the window began."""

    window: Window
    channels: list[ChannelMetrics]
    identification: Rate


def router(context: ManagementContext, access: Access) -> APIRouter:
    """The numbers, for readers."""
    routes = surface("metrics")

    @routes.get(
        "/metrics/channels",
        operation_id="read_channel_metrics",
        summary="Read numbers by channel",
        responses=UNCHANGED,
        dependencies=[Depends(access.needs(Role.READER)), TURN],
    )
    async def read_channel_metrics(asked: Annotated[WindowAsked, Query()]) -> Metrics:
        """A kind of channel on which nothing happened is left out; what is not known is null."""
        until = asked.until or (
            asked.since + USUAL if asked.since else context.clock.now().replace(second=0, microsecond=0)
        )
        since = asked.since or until - USUAL
        counted = await context.counts.channel_counts(since, until)
        known = await context.identification(since)
        return Metrics(
            window=Window(since=since, until=until),
            channels=[_shown(each) for each in counted],
            identification=rate(known.identified, known.seen),
        )

    return routes


def rate(numerator: int, denominator: int) -> Rate:
    """Both numbers, and the quotient where there is one."""
    return Rate(numerator=numerator, denominator=denominator, value=numerator / denominator if denominator else None)


def _shown(counts: ChannelCounts) -> ChannelMetrics:
    return ChannelMetrics(
        channel=counts.channel,
        messages=counts.messages,
        replies=counts.replies,
        tickets=counts.tickets,
        escalations=counts.escalations,
        escalation=rate(counts.tickets_escalated, counts.tickets),
        delivered=None,
        latency_ms=None,
        average_sentiment=None,
    )
