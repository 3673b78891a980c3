"""Health: probes that only look inside, and a report on what the process depends on.

``/readyz`` ignores Kafka and PostgreSQL on purpose: a pod taken out of its Service for an outage could
not tell anybody about it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from fte_agent.ports import Clock
from fte_runtime.errors import is_retryable, public_sentence
from fte_runtime.logs import redact
from fte_runtime.metrics import CONTENT_TYPE

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.5
FRESH_SECONDS = 2.0
_MESSAGE_LIMIT = 300

T = TypeVar("T")

Check = Callable[[], Awaitable[object]]
Seen = Callable[[], Awaitable[Mapping[str, datetime]]]
Parts = Callable[[], Awaitable[Mapping[str, Mapping[str, tuple[str | None, datetime]]]]]
"""By SupportChannel and part: what the worker found wrong, in a sentence of ours, or None; and when it looked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; both are None when it is well. ``error`` is for the log, ``public`` for anybody."""

    error: str | None = None
    public: str | None = None

    def as_json(self) -> dict[str, object]:
        """``{"ok": bool, "error": sentence or null}``."""
        return {"ok": self.error is None, "error": self.public}


class Health:
    """The report of ``/health``, at most `FRESH_SECONDS` old however often it is asked for.

    Anybody may read it. The errors behind it hold addresses, roles and owners; they go to the log, once a change.
    """

    def __init__(
        self, *, kafka: Check, database: Check, channels: Sequence[str], seen: Seen, parts: Parts, clock: Clock
    ) -> None:
        self._checks = {"kafka": kafka, "database": database}
        self._channels = channels
        self._seen = seen
        self._parts = parts
        self._clock = clock
        self._lock = asyncio.Lock()
        self._report: dict[str, object] | None = None
        self._at = 0.0
        self._logged: dict[str, str | None] = {}

    async def report(self) -> dict[str, object]:
        """``status`` is ``ok`` only if Kafka and database are; it never raises."""
        async with self._lock:
            if self._report is None or self._clock.monotonic() - self._at > FRESH_SECONDS:
                self._report = await self._look()
                self._at = self._clock.monotonic()
            return self._report

    async def _look(self) -> dict[str, object]:
        kafka, database = await asyncio.gather(*(examine(check) for check in self._checks.values()))
        self._log("kafka", kafka)
        self._log("database", database)
        known = database.error is None
        seen: Mapping[str, datetime] = await _asked(self._seen) if known else {}
        parts: Mapping[str, Mapping[str, tuple[str | None, datetime]]] = await _asked(self._parts) if known else {}
        channels = {
            name: kafka.as_json()
            | {
                "last_inbound_at": _iso(seen.get(name)),
                "parts": {part: _part(*found) for part, found in parts.get(name, {}).items()},
            }
            for name in self._channels
        }
        well = kafka.error is None and database.error is None
        return {
            "status": "ok" if well else "degraded",
            "kafka": kafka.as_json(),
            "database": database.as_json(),
            "channels": channels,
        }

    def _log(self, part: str, found: Finding) -> None:
        if found.error is not None and found.error != self._logged.get(part):
            logger.warning("degraded", extra={"part": part, "error": found.error})
        self._logged[part] = found.error


async def examine(check: Check) -> Finding:
    """Run one check within `CHECK_SECONDS`; what it raises becomes the finding."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except TimeoutError:
        return Finding(f"no answer within {CHECK_SECONDS:g} s", "does not answer in time")
    except Exception as error:
        if not is_retryable(error):
            logger.exception("check failed unexpectedly")
        return Finding(redact(str(error))[:_MESSAGE_LIMIT], public_sentence(error))
    return Finding()


async def _asked(ask: Callable[[], Awaitable[Mapping[str, T]]]) -> Mapping[str, T]:
    """What ``ask`` answers, or nothing: a report without this is better than none."""
    found: dict[str, T] = {}

    async def fill() -> None:
        found.update(await ask())

    await examine(fill)
    return found


def _part(error: str | None, checked_at: datetime) -> dict[str, object]:
    return {"ok": error is None, "error": error, "checked_at": checked_at.isoformat()}


def probe_routes(*, alive: Callable[[], bool]) -> list[Route]:
    """``/healthz`` and ``/readyz``, the same on every process."""

    async def probe(_: Request) -> Response:
        well = alive()
        return PlainTextResponse("ok\n" if well else "not ok\n", status_code=200 if well else 503)

    return [Route("/healthz", probe), Route("/readyz", probe)]


def metrics_app(render: Callable[[], Awaitable[bytes]]) -> ASGIApp:
    """``/metrics`` on a port of its own, which no Service leads to: counts tell how a business fares."""

    async def metrics(_: Request) -> Response:
        return Response(await render(), headers={"content-type": CONTENT_TYPE})

    return Starlette(routes=[Route("/metrics", metrics)])


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
