"""A real broker with TLS, log-in and ACLs: every way in, every reason to be kept out, and what others may do."""

import asyncio
import functools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from certificates import Authority
from own_kafka import SecuredKafka, documented

from fte_operator.topics.base import AuthenticationFailed, Claim, TLSFailed, Unauthorized
from fte_operator.topics.confined import ConfinedTopics
from fte_runtime.bus.base import Bounds, Record
from fte_runtime.bus.kafka_consumer import KafkaConsumer
from fte_runtime.bus.kafka_eraser import KafkaEraser
from fte_runtime.bus.kafka_group import KafkaGroup
from fte_runtime.bus.kafka_publisher import KafkaPublisher
from fte_runtime.bus.kafka_reader import KafkaReader
from fte_runtime.errors import BusUnavailable, DeletionRefused
from fte_transport.access import KafkaAccess
from fte_transport.kafka import refusal

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]  # Kafka's own commands are a Java start each


@dataclass(frozen=True)
class Topic:
    name: str
    partitions: int = 1
    retention_ms: int = 3_600_000
    grow: bool = False


def _claim(prefix: str) -> Claim:
    return Claim(f"{prefix}.owner", f"{prefix}/helper")


WAYS: dict[str, Callable[[SecuredKafka], KafkaAccess]] = {
    "SCRAM-SHA-512": lambda kafka: kafka.scram(),
    "SCRAM-SHA-256": lambda kafka: replace(kafka.scram(), authentication="ScramSha256"),
    "SCRAM in the clear": lambda kafka: replace(kafka.scram(listener="CLEAR"), tls=False, ca=None),
    "PLAIN": lambda kafka: kafka.scram("porter"),
    "client certificate": lambda kafka: kafka.mtls(*kafka.authority.issue("courier")),
    "two CAs, one of them right": lambda kafka: kafka.scram(
        ca=Authority("older").certificate + kafka.authority.certificate
    ),
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_way_in(secured_kafka: SecuredKafka, granted: None, way: str) -> None:
    access = WAYS[way](secured_kafka)
    assert await refusal(access) is None
    if access.username == "shop":
        assert await ConfinedTopics(20).ensure(access, _claim("shop"), []) == {}
    else:  # let in, and without rights
        with pytest.raises(Unauthorized, match=r"nobody\.owner"):
            await ConfinedTopics(20).ensure(access, _claim("nobody"), [])


KEPT_OUT: dict[str, tuple[Callable[[SecuredKafka], KafkaAccess], str, str]] = {
    "another CA": (
        lambda kafka: kafka.scram(ca=Authority("kafka-ca").certificate),
        "TLSFailed",
        "presents a certificate that no trusted CA signed; kafka.tls.caSecretRef must hold the CA",
    ),
    "no private CA": (
        lambda kafka: replace(kafka.scram(), ca=None),
        "TLSFailed",
        "presents a certificate that no trusted CA signed",
    ),
    "expired": (
        lambda kafka: kafka.scram(listener="EXPIRED"),
        "TLSFailed",
        "presents a certificate that has expired; have it renewed",
    ),
    "another name": (
        lambda kafka: kafka.scram(host="localhost"),
        "TLSFailed",
        "presents a certificate for another host name; use a name that is in the certificate",
    ),
    "TLS at a port without": (
        lambda kafka: kafka.scram(listener="CLEAR"),
        "TLSFailed",
        "does not speak TLS at this port",
    ),
    "no client certificate": (
        lambda kafka: replace(kafka.scram(listener="MTLS"), authentication="None"),
        "TLSFailed",
        "refuses our certificate or wants one",
    ),
    "a stranger's client certificate": (
        lambda kafka: kafka.mtls(*Authority("stranger").issue("courier")),
        "TLSFailed",
        "refuses our certificate or wants one",
    ),
    "an expired client certificate": (
        lambda kafka: kafka.mtls(*kafka.authority.issue("courier", expired=True)),
        "TLSFailed",
        "refuses our certificate or wants one",
    ),
    "a wrong password": (
        lambda kafka: kafka.scram(password="guess"),
        "AuthenticationFailed",
        "refuses the log-in; check kafka.authentication",
    ),
    "an unknown user": (
        lambda kafka: replace(kafka.scram(), username="nobody"),
        "AuthenticationFailed",
        "refuses the log-in",
    ),
    "a wrong password by PLAIN": (
        lambda kafka: kafka.scram("porter", password="guess"),
        "AuthenticationFailed",
        "refuses the log-in",
    ),
    "no TLS at a port with": (
        lambda kafka: KafkaAccess(kafka.at("SCRAM")),
        "AuthenticationFailed",
        "ends the connection at once; we spoke PLAINTEXT",
    ),
    "no log-in": (
        lambda kafka: replace(kafka.scram(), authentication="None"),
        "AuthenticationFailed",
        "ends the connection at once; we spoke SSL",
    ),
    "garbage for a CA": (
        lambda kafka: kafka.scram(ca="change-me"),
        "TLSFailed",
        "kafka.tls.caSecretRef holds no certificates in PEM",
    ),
    "another's key": (
        lambda kafka: kafka.mtls(kafka.authority.issue("courier")[0], kafka.authority.issue("courier")[1]),
        "TLSFailed",
        "the client certificate is no chain in PEM with its own key",
    ),
}


@pytest.mark.parametrize("case", KEPT_OUT)
async def test_who_is_kept_out_is_told_why(secured_kafka: SecuredKafka, case: str) -> None:
    make, reason, says = KEPT_OUT[case]
    access = make(secured_kafka)
    refused = await refusal(access)
    assert refused is not None
    assert (refused.reason, says in str(refused)) == (reason, True), refused
    assert refused.public in str(refused) or "TLS setting" in refused.public
    for secret in (access.password, access.key, access.certificate):
        assert not secret or secret not in repr((refused, refused.public, access))


@pytest.mark.parametrize("case", ["another CA", "a wrong password", "no TLS at a port with", "garbage for a CA"])
async def test_operator_producer_consumer_reader_and_group_tell_the_same(
    secured_kafka: SecuredKafka, case: str
) -> None:
    make, reason, says = KEPT_OUT[case]
    access = make(secured_kafka)
    expected = {"TLSFailed": TLSFailed, "AuthenticationFailed": AuthenticationFailed}[reason]
    with pytest.raises(expected) as told:
        await ConfinedTopics(10).ensure(access, _claim("shop"), [Topic("shop.t")])
    assert says in str(told.value) and access.bootstrap_servers in str(told.value) and told.value.stalled

    async def read() -> None:
        async for _ in KafkaReader(access, client_id="test").records("shop.t"):
            pass

    publisher = KafkaPublisher(access, client_id="test")
    consumer = KafkaConsumer(access, topics=["shop.t"], group="shop.worker", client_id="test")
    group = KafkaGroup(access, topic="shop.t", group="shop.worker", client_id="test")
    write = functools.partial(publisher.publish, "shop.t", key=b"k", value=b"v")
    for attempt in (publisher.check, consumer.start, read, write, group.look):
        with pytest.raises(BusUnavailable, match=says.split(";")[0]) as failed:
            await attempt()
        assert access.bootstrap_servers not in failed.value.public


@pytest.fixture
async def topic(secured_kafka: SecuredKafka, granted: None) -> str:
    """A topic of shop's with one record, made with shop's own rights."""
    name = f"shop.{secrets.token_hex(4)}.tickets.incoming"
    await ConfinedTopics(20).ensure(secured_kafka.scram(), _claim("shop"), [Topic(name)])
    publisher = KafkaPublisher(secured_kafka.scram(), client_id="test")
    await _until(lambda: publisher.publish(name, key=b"k", value=b"for shop"))
    await publisher.aclose()
    return name


async def _until(act: Callable[[], Awaitable[None]]) -> None:
    """Brokers show a new topic, ACL or password a moment after they said that it is there."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await act()
            except BusUnavailable:
                await asyncio.sleep(0.1)


async def _read(access: KafkaAccess, topic: str, group: str) -> list[Record]:
    """What a member of a group gets; raises what it is refused with."""
    consumer = KafkaConsumer(access, topics=[topic], group=group, client_id="test")
    try:
        async with asyncio.timeout(30):
            await consumer.start()
            while not (batches := await consumer.poll(seconds=0.5, limit=10)):
                continue
            await consumer.commit(batches[0][-1])
            return [*batches[0]]
    finally:
        await consumer.stop()


@pytest.fixture
def worker_group(topic: str) -> str:
    return topic.replace("tickets.incoming", "worker")


async def test_the_documented_rights_are_enough_for_topics_and_messages(
    secured_kafka: SecuredKafka, topic: str, worker_group: str
) -> None:
    """For the record that says whose they are as well."""
    shop, claim = secured_kafka.scram(), _claim(topic.removesuffix(".tickets.incoming"))
    assert await ConfinedTopics(20).ensure(shop, claim, [Topic(topic, 3, 7_200_000, grow=True)]) == {topic: 3}
    assert [record.value for record in await _read(shop, topic, worker_group)] == [b"for shop"]
    reader = KafkaReader(shop, client_id="test")
    assert [record.value async for record in reader.records(topic)] == [b"for shop"]
    group = KafkaGroup(shop, topic=topic, group=worker_group, client_id="test")
    assert (await group.look()).partitions, "who asks how old the unread is"
    await group.aclose()


@pytest.fixture(params=["desk", "porter", "courier"])
def stranger(request: pytest.FixtureRequest, secured_kafka: SecuredKafka) -> Iterator[KafkaAccess]:
    """Who has rights under another prefix, or none at all."""
    if request.param == "courier":
        yield secured_kafka.mtls(*secured_kafka.authority.issue("courier"))
    else:
        yield secured_kafka.scram(request.param)


async def test_who_has_no_right_to_a_prefix_neither_reads_nor_writes_nor_changes_it(
    stranger: KafkaAccess, topic: str, worker_group: str
) -> None:
    for group in (worker_group, "desk.worker"):
        with pytest.raises(BusUnavailable, match="AuthorizationFailed") as refused:
            await _read(stranger, topic, group)
        assert refused.value.public in {"does not let us use a topic", "does not let us use our consumer group"}
    with pytest.raises(BusUnavailable, match="AuthorizationFailed"):
        [record async for record in KafkaReader(stranger, client_id="test").records(topic)]
    publisher = KafkaPublisher(stranger, client_id="test")
    try:
        for attempt in (lambda: publisher.publish(topic, key=b"k", value=b"v"), lambda: publisher.check(topic)):
            with pytest.raises(BusUnavailable) as refused:
                await attempt()
            assert refused.value.public in {"does not let us use a topic", "does not let us write"}
    finally:
        await publisher.aclose()
    with pytest.raises(Unauthorized, match="shop"):
        await ConfinedTopics(20).ensure(stranger, _claim("shop"), [Topic(topic, 9, 1000, grow=True)])


@pytest.fixture
async def publisher(secured_kafka: SecuredKafka, topic: str) -> AsyncIterator[KafkaPublisher]:
    made = KafkaPublisher(secured_kafka.scram("desk"), client_id="test")
    yield made
    await made.aclose()


async def test_a_password_is_changed_while_clients_run(
    secured_kafka: SecuredKafka, granted: None, publisher: KafkaPublisher
) -> None:
    """A connection outlives its password, so pods with the old one serve until the new ones are there."""
    topic = f"desk.{secrets.token_hex(4)}.tickets.incoming"
    old = secured_kafka.scram("desk")
    await ConfinedTopics(20).ensure(old, _claim("desk"), [Topic(topic)])
    await _until(lambda: publisher.publish(topic, key=b"k", value=b"before"))
    secured_kafka.set_password("desk", secrets.token_hex(12))
    await publisher.publish(topic, key=b"k", value=b"by the old connection")
    late = KafkaPublisher(old, client_id="test")
    await _until_refused(late)
    new = KafkaPublisher(secured_kafka.scram("desk"), client_id="test")
    await new.publish(topic, key=b"k", value=b"by the new password")
    await new.aclose()
    reader = KafkaReader(secured_kafka.scram("desk"), client_id="test")
    found = [record.value async for record in reader.records(topic)]
    assert found == [b"before", b"by the old connection", b"by the new password"]


async def _until_refused(publisher: KafkaPublisher) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await publisher.check()
            except BusUnavailable as error:
                assert error.public == "refuses the log-in"
                return
            await publisher.aclose()


def test_the_documented_quotas_are_taken(secured_kafka: SecuredKafka) -> None:
    commands = documented("kafka.md", "Quotas", USER="shop")
    assert commands
    for command in commands:
        secured_kafka.run(command)
    look = "--describe --entity-type users --entity-name shop"
    said = secured_kafka.run(f"kafka-configs.sh --bootstrap-server BROKER --command-config - {look}")
    assert "consumer_byte_rate" in said and "controller_mutation_rate" in said


async def test_with_the_documented_rights_records_are_deleted_and_without_one_of_them_that_is_told(
    secured_kafka: SecuredKafka, granted: None
) -> None:
    topic, access = f"shop.erased-{secrets.token_hex(4)}", secured_kafka.scram()
    await ConfinedTopics(20).ensure(access, _claim("shop"), [Topic(topic)])
    publisher, eraser = KafkaPublisher(access, client_id="test"), KafkaEraser(access, client_id="test")
    for value in (b"1", b"2", b"3"):
        await publisher.publish(topic, key=b"k", value=value)
    await publisher.aclose()
    assert await eraser.retention([topic]) == {topic: 3_600_000}
    await eraser.delete_before({(topic, 0): 2})
    assert await eraser.bounds([topic]) == {(topic, 0): Bounds(2, 3)}
    assert await eraser.bounds(["shop.is-not-there"]) == {}
    stranger = KafkaEraser(secured_kafka.scram("desk"), client_id="test")
    with pytest.raises(DeletionRefused, match="TopicAuthorizationFailed"):
        await _until(lambda: stranger.delete_before({(topic, 0): 3}))
    assert await eraser.bounds([topic]) == {(topic, 0): Bounds(2, 3)}
