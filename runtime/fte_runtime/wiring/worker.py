"""The worker's adapters: what stands behind which port.

`Ports` is frozen and names each port, so a test can put another object, or a wrapped one, in the place
of any. What runs on them is `fte_runtime.wiring.roles`.
"""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass

from fte_agent.ports import Clock, DeliveryStore, OverdueStore, ReplySender, TakeoverStore
from fte_database.repositories.outbox import OutboxRelayStore
from fte_database.repositories.status import StatusStore
from fte_runtime.bus.base import Consumer, Publisher
from fte_runtime.bus.kafka import KafkaConsumer, KafkaPublisher
from fte_runtime.channels.base import Singleton
from fte_runtime.config import WorkerConfig, load_behaviour
from fte_runtime.employee import Employee
from fte_runtime.events import Topics
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.wiring import channels
from fte_runtime.wiring.database import open_database
from fte_runtime.worker.ingest import IngestStore
from fte_runtime.worker.invariants import InvariantStore
from fte_runtime.worker.relay import Outbox
from fte_runtime.worker.singletons import Locks
from fte_runtime.worker.statuses import Reader

SWEEP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the worker reaches the world through. ``events`` consumes the topics of channels with ``readers``."""

    tickets: IngestStore
    overdue: OverdueStore
    deliveries: DeliveryStore
    takeovers: TakeoverStore
    outbox: Outbox
    locks: Locks
    invariants: InvariantStore
    status: StatusStore
    employee: Employee
    senders: Mapping[str, ReplySender]
    readers: Mapping[str, Reader]
    singletons: tuple[Singleton, ...]
    publisher: Publisher
    consumer: Consumer
    events: Consumer
    clock: Clock
    metrics: WorkerMetrics


@asynccontextmanager
async def worker_ports(config: WorkerConfig) -> AsyncIterator[Ports]:
    """The worker's real adapters; nothing is dialled yet.

    Raises:
        ConfigError: a document or secret file is missing or wrong.
    """
    behaviour, client = load_behaviour(config.behaviour_file), f"fte-worker-{socket.gethostname()}"
    bootstrap = config.kafka.bootstrap_servers
    async with (
        open_database(config.database, "fte-worker") as database,
        aclosing(KafkaPublisher(bootstrap, client_id=client)) as publisher,
        AsyncExitStack() as resources,
    ):
        topics = Topics(config.kafka.topic_prefix)
        context = _context(config, behaviour, database, publisher, resources)
        yield Ports(
            tickets=_tickets(config, database),
            overdue=_tickets(config, database),
            deliveries=context.deliveries,
            takeovers=context.takeovers,
            outbox=OutboxRelayStore(database),
            locks=SingletonLock(database),
            invariants=InvariantStore(database),
            status=StatusStore(database),
            employee=await _employee(config, behaviour, database),
            senders=channels.senders(context, config.channels),
            readers=channels.readers(config.channels),
            singletons=channels.singletons(context, config.channels),
            publisher=publisher,
            consumer=KafkaConsumer(bootstrap, topics=[topics.incoming], group=topics.group, client_id=client),
            events=KafkaConsumer(
                bootstrap, topics=_event_topics(config, topics), group=topics.events_group, client_id=client
            ),
            clock=context.clock,
            metrics=WorkerMetrics(),
        )


@asynccontextmanager
async def invariant_store(config: WorkerConfig) -> AsyncIterator[InvariantStore]:
    """Only what ``--check-invariants`` asks; raises `ConfigError` without a database URL."""
    async with open_database(config.database, "fte-worker") as database:
        yield PostgresInvariantStore(database)
