"""Health: probes that only look inside, and a report on what the process depends on.

``/readyz`` ignores Kafka and PostgreSQL on purpose: a pod taken out of its Service for an outage could
not tell anybody about it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fte_agent.ports import Clock
from fte_runtime.errors import is_retryable
from fte_runtime.logs import redact
from fte_runtime.metrics import CONTENT_TYPE

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.5
FRESH_SECONDS = 2.0
_MESSAGE_LIMIT = 300

Check = Callable[[], Awaitable[object]]
Seen = Callable[[], Awaitable[Mapping[str, datetime]]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; ``error`` is None when it is well."""

    error: str | None = None

    def as_json(self) -> dict[str, object]:
        """``{"ok": bool, "error": text or null}``."""
        return {"ok": self.error is None, "error": self.error}


class Health:
    """The report of ``/health``, at most `FRESH_SECONDS` old however often it is asked for."""

    def __init__(self, *, kafka: Check, database: Check, channels: Sequence[str], seen: Seen, clock: Clock) -> None:
        self._kafka = kafka
        self._database = database
        self._channels = channels
        self._seen = seen
        self._clock = clock
        self._lock = asyncio.Lock()
        self._report: dict[str, object] | None = None
        self._at = 0.0

    async def report(self) -> dict[str, object]:
        """``status`` is ``ok`` only if every part is; it never raises."""
        async with self._lock:
            if self._report is None or self._clock.monotonic() - self._at > FRESH_SECONDS:
                self._report = await self._look()
                self._at = self._clock.monotonic()
            return self._report

    async def _look(self) -> dict[str, object]:
        kafka, database = await asyncio.gather(examine(self._kafka), examine(self._database))
        seen: Mapping[str, datetime] = {}
        if database.error is None:
            seen = await self._last_inbound()
        channels = {name: kafka.as_json() | {"last_inbound_at": _iso(seen.get(name))} for name in self._channels}
        well = kafka.error is None and database.error is None
        return {
            "status": "ok" if well else "degraded",
            "kafka": kafka.as_json(),
            "database": database.as_json(),
            "channels": channels,
        }

    async def _last_inbound(self) -> Mapping[str, datetime]:
        found: dict[str, datetime] = {}

        async def ask() -> None:
            found.update(await self._seen())

        await examine(ask)  # a report without this is better than none
        return found


async def examine(check: Check) -> Finding:
    """Run one check within `CHECK_SECONDS`; what it raises becomes the finding."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except TimeoutError:
        return Finding(f"no answer within {CHECK_SECONDS:g} s")
    except Exception as error:
        if not is_retryable(error):
            logger.exception("check failed unexpectedly")
        return Finding(redact(str(error))[:_MESSAGE_LIMIT])
    return Finding()


def probe_routes(*, alive: Callable[[], bool], metrics: Callable[[], Awaitable[bytes]]) -> list[Route]:
    """``/healthz``, ``/readyz`` and ``/metrics``, the same on every process."""

    async def probe(_: Request) -> Response:
        well = alive()
        return PlainTextResponse("ok\n" if well else "not ok\n", status_code=200 if well else 503)

    async def show_metrics(_: Request) -> Response:
        return Response(await metrics(), headers={"content-type": CONTENT_TYPE})

    return [Route("/healthz", probe), Route("/readyz", probe), Route("/metrics", show_metrics)]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
