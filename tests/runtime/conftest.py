"""The API on doubles: everything real but the bus, the clock and the ticket rows."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from runtime_doubles import FakeClock, FakePublisher

from fte_runtime.api.app import build_app
from fte_runtime.api.form import FormPage
from fte_runtime.api.intake import Intake
from fte_runtime.api.support import SupportRoutes
from fte_runtime.api.tickets import TicketPage
from fte_runtime.config import ChannelSettings, WebForm
from fte_runtime.events import Topics
from fte_runtime.health import Health
from fte_runtime.metrics import ApiMetrics
from fte_runtime.tokens import StatusTokens

WEBSITE = ChannelSettings(name="website", type="WebForm", max_chars=300, web_form=WebForm(title="Help & <more>"))


@dataclass
class Rows:
    tickets: dict[UUID, Any] = field(default_factory=dict)
    error: Exception | None = None

    async def find_ticket(self, ticket_id: UUID) -> Any:
        if self.error:
            raise self.error
        return self.tickets.get(ticket_id)

    async def ping(self) -> None:
        if self.error:
            raise self.error

    async def last_inbound(self) -> dict[str, datetime]:
        return {"website": datetime.fromisoformat("2026-01-02T00:00:00+00:00")}


@dataclass
class Api:
    http: httpx.AsyncClient
    intake: Intake
    publisher: FakePublisher
    clock: FakeClock
    rows: Rows
    metrics: ApiMetrics

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
        response = await self.http.post("/support/submit", json=self.form(**changes))
        await self.intake.drain()
        return response

    async def status(self, ticket_id: object, token: str) -> httpx.Response:
        return await self.http.get(f"/support/ticket/{ticket_id}", headers={"authorization": f"Bearer {token}"})


def make_api(
    *forms: ChannelSettings, tokens: StatusTokens | None = None, public_url: str | None = None
) -> tuple[Any, Intake, FakePublisher, FakeClock, Rows, ApiMetrics]:
    publisher, clock, rows, metrics = FakePublisher(), FakeClock(), Rows(), ApiMetrics()
    tokens = tokens or StatusTokens((b"current", b"previous"))
    intake = Intake(forms=forms, topics=Topics("fte"), publisher=publisher, tokens=tokens, clock=clock, metrics=metrics)
    support = SupportRoutes(
        intake=intake,
        tickets=TicketPage(lookup=rows, tokens=tokens, clock=clock),
        form=FormPage(intake.forms),
        public_url=public_url,
        clock=clock,
        metrics=metrics,
    )
    health = Health(
        kafka=publisher.check, database=rows.ping, channels=[f.name for f in forms], seen=rows.last_inbound, clock=clock
    )
    return build_app(support=support, health=health, metrics=metrics), intake, publisher, clock, rows, metrics


async def opened(*forms: ChannelSettings, **settings: Any) -> AsyncIterator[Api]:
    app, *parts = make_api(*forms, **settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as http:
        yield Api(http, *parts)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async for it in opened(WEBSITE, public_url="https://help.example.org/"):
        yield it


@pytest.fixture
async def two_forms() -> AsyncIterator[Api]:
    async for it in opened(WEBSITE, WEBSITE.model_copy(update={"name": "shop"})):
        yield it
