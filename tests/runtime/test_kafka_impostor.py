"""A broker that fails its side of the log-in: every adapter tells it as unusable, and none dies of it."""

import functools
import hashlib

import pytest
from hostile_brokers import listening
from scram_brokers import FAULTS, ScramBroker

from fte_operator.topics.base import AuthenticationFailed, Claim
from fte_operator.topics.kafka import ensure
from fte_runtime.bus.kafka_consumer import KafkaConsumer
from fte_runtime.bus.kafka_group import KafkaGroup
from fte_runtime.bus.kafka_publisher import KafkaPublisher
from fte_runtime.bus.kafka_reader import KafkaReader
from fte_runtime.errors import BusUnavailable
from fte_transport.access import KafkaAccess
from fte_transport.connection import MOST_ITERATIONS

pytestmark = pytest.mark.slow

IMPOSTOR = "does not prove that it knows our password"


def access_to(servers):
    return KafkaAccess(servers, authentication="ScramSha512", username="shop", password="canary")


def attempts(access):
    """Every way in which the data plane uses Kafka."""

    async def read():
        async for _ in KafkaReader(access, client_id="t").records("t"):
            raise AssertionError("there is no record")

    publisher = KafkaPublisher(access, client_id="t")
    return (
        KafkaConsumer(access, topics=["t"], group="g", client_id="t").start,
        functools.partial(publisher.publish, "t", key=b"k", value=b"v"),
        functools.partial(publisher.publish_many, "t", [(b"k", b"v")], headers={}),
        publisher.check,
        functools.partial(publisher.lacking, ["t"]),
        read,
        KafkaGroup(access, topic="t", group="g", client_id="t").look,
    )


async def told(broker, says):
    """What everybody is told of it, which is the same."""
    async with listening(broker.serve) as servers:
        for attempt in attempts(access_to(servers)):
            with pytest.raises(BusUnavailable, match=says) as failed:
                await attempt()
            assert says in failed.value.public
            assert "canary" not in str(failed.value)
        with pytest.raises(AuthenticationFailed, match=says):
            await ensure(access_to(servers), Claim("t.owner", "n/o"), [], 5)


@pytest.mark.parametrize("fault", FAULTS)
async def test_who_does_not_prove_itself_is_told_as_an_impostor(fault):
    await told(ScramBroker(**FAULTS[fault]), IMPOSTOR)


async def test_versions_upside_down_are_a_broker_that_cannot_be_reached():
    async with listening(ScramBroker(versions=((3, 9, 1),)).serve) as servers:
        for attempt in attempts(access_to(servers)):
            with pytest.raises(BusUnavailable) as failed:
                await attempt()
            assert failed.value.public == "cannot be reached"


async def test_an_impostor_that_takes_a_broker_s_place_later_on_ends_nothing_either():
    broker = ScramBroker(honest=99)
    async with listening(broker.serve) as servers:
        publisher = KafkaPublisher(access_to(servers), client_id="t")
        await publisher.check()
        broker.honest = 0
        broker.drop()
        with pytest.raises(BusUnavailable, match=IMPOSTOR):
            await publisher.check()
        with pytest.raises(BusUnavailable):
            await publisher.publish("t", key=b"k", value=b"v")
        broker.honest = 999
        await publisher.check()
        await publisher.aclose()


async def test_who_asks_for_endless_work_gets_none_of_it(monkeypatch):
    """Before it proved anything, and in a thread that nothing can end."""
    asked = []

    def counted(name, password, salt, iterations):
        asked.append(iterations)
        return hashlib.scrypt(password, salt=salt, n=2, r=1, p=1)

    monkeypatch.setattr("aiokafka.conn.hashlib.pbkdf2_hmac", counted)
    first = "r={nonce}xyz,s={salt},i=%d"
    await told(ScramBroker(first=first % 2_000_000_000), f"asks for more than {MOST_ITERATIONS} iterations")
    assert asked == []
    await told(ScramBroker(first=first % MOST_ITERATIONS), IMPOSTOR)
    assert set(asked) == {MOST_ITERATIONS}
