"""Health: probes that only look inside, and a report on what the process depends on.

``/readyz`` ignores Kafka and PostgreSQL on purpose: a pod taken out of its Service for an outage could
not tell anybody about it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from fte_agent.ports import Clock
from fte_database.repositories.health import Marks, Part
from fte_runtime.answering import Answering, part
from fte_runtime.channels.parts import WARNINGS
from fte_runtime.errors import is_retryable, public_sentence
from fte_runtime.logs import redact
from fte_runtime.metrics import CONTENT_TYPE
from fte_runtime.sight import Sight, unseen

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.5
FRESH_SECONDS = 2.0
_MESSAGE_LIMIT = 300

Endpoint = Callable[[Request], Awaitable[Response]]

Check = Callable[[], Awaitable[object]]
Seen = Callable[[], Awaitable[Mapping[str, datetime]]]
Parts = Callable[[], Awaitable[Mapping[str, Mapping[str, Part]]]]
"""By SupportChannel and part: what the worker found wrong, in a sentence of ours, or None; when, and since when."""
Kept = Callable[[], Awaitable[Mapping[str, Marks]]]
"""By SupportChannel: when it was last read to its end, where it is read, and its last error."""
Lacking = Callable[[], Awaitable[Mapping[str, str]]]
"""By topic, named without its prefix, what keeps it from taking records; those that take them are absent."""

INTAKE = "tickets.incoming"
"""The topic without which nothing is taken in."""


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

    Whoever reaches the inner port may read it, anybody its ``status``. The errors behind it hold addresses, roles and
    owners; they go to the log, once a change.
    """

    def __init__(
        self,
        *,
        employee: str,
        kafka: Check,
        topics: Lacking,
        database: Check,
        writes: Check,
        answering: Answering,
        channels: Sequence[str],
        seen: Seen,
        parts: Parts,
        clock: Clock,
        marks: Kept | None = None,
    ) -> None:
        self._employee = employee
        self._checks = {"kafka": kafka, "database": database, "writes": writes}
        self._topics = Sight("the topics", topics, clock)
        self._answering = answering
        self._channels = channels
        self._seen = Sight("when customers wrote", seen, clock)
        self._parts = Sight("the channels' parts", parts, clock)
        self._marks = Sight("how far the channels are read", marks or _nothing, clock)
        self._clock = clock
        self._lock = asyncio.Lock()
        self._report: dict[str, object] | None = None
        self._at = 0.0
        self._logged: dict[str, str | None] = {}

    async def report(self) -> dict[str, object]:
        """``status`` is ``ok`` only if every part but the channels' own is; it never raises."""
        async with self._lock:
            if self._report is None or self._clock.monotonic() - self._at > FRESH_SECONDS:
                self._report = await self._look()
                self._at = self._clock.monotonic()
            return self._report

    async def status(self) -> dict[str, object]:
        """What anybody may know of it: no word on what it is made of. Nobody waits for a look that is under way."""
        if self._report is not None and self._lock.locked():
            return {"status": self._report["status"]}
        return {"status": (await self.report())["status"]}

    async def aclose(self) -> None:
        """End looks of its own that still run."""
        for sight in (self._topics, self._seen, self._parts, self._marks):
            await sight.aclose()

    async def _look(self) -> dict[str, object]:
        found = dict(zip(self._checks, await asyncio.gather(*map(examine, self._checks.values())), strict=True))
        kafka, reachable, stored = found["kafka"], found["kafka"].error is None, found["database"].error is None
        if not stored:
            del found["writes"]  # nothing else can be said of it
        for name, finding in found.items():
            self._log(name, finding)
        lacking, answering, seen, parts, marks = await asyncio.gather(
            self._topics.now(reachable),
            self._answering.now(brokers=reachable, database=stored),
            self._seen.now(stored),
            self._parts.now(stored),
            self._marks.now(stored),
        )
        if error := unseen((self._topics, *self._answering.sights, self._seen, self._parts, self._marks)):
            answering = {**answering, "sight": part(error)}
        topics = _topics(lacking or {})
        self._log("topics", topics)
        intake = Finding(lacking[INTAKE], lacking[INTAKE]) if lacking and INTAKE in lacking else kafka
        channels = {
            name: intake.as_json()
            | {
                "last_inbound_at": _iso((seen or {}).get(name)),
                **_kept((marks or {}).get(name, Marks())),
                "parts": {part: _part(part, *found) for part, found in sorted((parts or {}).get(name, {}).items())},
            }
            for name in self._channels
        }
        well = not any(each.error for each in (*found.values(), topics)) and all(p["ok"] for p in answering.values())
        return {
            "status": "ok" if well else "degraded",
            "employee": self._employee,
            **{name: finding.as_json() for name, finding in found.items()},
            **({"topics": topics.as_json()} if lacking is not None else {}),
            "answering": answering,
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


def _topics(lacking: Mapping[str, str]) -> Finding:
    said = "; ".join(f"{name}: {fault}" for name, fault in sorted(lacking.items())) or None
    return Finding(said, said)


def _part(name: str, error: str | None, checked_at: datetime, since: datetime | None = None) -> dict[str, object]:
    """A ``severity`` of ``warning`` has what works, but will not for long; a fault has none."""
    told: dict[str, object] = {"ok": error is None, "error": _shown(error), "checked_at": checked_at.isoformat()}
    if since is not None:
        told["since"] = since.isoformat()
    if error is not None and name in WARNINGS:
        told["severity"] = "warning"
    return told


def _kept(marks: Marks) -> dict[str, object]:
    """What is absent is not known, or there is none."""
    told: dict[str, object] = {}
    if marks.read_at is not None and marks.read_age is not None:
        told |= {"last_read_at": marks.read_at.isoformat(), "sync_age_seconds": round(marks.read_age)}
    if marks.last_error is not None:
        told["last_error"] = {"error": _shown(marks.last_error), "at": _iso(marks.last_error_at)}
    return told


def _shown(error: str | None) -> str | None:
    """A sentence of ours, whatever a worker of another release wrote: without addresses, and not without end."""
    return None if error is None else redact(error)[:_MESSAGE_LIMIT]


async def _nothing() -> Mapping[str, Marks]:
    return {}


def inner_app(
    render: Callable[[], Awaitable[bytes]],
    *,
    alive: Callable[[], bool],
    ready: Callable[[], bool],
    health: Health | None = None,
) -> ASGIApp:
    """``/healthz``, ``/readyz``, ``/metrics`` and the whole ``/health``, on a port that is not the public one.

    Counts tell how a business fares, and a crowd at the public port must not look like a process that hangs.
    """

    def probe(well: Callable[[], bool]) -> Endpoint:
        async def answer(_: Request) -> Response:
            return PlainTextResponse("ok\n", 200) if well() else PlainTextResponse("not ok\n", 503)

        return answer

    async def metrics(_: Request) -> Response:
        return Response(await render(), headers={"content-type": CONTENT_TYPE})

    routes = [Route("/healthz", probe(alive)), Route("/readyz", probe(ready)), Route("/metrics", metrics)]
    if health is not None:
        routes.append(Route("/health", report_endpoint(health.report)))
    return Starlette(routes=routes)


def report_endpoint(report: Callable[[], Awaitable[Mapping[str, object]]]) -> Endpoint:
    """What ``report`` tells now, as JSON that nobody keeps."""

    async def answer(_: Request) -> Response:
        return JSONResponse(await report(), headers={"cache-control": "no-store"})

    return answer


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
