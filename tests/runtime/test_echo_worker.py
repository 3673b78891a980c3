"""A kind of channel from outside goes through the worker with nothing but its entries in the two tables."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import echo_channel.worker
import pytest
from runtime_doubles import (
    FakeClock,
    FakeConsumer,
    FakeDeliveries,
    FakePublisher,
    FakeReports,
    FakeSessions,
    FakeTickets,
    a_delivery,
)

from fte_agent import channels as traits
from fte_agent.channels import Frame, Style, Traits, Unconfirmed
from fte_agent.domain.delivery import DeliveryState
from fte_runtime.channels import registry
from fte_runtime.channels.base import WorkerContext
from fte_runtime.config import ChannelSettings, Database, Kafka, WorkerConfig
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.wiring import channels
from fte_runtime.wiring.ports import Ports
from fte_runtime.wiring.roles import supervisor
from fte_runtime.worker.audit import AuditTrail

ECHO = Traits(
    identifier_kind="echo",
    topic="echo",
    style=Style(aim_chars=100, max_chars=1000, frame=Frame.BARE),
    unconfirmed=Unconfirmed.LOOK_UP_THEN_RESEND,
    quiet=timedelta(),
)


@pytest.fixture(autouse=True)
def entries(monkeypatch):
    monkeypatch.setitem(traits.TRAITS, "echo", ECHO)
    monkeypatch.setitem(registry.PLUGINS, "Echo", "echo_channel")
    monkeypatch.setattr(echo_channel.worker, "HEARD", {})


class Free:
    """Locks that nobody else wants."""

    @asynccontextmanager
    async def session(self, role, key):
        yield self

    async def check(self):
        pass


class Nothing:
    """Stores without anything to do."""

    async def pending(self, limit, without=()):
        return []

    async def claim_overdue(self, worker, age):
        return None

    async def tell_person(self):
        return None

    async def violations(self):
        return {}


async def test_a_reply_reaches_it_and_its_background_work_is_done():
    config = WorkerConfig(
        kafka=Kafka(bootstrap_servers="nowhere:1", topic_prefix="fte"),
        database=Database(url_file=Path("url"), owner="tests/helper"),
        channels=(ChannelSettings(name="cave", type="Echo"),),
    )
    stopping, reported = asyncio.Event(), []
    deliveries = FakeDeliveries([a_delivery("echo", "cave", body="Hello, hello.")])

    async def report(*told):
        reported.append(told)
        stopping.set()

    async with AsyncExitStack() as resources:
        context = WorkerContext(
            clock=FakeClock(),
            public_url=None,
            company_name="Example Ltd",
            publisher=None,
            deliveries=deliveries,
            takeovers=None,
            cursors=None,
            report=report,
            resources=resources,
        )
        sessions = FakeSessions(silent=["fte-worker"])
        ports = Ports(
            tickets=FakeTickets(),
            overdue=Nothing(),
            deliveries=deliveries,
            takeovers=None,
            cursors=None,
            outbox=Nothing(),
            locks=Free(),
            invariants=Nothing(),
            reports=FakeReports(),
            sessions=sessions,
            status=None,
            employee=_Employee(),
            senders=channels.senders(context, config.channels),
            readers=channels.readers(config.channels),
            singletons=channels.singletons(context, config.channels),
            publisher=FakePublisher(),
            audit=AuditTrail(FakePublisher(), WorkerMetrics()),
            consumer=FakeConsumer(),
            events=FakeConsumer(),
            clock=FakeClock(),
            metrics=WorkerMetrics(),
        )
        async with asyncio.timeout(10):
            assert await supervisor(config, ports, stopping).run() is True
    assert echo_channel.worker.HEARD == {"cave": ["Hello, hello."]}
    assert [sent.provider_id for delivery, sent in deliveries.sent] == [f"echo-{deliveries.sent[0][0].id}"]
    assert reported == [("cave", "beat", None)]
    assert sessions.silent == []


def test_its_reports_are_read_by_itself():
    channel = ChannelSettings(name="cave", type="Echo")
    event = type("Event", (), {"channel_name": "cave", "fields": {"id": "echo-1"}})
    assert channels.readers((channel,))["echo"](event).state is DeliveryState.DELIVERED


class _Employee:
    revision = "r1"

    async def decide(self, context):
        raise AssertionError("no turn is due")

    def escalate(self, context, reason):
        raise AssertionError("nothing is overdue")
