"""Statuses from the API's publisher to the deliveries over a real broker, beside raw copies on the same topic."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from data_plane import until
from kafka_topics import make_topics
from runtime_doubles import FakeCursors, FakeDeliveries, Unreachable

from fte_agent.channels import WHATSAPP
from fte_agent.domain.delivery import DeliveryState
from fte_runtime.bus.kafka_consumer import KafkaConsumer
from fte_runtime.bus.kafka_publisher import KafkaPublisher
from fte_runtime.channels.twilio_whatsapp.worker import statuses
from fte_runtime.clock import SystemClock
from fte_runtime.events import ChannelEvent, Topics
from fte_runtime.inbound_publisher import BusInboundPublisher
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.consume import Consume
from fte_runtime.worker.loop import Loop
from fte_runtime.worker.statuses import Statuses
from fte_transport.access import KafkaAccess

pytestmark = pytest.mark.kafka


@pytest.fixture
async def topics(kafka_bootstrap: str) -> AsyncIterator[Topics]:
    topics = Topics(f"status-{secrets.token_hex(6)}")
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        await make_topics(admin, [NewTopic(topics.audit(WHATSAPP), 3, 1)])
        yield topics
        await admin.delete_topics([topics.audit(WHATSAPP)])
    finally:
        await admin.close()


class Reporter:
    """Publishes as the API does."""

    def __init__(self, topics: Topics, publisher: KafkaPublisher) -> None:
        metrics = WorkerMetrics().inbound
        self.publisher, self.topics = publisher, topics
        self.inbound = BusInboundPublisher(topics=topics, publisher=publisher, metrics=metrics)

    async def report(self, sid: str, status: str) -> None:
        fields = {"MessageSid": sid, "MessageStatus": status}
        await self.inbound.publish_event(ChannelEvent("whatsapp", WHATSAPP, datetime.now(UTC), fields), sid)

    async def raw(self) -> None:
        await self.publisher.publish_many(
            self.topics.audit(WHATSAPP), [(b"k", b"Body=hi")], headers={"content-type": b"application/octet-stream"}
        )


@pytest.fixture
async def reporter(kafka_bootstrap: str, topics: Topics) -> AsyncIterator[Reporter]:
    publisher = KafkaPublisher(KafkaAccess(kafka_bootstrap), client_id="test")
    yield Reporter(topics, publisher)
    await publisher.aclose()


async def played(kafka_bootstrap: str, topics: Topics, deliveries: FakeDeliveries, count: int) -> None:
    """One worker's role until it stored ``count`` reports."""
    stopping, metrics = asyncio.Event(), WorkerMetrics()
    consumer = KafkaConsumer(
        KafkaAccess(kafka_bootstrap), topics=[topics.audit(WHATSAPP)], group=topics.events_group, client_id="test"
    )
    role = Consume(
        Statuses(readers={WHATSAPP: statuses}, deliveries=deliveries, cursors=FakeCursors(), metrics=metrics),
        consumer=consumer,
        loop=Loop("statuses", 0.0, asyncio.Event(), stopping, metrics),
        clock=SystemClock(),
        metrics=metrics,
    )
    running = asyncio.create_task(role.run())

    async def stored() -> bool:
        return len(deliveries.statuses) >= count

    await until(stored, what=f"{count} reports")
    stopping.set()
    await running


async def test_reports_of_one_message_come_in_order_and_once(kafka_bootstrap, topics, reporter):
    await reporter.raw()
    for status in ("sent", "delivered", "read"):
        await reporter.report("SM1", status)
    first = FakeDeliveries()
    await played(kafka_bootstrap, topics, first, 3)
    states = [status.state for status in first.statuses]
    assert states == [DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ]
    await reporter.report("SM2", "failed")
    second = FakeDeliveries()
    await played(kafka_bootstrap, topics, second, 1)
    assert [status.provider_id for status in second.statuses] == ["SM2"]


async def test_a_report_that_could_not_be_stored_comes_again(kafka_bootstrap, topics, reporter):
    await reporter.report("SM1", "sent")
    deliveries = FakeDeliveries(errors={"apply_status": [Unreachable("gone")]})
    await played(kafka_bootstrap, topics, deliveries, 1)
    assert [status.provider_id for status in deliveries.statuses] == ["SM1"]
