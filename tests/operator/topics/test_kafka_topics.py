import asyncio
from dataclasses import dataclass
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from fte_operator.topics.base import KafkaUnreachable
from fte_operator.topics.kafka import KafkaTopics


@dataclass(frozen=True)
class Topic:
    name: str
    partitions: int = 1
    retention_ms: int = 3_600_000
    grow: bool = False


@pytest.fixture
async def topics():
    topics = KafkaTopics(10)
    yield topics
    await topics.close()


@pytest.fixture
async def admin(kafka_bootstrap):
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    yield admin
    await admin.close()


@pytest.fixture
async def name(admin):
    name = f"topics-{uuid4().hex[:8]}"
    yield name
    await admin.delete_topics([name])


async def settings(admin, name):
    [response] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    return {entry[0]: entry[1] for entry in response.resources[0][4]}


async def until_counted(admin, name, partitions):
    """A broker shows a change only once it has read the controller's log."""
    async with asyncio.timeout(10):
        while True:
            [topic] = await admin.describe_topics([name])
            if len(topic["partitions"]) == partitions:
                return
            await asyncio.sleep(0.01)


async def until_set(admin, name, expected):
    async with asyncio.timeout(10):
        while True:
            if expected.items() <= (await settings(admin, name)).items():
                return
            await asyncio.sleep(0.01)


@pytest.mark.kafka
async def test_a_missing_topic_is_created(topics, kafka_bootstrap, admin, name):
    assert await topics.ensure(kafka_bootstrap, [Topic(name, 3)]) == {name: 3}
    await until_counted(admin, name, 3)
    assert (await settings(admin, name))["retention.ms"] == "3600000"


@pytest.mark.kafka
async def test_what_is_there_stays_as_it_is(topics, kafka_bootstrap, admin, name):
    await topics.ensure(kafka_bootstrap, [Topic(name, 3)])
    await until_counted(admin, name, 3)
    assert await topics.ensure(kafka_bootstrap, [Topic(name, 3)]) == {name: 3}
    assert await topics.ensure(kafka_bootstrap, [Topic(name, 2, grow=True)]) == {name: 3}
    await until_counted(admin, name, 3)


@pytest.mark.kafka
async def test_partitions_grow_only_when_asked_for(topics, kafka_bootstrap, admin, name):
    await topics.ensure(kafka_bootstrap, [Topic(name, 2)])
    await until_counted(admin, name, 2)
    assert await topics.ensure(kafka_bootstrap, [Topic(name, 4)]) == {name: 2}
    assert await topics.ensure(kafka_bootstrap, [Topic(name, 4, grow=True)]) == {name: 4}
    await until_counted(admin, name, 4)


@pytest.mark.kafka
async def test_drifted_retention_is_repaired_and_other_settings_are_kept(topics, kafka_bootstrap, admin, name):
    await topics.ensure(kafka_bootstrap, [Topic(name)])
    await until_counted(admin, name, 1)
    drift = {"retention.ms": "1000", "max.message.bytes": "4194304"}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, drift)])
    await until_set(admin, name, drift)
    await topics.ensure(kafka_bootstrap, [Topic(name)])
    await until_set(admin, name, drift | {"retention.ms": "3600000"})


async def test_no_broker_is_named_in_the_error():
    topics = KafkaTopics(2)
    with pytest.raises(KafkaUnreachable, match=r"127\.0\.0\.1:1 cannot be reached"):
        await topics.ensure("127.0.0.1:1", [Topic("t")])


@pytest.mark.kafka
async def test_one_dead_address_does_not_keep_another_waiting(topics, kafka_bootstrap, name):
    with pytest.raises(KafkaUnreachable):
        await topics.ensure("127.0.0.1:1", [Topic(name)])
    assert await topics.ensure(kafka_bootstrap, [Topic(name)]) == {name: 1}


async def test_dead_brokers_are_not_asked_again_at_once_but_later(monkeypatch):
    topics, asked = KafkaTopics(0.2), []

    async def connected(servers):
        asked.append(servers)
        raise OSError("refused")

    monkeypatch.setattr(topics, "_connected", connected)
    for _ in range(2):
        with pytest.raises(KafkaUnreachable, match="refused"):
            await topics.ensure("127.0.0.1:1", [Topic("t")])
    assert len(asked) == 1
    async with asyncio.timeout(10):
        while len(asked) == 1:
            with pytest.raises(KafkaUnreachable):
                await topics.ensure("127.0.0.1:1", [Topic("t")])
            await asyncio.sleep(0.01)


async def test_an_address_that_is_none_is_said(monkeypatch):
    with pytest.raises(KafkaUnreachable, match="nonsense"):
        await KafkaTopics(2).ensure("nonsense:port", [Topic("t")])
