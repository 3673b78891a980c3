"""The worker's adapters: what stands behind which port."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import timedelta

from fte_agent.composition import build_turn_ports
from fte_agent.domain.behaviour import Behaviour
from fte_database.pool import Database
from fte_database.repositories.customers import PostgresCustomerStore
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.handover import PostgresTakeoverStore
from fte_database.repositories.health import ChannelHealthStore
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.knowledge import PostgresKnowledgeBase
from fte_database.repositories.outbox import OutboxRelayStore
from fte_database.repositories.status import StatusStore
from fte_database.repositories.tickets import ChannelPolicy, PostgresTicketStore
from fte_database.singleton import SingletonLock
from fte_runtime.audit import AuditTrail
from fte_runtime.bus.base import Consumer
from fte_runtime.bus.kafka import KafkaConsumer, KafkaPublisher
from fte_runtime.channels.base import WorkerContext
from fte_runtime.clock import SystemClock
from fte_runtime.config import WorkerConfig, load_behaviour
from fte_runtime.employee import Employee, TurnRunner, read_rules
from fte_runtime.events import Topics
from fte_runtime.inbound_publisher import BusInboundPublisher
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.wiring import channels
from fte_runtime.wiring.database import open_database
from fte_runtime.wiring.ports import SWEEP_SECONDS, Ports
from fte_runtime.worker.health import ChannelHealth
from fte_runtime.worker.invariants import InvariantStore

PROGRAM = "fte-worker"


@asynccontextmanager
async def worker_ports(config: WorkerConfig) -> AsyncIterator[Ports]:
    """The worker's real adapters; nothing is dialled yet.

    Raises:
        ConfigError: a document or secret file is missing or wrong.
    """
    behaviour, topics = load_behaviour(config.behaviour_file), Topics(config.kafka.topic_prefix)
    metrics, client = WorkerMetrics(), f"{PROGRAM}-{socket.gethostname()}"
    async with AsyncExitStack() as resources:
        database = await resources.enter_async_context(open_database(config.database, PROGRAM))
        publisher = await resources.enter_async_context(
            aclosing(KafkaPublisher(config.kafka.bootstrap_servers, client_id=client))
        )
        audit = AuditTrail(publisher, metrics.inbound)
        resources.push_async_callback(audit.drain)
        tickets = _tickets(config, database)
        context = WorkerContext(
            clock=SystemClock(),
            public_url=config.public_url,
            company_name=behaviour.company.name,
            publisher=BusInboundPublisher(topics=topics, publisher=publisher, audit=audit, metrics=metrics.inbound),
            deliveries=PostgresDeliveryStore(
                database,
                topic_prefix=topics.prefix,
                lease_seconds=config.lease_seconds,
                http_seconds=config.send_seconds,
                lookup_seconds=config.lookup_seconds,
            ),
            takeovers=PostgresTakeoverStore(database, topic_prefix=topics.prefix),
            report=ChannelHealth(ChannelHealthStore(database)).report,
            resources=resources,
        )
        yield Ports(
            tickets=tickets,
            overdue=tickets,
            deliveries=context.deliveries,
            takeovers=context.takeovers,
            outbox=OutboxRelayStore(database),
            locks=SingletonLock(database),
            invariants=PostgresInvariantStore(
                database, answer_deadline=timedelta(seconds=config.answer_deadline_seconds)
            ),
            status=StatusStore(database),
            employee=await _employee(config, behaviour, database),
            senders=channels.senders(context, config.channels),
            readers=channels.readers(config.channels),
            singletons=channels.singletons(context, config.channels),
            publisher=publisher,
            consumer=KafkaConsumer(
                config.kafka.bootstrap_servers, topics=[topics.incoming], group=topics.group, client_id=client
            ),
            events=_events(config, topics, client),
            clock=context.clock,
            metrics=metrics,
        )


@asynccontextmanager
async def invariant_store(config: WorkerConfig) -> AsyncIterator[InvariantStore]:
    """Only what ``--check-invariants`` asks; raises `ConfigError` without a database URL."""
    async with open_database(config.database, PROGRAM) as database:
        yield _invariants(config, database)


def _invariants(config: WorkerConfig, database: Database) -> PostgresInvariantStore:
    return PostgresInvariantStore(database, answer_deadline=timedelta(seconds=config.answer_deadline_seconds))


def _tickets(config: WorkerConfig, database: Database) -> PostgresTicketStore:
    policies = {c.name: ChannelPolicy(quiet_seconds=c.quiet, max_chars=c.reply_chars) for c in config.channels}
    return PostgresTicketStore(
        database,
        topic_prefix=config.kafka.topic_prefix,
        channels=policies,
        lease_seconds=config.lease_seconds,
        sweep_seconds=SWEEP_SECONDS,
    )


async def _employee(config: WorkerConfig, behaviour: Behaviour, database: Database) -> Employee:
    ports = await build_turn_ports(
        behaviour,
        read_rules(config.escalation_rules),
        knowledge=PostgresKnowledgeBase(database),
        customers=PostgresCustomerStore(database),
        clock=SystemClock(),
    )
    return TurnRunner(behaviour.revision, ports)


def _events(config: WorkerConfig, topics: Topics, client: str) -> Consumer | None:
    """Of the topics of the kinds whose provider reports what became of a part."""
    read = channels.readers(config.channels)
    names = sorted({topics.audit(channel.kind) for channel in config.channels if channel.name in read})
    if not names:
        return None
    return KafkaConsumer(config.kafka.bootstrap_servers, topics=names, group=topics.events_group, client_id=client)
