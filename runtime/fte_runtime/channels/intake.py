"""What every intake route does besides its channel's own business: count, time, and tell what was refused."""

import logging
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from fte_agent.inbound.faults import InvalidMessage
from fte_agent.ports import Clock
from fte_runtime.asgi.problems import problem_of
from fte_runtime.errors import BusUnavailable, RecordTooLarge, Refused
from fte_runtime.metrics import ApiMetrics

logger = logging.getLogger(__name__)

UNKNOWN = "unknown"
_CHANNEL = "fte.channel"

Endpoint = Callable[[Request], Awaitable[Response]]


def found(request: Request, channel_name: str) -> None:
    """Note whose request this is, once that is known."""
    request.scope[_CHANNEL] = channel_name


def counted(take: Endpoint, *, clock: Clock, metrics: ApiMetrics) -> Endpoint:
    """``take`` as a route's endpoint: what it raises becomes a problem, and either is counted by SupportChannel."""

    async def endpoint(request: Request) -> Response:
        started = clock.monotonic()
        try:
            response = await take(request)
        except (Refused, InvalidMessage, BusUnavailable, RecordTooLarge) as error:
            channel = request.scope.get(_CHANNEL, UNKNOWN)
            refusal = problem_of(error)
            if isinstance(error, BusUnavailable):
                logger.warning("not confirmed", extra={"channel": channel, "error": str(error)})
            metrics.refused.labels(channel, str(refusal.status_code)).inc()
            return refusal
        metrics.intake_seconds.labels(request.scope.get(_CHANNEL, UNKNOWN)).observe(clock.monotonic() - started)
        return response

    return endpoint
