"""A consumer group seen from outside, and what it does when its topic is made again: on a real broker."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from data_plane import until
from ports import free_port

from fte_runtime.bus.base import GroupState
from fte_runtime.bus.kafka_consumer import KafkaConsumer
from fte_runtime.bus.kafka_group import KafkaGroup
from fte_runtime.bus.kafka_publisher import KafkaPublisher
from fte_runtime.errors import BusUnavailable
from fte_transport.access import KafkaAccess

pytestmark = pytest.mark.kafka

AGAIN_SECONDS = 30
PARTITIONS = 2


class Broker:
    """One topic and its group, another topic, and what a test does to them."""

    def __init__(self, bootstrap: str, admin: AIOKafkaAdminClient) -> None:
        self.admin = admin
        self.topic = f"group-{secrets.token_hex(6)}"
        self.other = f"{self.topic}-other"
        access = KafkaAccess(bootstrap)
        self.publisher = KafkaPublisher(access, client_id="test")
        self.consumer = KafkaConsumer(access, topics=[self.topic], group=f"{self.topic}.g", client_id="test")
        self.group = KafkaGroup(access, topic=self.topic, group=f"{self.topic}.g", client_id="test")

    async def make(self) -> None:
        """The topic is there, wherever it is asked for."""

        async def made() -> bool:
            await self.admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in (self.topic, self.other)])
            return not await self.publisher.lacking([self.topic, self.other])

        await until(made, what="the topics")

    async def remove(self) -> None:
        await self.admin.delete_topics([self.topic])

        async def gone() -> bool:
            return self.topic in await self.publisher.lacking([self.topic])

        await until(gone, what="the deletion")

    async def publish(self, *values: bytes) -> None:
        for value in values:
            await self.publisher.publish(self.topic, key=value, value=value)

    async def read(self, count: int, seconds: float = 20) -> set[bytes]:
        """As the worker does: what fails is joined anew."""
        found: set[bytes] = set()

        async def poll() -> bool:
            for records in await self.consumer.poll(seconds=0.2, limit=16):
                found.update(record.value or b"" for record in records)
                await self.consumer.commit(records[-1])
            return len(found) >= count

        await until(poll, seconds, f"{count} records")
        return found


@pytest.fixture
async def broker(kafka_bootstrap: str) -> AsyncIterator[Broker]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    made = Broker(kafka_bootstrap, admin)
    try:
        await made.make()
        yield made
    finally:
        await made.consumer.stop()
        await made.group.aclose()
        await made.publisher.aclose()
        await admin.delete_topics([made.topic, made.other])
        await admin.close()


async def test_what_nobody_read_yet_is_as_old_as_its_oldest_record(broker: Broker) -> None:
    assert await broker.group.look() == GroupState(PARTITIONS, 0, None)
    before = time.time()
    await broker.publish(b"first")
    after = time.time()
    await broker.publish(*(f"later {number}".encode() for number in range(20)))
    seen = await broker.group.look()
    assert (seen.partitions, seen.assigned) == (PARTITIONS, 0)
    assert seen.oldest is not None
    assert before - 1 < seen.oldest < after + 1


async def test_what_cannot_be_read_in_time_is_as_old_as_it_has_been_seen_unread(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_: AIOKafkaConsumer, timeout_ms: int) -> dict[TopicPartition, list[ConsumerRecord]]:
        await asyncio.sleep(timeout_ms / 1000)
        return {}

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", nothing)
    await broker.publish(b"first")
    before = time.time()
    seen = await broker.group.look()
    assert seen.oldest is not None
    assert before <= seen.oldest <= time.time()
    assert (await broker.group.look()).oldest == seen.oldest, "it does not grow younger"


async def test_a_member_takes_every_partition_and_leaves_nothing_unread(broker: Broker) -> None:
    values = [f"{number}".encode() for number in range(12)]
    await broker.publish(*values)
    await broker.consumer.start()
    assert await broker.read(12) == set(values)
    assert await broker.group.look() == GroupState(PARTITIONS, PARTITIONS, None)
    await broker.consumer.stop()
    await broker.publish(b"after")
    seen = await broker.group.look()
    assert seen.assigned == 0
    assert seen.oldest is not None
    assert seen.oldest > time.time() - 60


async def test_a_member_of_other_topics_has_none_of_the_partitions(broker: Broker, kafka_bootstrap: str) -> None:
    """What a group does that rejoined while its topic was away: a member, and nothing assigned."""
    other = KafkaConsumer(
        KafkaAccess(kafka_bootstrap), topics=[broker.other], group=f"{broker.topic}.g", client_id="test"
    )
    await other.start()
    try:

        async def joined() -> bool:
            await other.poll(seconds=0.1, limit=1)
            return (await broker.group.look()).assigned == 0

        await until(joined, what="an empty assignment")
    finally:
        await other.stop()


async def test_a_topic_that_is_away_has_no_partitions(broker: Broker) -> None:
    await broker.remove()
    assert await broker.group.look() == GroupState(0, 0, None)


async def test_a_broker_that_is_away_is_told(kafka_bootstrap: str) -> None:
    away = KafkaGroup(KafkaAccess(f"127.0.0.1:{free_port()}"), topic="t", group="g", client_id="test", timeout=1)
    with pytest.raises(BusUnavailable) as caught:
        await away.look()
    assert "127.0.0.1" not in caught.value.public
    await away.aclose()


async def test_a_topic_made_again_is_read_again_and_from_its_beginning(broker: Broker) -> None:
    await broker.consumer.start()
    await broker.publish(*(f"old {number}".encode() for number in range(8)))
    await broker.read(8)
    await broker.remove()
    end = asyncio.get_running_loop().time() + 15  # as long as an operator may need to notice it
    while asyncio.get_running_loop().time() < end:
        await broker.consumer.poll(seconds=0.2, limit=16)
    await broker.make()
    values = [f"new {number}".encode() for number in range(12)]
    started = time.monotonic()
    await broker.publish(*values)
    assert await broker.read(12, AGAIN_SECONDS) >= set(values)
    assert time.monotonic() - started < AGAIN_SECONDS
