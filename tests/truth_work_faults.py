"""What may become of the brokers, the topics, and the pods that read them."""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from truth_fault import fault
from truth_world import World

UNAVAILABLE = "MinimumReplicasUnavailable"


@fault("Kafka stopped", "KafkaUnreachable")
async def _kafka_stopped(world: World) -> AsyncIterator[None]:
    await world.services.stop("kafka")
    yield
    await world.services.start("kafka")


@fault("Kafka frozen", "KafkaUnreachable")
async def _kafka_frozen(world: World) -> AsyncIterator[None]:
    with world.services.frozen("kafka"):
        yield


@asynccontextmanager
async def admin(world: World) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=world.outside)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


def topic_fault(name: str) -> None:
    """A topic is deleted; the operator makes it again by itself."""

    async def broken(world: World) -> AsyncIterator[None]:
        async with admin(world) as client:
            await client.delete_topics([f"{world.prefix}.{name}"])
        yield

    async def mended(world: World) -> bool:
        async with admin(world) as client:
            return f"{world.prefix}.{name}" in await client.list_topics()

    said = f"topic {name} deleted (the operator makes it again)"
    fault(said, "TopicUnusable", "PartitionsUnread", mended=mended)(broken)


for each in ("tickets.incoming", "escalations", "dlq", "channels.webform.inbound"):
    topic_fault(each)


@fault("a stranger reads the workers' partitions", "PartitionsUnread", "MessagesUnread")
async def _stranger(world: World) -> AsyncIterator[None]:
    async with strangers(world):
        for _ in range(6):
            await world.submit()
        yield


@asynccontextmanager
async def strangers(world: World) -> AsyncIterator[None]:
    """Members of the workers' group that take partitions and read nothing."""
    topic, group = f"{world.prefix}.tickets.incoming", f"{world.prefix}.worker"
    members = [
        AIOKafkaConsumer(topic, bootstrap_servers=world.outside, group_id=group, enable_auto_commit=False)
        for _ in range(2)
    ]
    for member in members:
        await member.start()
    for member in members:
        member.pause(*member.assignment())
    try:
        yield
    finally:
        for member in members:
            await member.stop()


def pod_fault(name: str, component: str, *reasons: str) -> None:
    """A component's processes are frozen, which their probes notice."""

    async def broken(world: World) -> AsyncIterator[None]:
        assert world.pods is not None
        world.pods.send(component, signal.SIGSTOP)
        yield
        world.pods.send(component, signal.SIGCONT)
        await world.ready_pods(component)

    fault(name, *reasons, bare=True)(broken)


def crash_fault(name: str, component: str, *reasons: str) -> None:
    """A component's processes end and do not come back."""

    async def broken(world: World) -> AsyncIterator[None]:
        assert world.pods is not None
        world.pods.held.add(component)
        yield
        world.pods.held.discard(component)
        await world.ready_pods(component)

    fault(name, *reasons, bare=True)(broken)


pod_fault("API frozen", "api", UNAVAILABLE)
pod_fault("workers frozen", "message-processor", UNAVAILABLE, "WorkersSilent", "PartitionsUnread")
crash_fault("API crashes", "api", UNAVAILABLE)
crash_fault("workers crash", "message-processor", UNAVAILABLE, "WorkersSilent")
