"""The Kafka adapter against a real broker: the facts the worker's loop rests on."""

import secrets
import time
from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from data_plane import until
from kafka_topics import make_topics
from ports import free_port

from fte_runtime.bus.base import Record
from fte_runtime.bus.kafka_consumer import KafkaConsumer
from fte_runtime.bus.kafka_publisher import KafkaPublisher
from fte_runtime.errors import BusUnavailable, RecordTooLarge
from fte_transport.access import KafkaAccess

pytestmark = pytest.mark.kafka


@pytest.fixture
async def topic(kafka_bootstrap: str) -> AsyncIterator[str]:
    name = f"bus-{secrets.token_hex(6)}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        await make_topics(admin, [NewTopic(name, 2, 1)])
        yield name
        await admin.delete_topics([name])
    finally:
        await admin.close()


@pytest.fixture
async def publisher(kafka_bootstrap: str) -> AsyncIterator[KafkaPublisher]:
    made = KafkaPublisher(KafkaAccess(kafka_bootstrap), client_id="test")
    yield made
    await made.aclose()


@pytest.fixture
async def member(kafka_bootstrap: str, topic: str) -> AsyncIterator[Callable[[], KafkaConsumer]]:
    made: list[KafkaConsumer] = []

    def make() -> KafkaConsumer:
        access = KafkaAccess(kafka_bootstrap)
        made.append(KafkaConsumer(access, topics=[topic], group=f"{topic}.worker", client_id="test"))
        return made[-1]

    yield make
    for consumer in made:
        await consumer.stop()


async def read(consumer: KafkaConsumer, count: int) -> list[bytes | None]:
    values: list[bytes | None] = []

    async def poll() -> bool:
        for records in await consumer.poll(seconds=0.2, limit=16):
            values.extend(record.value for record in records)
        return len(values) >= count

    await until(poll, 20, f"{count} records")
    return values


async def test_a_new_group_reads_from_the_beginning_and_headers_arrive(topic, publisher, member):
    await publisher.publish(topic, key=b"k", value=b"1", headers={"cause": b"x"})
    consumer = member()
    await consumer.start()
    [[record]] = await until(lambda: consumer.poll(seconds=0.2, limit=16), 20)
    assert (record.topic, record.key, record.value, dict(record.headers)) == (topic, b"k", b"1", {"cause": b"x"})
    assert record.timestamp > 0


async def test_what_is_committed_stays_read_and_the_rest_comes_to_the_next_member(topic, publisher, member):
    for value in (b"1", b"2", b"3"):
        await publisher.publish(topic, key=b"k", value=value)
    first = member()
    await first.start()
    [records] = await until(lambda: first.poll(seconds=0.2, limit=2), 20)
    await first.commit(records[0])
    started = time.monotonic()
    await first.stop()
    second = member()
    await second.start()
    assert await read(second, 2) == [b"2", b"3"]
    assert time.monotonic() - started < 8  # it left: nobody waits out its session (10 s)


async def test_held_partitions_give_nothing_until_resumed_and_rewound_records_come_again(topic, publisher, member):
    await publisher.publish(topic, key=b"k", value=b"1")
    consumer = member()
    await consumer.start()
    [[record]] = await until(lambda: consumer.poll(seconds=0.2, limit=16), 20)
    consumer.rewind(record)
    consumer.hold(True)
    assert await consumer.poll(seconds=0.5, limit=16) == []
    consumer.hold(False)
    assert await read(consumer, 1) == [b"1"]


async def test_a_broker_that_is_not_there_is_told_soon():
    publisher = KafkaPublisher(KafkaAccess(f"127.0.0.1:{free_port()}"), client_id="test", timeout=2)
    started = time.monotonic()
    with pytest.raises(BusUnavailable) as caught:
        await publisher.publish("t", key=b"", value=b"")
    assert caught.value.retryable
    with pytest.raises(BusUnavailable):
        await publisher.check()
    assert time.monotonic() - started < 5
    consumer = KafkaConsumer(KafkaAccess(f"127.0.0.1:{free_port()}"), topics=["t"], group="g", client_id="test")
    with pytest.raises(BusUnavailable):
        await consumer.start()
    await publisher.aclose()


async def test_a_topic_that_is_not_there_is_not_confirmed(kafka_bootstrap):
    publisher = KafkaPublisher(KafkaAccess(kafka_bootstrap), client_id="test", timeout=2)
    with pytest.raises(BusUnavailable):
        await publisher.publish(f"missing-{secrets.token_hex(4)}", key=b"", value=b"")
    await publisher.check()
    await publisher.aclose()


async def test_a_record_too_large_to_send_is_told_for_good_and_the_producer_stays(topic, publisher):
    await publisher.publish(topic, key=b"k", value=b"1")
    before = publisher._producer
    with pytest.raises(RecordTooLarge) as caught:
        await publisher.publish(topic, key=b"k", value=b"x" * 3_000_000)
    assert not caught.value.retryable
    assert publisher._producer is before
    await publisher.publish(topic, key=b"k", value=b"2")


async def test_a_record_the_topic_refuses_for_its_size_is_told_for_good_and_the_next_one_is_taken(
    topic, publisher, kafka_bootstrap
):
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        limit = ConfigResource(ConfigResourceType.TOPIC, topic, configs={"max.message.bytes": "1000"})
        await admin.alter_configs([limit])
    finally:
        await admin.close()
    with pytest.raises(RecordTooLarge):
        await publisher.publish(topic, key=b"k", value=secrets.token_bytes(5000))
    await publisher.publish(topic, key=b"k", value=b"2")


async def test_a_check_of_a_topic_fails_while_it_is_missing(topic, publisher):
    await publisher.check(topic)
    with pytest.raises(BusUnavailable, match="UnknownTopic"):
        await publisher.check(f"missing-{secrets.token_hex(4)}")
    await publisher.check()


async def test_many_records_are_written_at_once_with_their_headers(publisher, topic, member):
    copies = [(b"k", str(number).encode()) for number in range(50)]
    await publisher.publish_many(topic, copies, headers={"content-type": b"text/plain"})
    consumer = member()
    await consumer.start()
    found = []

    async def all_read() -> bool:
        for records in await consumer.poll(seconds=0.2, limit=64):
            found.extend(records)
        return len(found) >= 50

    await until(all_read, 20, "50 records")
    assert [(record.key, record.value) for record in found] == copies
    assert {record.headers["content-type"] for record in found} == {b"text/plain"}


async def test_what_anybody_may_read_of_a_bus_that_does_not_do(publisher, topic):
    with pytest.raises(BusUnavailable) as missing:
        await publisher.check(f"{topic}-none")
    assert missing.value.public == "a topic is missing"
    away = KafkaPublisher(KafkaAccess(f"127.0.0.1:{free_port()}"), client_id="test", timeout=1)
    for call in (away.check(), away.publish_many(topic, [(b"k", b"v")], headers={})):
        with pytest.raises(BusUnavailable) as gone:
            await call
        assert gone.value.public in ("cannot be reached", "does not answer in time")
        assert "127.0.0.1" not in gone.value.public
    await away.aclose()


async def test_a_partition_that_waits_gives_nothing_while_the_other_goes_on(topic, publisher, member):
    consumer = member()
    await consumer.start()
    for number in range(8):  # on both partitions, whatever the hash
        await publisher.publish(topic, key=str(number).encode(), value=b"1")
    records: list[Record] = []

    async def both() -> bool:
        records.extend(record for batch in await consumer.poll(seconds=0.2, limit=16) for record in batch)
        return len(records) == 8

    await until(both, 20, "8 records")
    first = {record.place: record for record in reversed(records)}
    waiting, going = sorted(first)
    for record in first.values():
        consumer.rewind(record)
    for _ in range(2):  # as before each poll
        consumer.hold(False, [waiting])
    assert len(await read(consumer, sum(record.place == going for record in records))) < 8
    assert await consumer.poll(seconds=0.5, limit=16) == []
    consumer.hold(False, [going])
    [again] = await until(lambda: consumer.poll(seconds=0.2, limit=16), 20)
    assert (again[0].place, again[0].offset) == (waiting, first[waiting].offset)
    consumer.hold(True, [going])
    consumer.rewind(again[0])
    assert await consumer.poll(seconds=0.5, limit=16) == []


async def test_a_partition_that_another_member_has_can_be_told_to_wait(topic, member):
    consumer = member()
    await consumer.start()
    consumer.hold(False, [(topic, 7), ("of-another", 0)])
    assert await consumer.poll(seconds=0.2, limit=16) == []
