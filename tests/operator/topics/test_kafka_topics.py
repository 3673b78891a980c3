import asyncio
from dataclasses import dataclass
from types import SimpleNamespace
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaConnectionError

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
    with pytest.raises(KafkaUnreachable, match=r"^no broker of 127\.0\.0\.1:1 answered within 2 s"):
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
        with pytest.raises(KafkaUnreachable, match="no broker"):
            await topics.ensure("127.0.0.1:1", [Topic("t")])
    assert len(asked) == 1
    async with asyncio.timeout(10):
        while len(asked) == 1:
            with pytest.raises(KafkaUnreachable):
                await topics.ensure("127.0.0.1:1", [Topic("t")])
            await asyncio.sleep(0.01)


async def test_an_address_that_is_none_is_said():
    with pytest.raises(KafkaUnreachable, match=r"nonsense:port.*HOST:PORT"):
        await KafkaTopics(2).ensure("nonsense:port", [Topic("t")])


async def test_silent_and_refusing_brokers_make_one_text_that_does_not_change(monkeypatch):
    """The text is a condition's message: another one at every try would be a write at every try."""
    topics, texts = KafkaTopics(0.1), set()
    failures = iter([OSError(111, "refused"), KafkaConnectionError("<b repr>, <a repr>"), TimeoutError()])

    async def connected(servers):
        raise next(failures)

    monkeypatch.setattr(topics, "_connected", connected)
    for _ in range(3):
        with pytest.raises(KafkaUnreachable) as unreachable:
            await topics.ensure("a:1,b:1", [Topic("t")])
        texts.add(str(unreachable.value))
        topics._failures.clear()
    assert texts == {
        "no broker of a:1,b:1 answered within 0.1 s; check spec.kafka.bootstrapServers and that the brokers run"
    }


class Client:
    """A connection that is slow to tell what topics there are, and shows whether it was dropped."""

    def __init__(self, seconds):
        self.seconds, self.closed = seconds, False

    async def describe_topics(self, names):
        await asyncio.sleep(self.seconds)
        return [{"topic": name, "error_code": 0, "partitions": [0]} for name in names]

    async def describe_configs(self, resources):
        entry = ("retention.ms", "3600000", False, 1)
        return [SimpleNamespace(resources=[(0, "", 2, each.name, [entry]) for each in resources])]

    async def close(self):
        self.closed = True


async def test_waiting_for_another_ensure_is_no_part_of_the_deadline():
    """Nor does one who waits take the connection from the one who has it."""
    topics, client = KafkaTopics(1), Client(0.6)
    topics._clients["a:1"] = client
    every = await asyncio.gather(*(topics.ensure("a:1", [Topic("t")]) for _ in range(2)))
    assert every == [{"t": 1}] * 2
    assert not client.closed


async def test_a_connection_without_an_answer_is_not_used_again():
    topics, client = KafkaTopics(0.05), Client(60)
    topics._clients["a:1"] = client
    with pytest.raises(KafkaUnreachable):
        await topics.ensure("a:1", [Topic("t")])
    assert client.closed and topics._clients == {}


async def test_a_connection_cut_short_is_not_used_again(monkeypatch):
    """A reconcile that ran out of time must not leave a half-started client behind."""
    topics, begun = KafkaTopics(10), asyncio.Event()

    async def start(_):
        begun.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(AIOKafkaAdminClient, "start", start)
    task = asyncio.create_task(topics.ensure("127.0.0.1:1", [Topic("t")]))
    await begun.wait()
    task.cancel()
    await asyncio.wait([task])
    assert topics._clients == {}
