"""The API's composition. It starts while Kafka and PostgreSQL are away."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace

from starlette.types import ASGIApp

from fte_database.pool import Database
from fte_database.repositories.health import ChannelHealthStore, Marks, WorkerHealthStore
from fte_database.repositories.status import StatusStore
from fte_runtime.answering import Answering
from fte_runtime.api.app import create_app
from fte_runtime.bus.base import Publisher
from fte_runtime.bus.kafka_group import KafkaGroup
from fte_runtime.bus.kafka_publisher import KafkaPublisher
from fte_runtime.channels.base import ApiContext
from fte_runtime.clock import SystemClock
from fte_runtime.config import ApiConfig
from fte_runtime.errors import BusUnavailable
from fte_runtime.events import Topics
from fte_runtime.health import Health
from fte_runtime.inbound_publisher import BusInboundPublisher
from fte_runtime.metrics import ApiMetrics
from fte_runtime.tokens import load_tokens
from fte_runtime.wiring.database import API, open_database
from fte_runtime.wiring.kafka import kafka_access
from fte_runtime.wiring.management import open_management
from fte_runtime.wiring.privacy import erasing

logger = logging.getLogger(__name__)

RECONNECT_SECONDS = 2.0
LINGER_SECONDS = 0.005
"""Nobody notices 5 ms before an answer that takes seconds; requests that come together share one write."""


@dataclass(frozen=True, slots=True)
class Apps:
    """What the process serves: the public application, and for the inner port its health and the text of its counts."""

    public: ASGIApp
    health: Health
    render: Callable[[], Awaitable[bytes]]


@asynccontextmanager
async def api_apps(config: ApiConfig) -> AsyncIterator[Apps]:
    """The applications on their real adapters, connecting in the background.

    Raises:
        ConfigError: a secret file is missing, empty or wrong.
    """
    client = f"fte-api-{socket.gethostname()}"
    tokens = load_tokens(config.runtime_secrets)
    async with (
        open_database(config.database, API) as database,
        aclosing(KafkaPublisher(kafka_access(config.kafka), client_id=client, linger=LINGER_SECONDS)) as publisher,
        aclosing(_group(config, f"{client}-group")) as group,
        aclosing(_answering(database, group)) as answering,
        AsyncExitStack() as resources,
    ):
        management = None
        if config.management is not None:
            erases = erasing(config, database, publisher)
            management = await open_management(config.management, database, erases, resources)
        topics, metrics = Topics(config.kafka.topic_prefix), ApiMetrics()
        context = ApiContext(
            clock=SystemClock(),
            topic_prefix=config.kafka.topic_prefix,
            public_url=config.public_url.rstrip("/") if config.public_url else None,
            publisher=BusInboundPublisher(topics=topics, publisher=publisher, metrics=metrics.inbound),
            tokens=tokens,
            tickets=StatusStore(database),
            metrics=metrics,
            trusted_proxy_hops=config.trusted_proxy_hops,
            kinds=frozenset(channel.kind for channel in config.channels),
        )

        async def render() -> bytes:
            return metrics.render()

        health = _health(config, publisher, database, answering)
        public = create_app(context, config.channels, health, management)
        connecting = asyncio.create_task(_connect(publisher))
        try:
            yield Apps(public, health, render)
        finally:
            await health.aclose()
            connecting.cancel()
            with suppress(asyncio.CancelledError):
                await connecting


def _group(config: ApiConfig, client: str) -> KafkaGroup:
    topics = Topics(config.kafka.topic_prefix)
    return KafkaGroup(kafka_access(config.kafka), topic=topics.incoming, group=topics.group, client_id=client)


def _answering(database: Database, group: KafkaGroup) -> Answering:
    return Answering(
        workers=WorkerHealthStore(database).read,
        unanswered=StatusStore(database).oldest_unanswered,
        group=group,
        clock=SystemClock(),
    )


def _health(config: ApiConfig, publisher: Publisher, database: Database, answering: Answering) -> Health:
    topics = Topics(config.kafka.topic_prefix)
    names = topics.used(channel.kind for channel in config.channels)

    async def lacking() -> dict[str, str]:
        found = await publisher.lacking(names)
        return {topic.removeprefix(topics.named("")): fault for topic, fault in found.items()}

    async def marks() -> dict[str, Marks]:
        """A paused channel is not read: how long ago it was is no news."""
        found = await ChannelHealthStore(database).marks()
        paused = [channel.name for channel in config.channels if channel.paused and channel.name in found]
        return found | {name: replace(found[name], read_at=None, read_age=None) for name in paused}

    return Health(
        employee=config.database.owner,
        kafka=publisher.check,
        topics=lacking,
        database=database.ping,
        writes=database.probe_write,
        answering=answering,
        channels=[channel.name for channel in config.channels],
        seen=StatusStore(database).last_inbound,
        parts=ChannelHealthStore(database).read,
        marks=marks,
        clock=SystemClock(),
    )


async def _connect(publisher: Publisher) -> None:
    """Be connected before the first customer comes, whenever the bus does."""
    while True:
        try:
            await publisher.check()
        except BusUnavailable as error:
            logger.warning("bus not reached", extra={"error": str(error)})
            await asyncio.sleep(RECONNECT_SECONDS)
        else:
            return
