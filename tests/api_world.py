"""The API on doubles: everything real but the bus, the clock and the ticket rows."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from runtime_doubles import FakeClock, FakePublisher

from fte_agent.channels import EMAIL, WEB_FORM
from fte_database.repositories.health import Marks, WorkerReport
from fte_runtime.answering import Answering
from fte_runtime.api.app import create_app
from fte_runtime.bus.base import GroupState
from fte_runtime.channels.base import ApiContext
from fte_runtime.config import ChannelSettings
from fte_runtime.events import Topics
from fte_runtime.health import Health, inner_app
from fte_runtime.inbound_publisher import BusInboundPublisher
from fte_runtime.management.context import ManagementContext
from fte_runtime.metrics import ApiMetrics
from fte_runtime.tokens import StatusTokens

WEBSITE = ChannelSettings(name="website", type="WebForm", web_form={"title": "Help & <more>"})


@dataclass
class Rows:
    tickets: dict[UUID, Any] = field(default_factory=dict)
    senders: dict[UUID, Any] = field(default_factory=dict)
    error: Exception | None = None
    unseen: Exception | None = None
    held: asyncio.Event | None = None
    write_error: Exception | None = None
    workers: list[WorkerReport] = field(default_factory=lambda: [WorkerReport("w", {"ingest": None}, 1.0)])
    waiting: float | None = None
    group: GroupState = field(default_factory=lambda: GroupState(3, 3, None))
    found: dict[str, dict[str, tuple[str | None, datetime]]] = field(default_factory=dict)
    kept: dict[str, Marks] = field(default_factory=dict)

    async def find_ticket(self, ticket_id: UUID) -> Any:
        if self.error:
            raise self.error
        return self.tickets.get(ticket_id)

    async def find_sender(self, ticket_id: UUID) -> Any:
        if self.error:
            raise self.error
        return self.senders.get(ticket_id)

    async def ping(self) -> None:
        if self.held:
            await self.held.wait()
        if self.error:
            raise self.error

    async def probe_write(self) -> None:
        if self.write_error:
            raise self.write_error

    def look_at(self) -> None:
        """What every question but those of `ping` and `probe_write` may fail with."""
        if self.unseen:
            raise self.unseen

    async def reports(self) -> list[WorkerReport]:
        self.look_at()
        return self.workers

    async def oldest(self) -> float | None:
        self.look_at()
        return self.waiting

    async def look(self) -> GroupState:
        self.look_at()
        return self.group

    async def last_inbound(self) -> dict[str, datetime]:
        self.look_at()
        return {"website": datetime.fromisoformat("2026-01-02T00:00:00+00:00")}

    async def marks(self) -> dict[str, Marks]:
        self.look_at()
        return self.kept

    async def parts(self) -> dict[str, dict[str, tuple[str | None, datetime]]]:
        self.look_at()
        return self.found


@dataclass
class Api:
    http: httpx.AsyncClient
    publisher: FakePublisher
    clock: FakeClock
    rows: Rows
    metrics: ApiMetrics
    inner: httpx.AsyncClient
    listening: asyncio.Event

    async def health(self) -> Any:
        """The whole of it, as only the inner port tells."""
        return (await self.inner.get("/health")).json()

    def form(self, **changes: object) -> dict[str, object]:
        fields: dict[str, object] = {
            "submission_id": str(uuid4()),
            "name": "Ada",
            "email": "Ada@Example.org",
            "subject": "Invoices",
            "category": "billing",
            "message": "Where is my invoice?",
            "consent": True,
            "hp": "",
            "t0": (self.clock.now().timestamp() - 30) * 1000,
        }
        return {key: value for key, value in (fields | changes).items() if value is not ...}

    async def submit(self, **changes: object) -> httpx.Response:
        return await self.http.post("/support/submit", json=self.form(**changes))

    async def confirm(self, ticket_id: object, token: str, body: object = None, **headers: str) -> httpx.Response:
        """Ask for a code, or give the one in ``body``."""
        given = {} if body is None else {"json": body}
        headers |= {"authorization": f"Bearer {token}"}
        return await self.http.post(f"/support/ticket/{ticket_id}/confirmation", headers=headers, **given)

    async def status(self, ticket_id: object, token: str) -> httpx.Response:
        return await self.http.get(f"/support/ticket/{ticket_id}", headers={"authorization": f"Bearer {token}"})


@asynccontextmanager
async def an_api(
    *channels: ChannelSettings,
    tokens: StatusTokens | None = None,
    public_url: str | None = None,
    trusted_proxy_hops: int | None = None,
    management: ManagementContext | None = None,
    kinds: Iterable[str] = (EMAIL, WEB_FORM),
) -> AsyncIterator[Api]:
    """The application of these channels and what is around it."""
    publisher, clock, rows, metrics = FakePublisher(), FakeClock(), Rows(), ApiMetrics()
    context = ApiContext(
        clock=clock,
        topic_prefix="fte",
        public_url=public_url,
        publisher=BusInboundPublisher(topics=Topics("fte"), publisher=publisher, metrics=metrics.inbound),
        tokens=tokens or StatusTokens((b"current", b"previous")),
        tickets=rows,
        metrics=metrics,
        trusted_proxy_hops=trusted_proxy_hops,
        kinds=frozenset(kinds),
    )
    health = Health(
        employee="shop/helper",
        kafka=publisher.check,
        topics=lambda: publisher.lacking(("tickets.incoming", "escalations")),
        database=rows.ping,
        writes=rows.probe_write,
        answering=Answering(workers=rows.reports, unanswered=rows.oldest, group=rows, clock=clock),
        channels=[channel.name for channel in channels],
        seen=rows.last_inbound,
        parts=rows.parts,
        marks=rows.marks,
        clock=clock,
    )
    app = create_app(context, channels, health, management)
    listening = asyncio.Event()

    async def render() -> bytes:
        return metrics.render()

    behind = inner_app(render, alive=lambda: True, ready=listening.is_set, health=health)
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as http,
        httpx.AsyncClient(transport=httpx.ASGITransport(behind), base_url="http://pod") as inner,
    ):
        yield Api(http, publisher, clock, rows, metrics, inner, listening)
