"""The worker's adapters: what stands behind which port."""

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from fte_agent.composition import ChosenEmbedder, ChosenModel, ModelAccess, build_model, build_turn_ports
from fte_agent.domain.behaviour import Behaviour
from fte_database.pool import Database
from fte_database.repositories.cursors import ChannelCursorStore
from fte_database.repositories.customers import PostgresCustomerStore
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.health import ChannelHealthStore, WorkerHealthStore
from fte_database.repositories.invariants import PostgresInvariantStore
from fte_database.repositories.knowledge import PostgresKnowledgeBase
from fte_database.repositories.outbox import OutboxRelayStore
from fte_database.repositories.status import StatusStore
from fte_database.repositories.takeover import PostgresTakeoverStore
from fte_database.repositories.tickets import ChannelPolicy, CopyPolicy, PostgresTicketStore
from fte_database.sessions import SilentSessions
from fte_database.singleton import SingletonLock
from fte_runtime.behaviour import load_behaviour
from fte_runtime.bus.base import Consumer
from fte_runtime.bus.kafka_consumer import KafkaConsumer
from fte_runtime.bus.kafka_publisher import KafkaPublisher
from fte_runtime.channels.base import WorkerContext
from fte_runtime.clock import SystemClock
from fte_runtime.config import ConfigError, WorkerConfig, read_secret
from fte_runtime.employee import Employee, TurnRunner, read_rules
from fte_runtime.events import Topics
from fte_runtime.inbound_publisher import BusInboundPublisher
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.wiring import channels
from fte_runtime.wiring.budget import accounts_of
from fte_runtime.wiring.database import API, open_database
from fte_runtime.wiring.embedder import open_searching
from fte_runtime.wiring.kafka import kafka_access
from fte_runtime.wiring.ports import SWEEP_SECONDS, Ports
from fte_runtime.worker.audit import AuditTrail
from fte_runtime.worker.health import ChannelHealth
from fte_runtime.worker.invariants import InvariantStore
from fte_runtime.worker.model import ModelHealth, ModelWatch, WatchedModel

PROGRAM = "fte-worker"


@asynccontextmanager
async def worker_ports(config: WorkerConfig) -> AsyncIterator[Ports]:
    """The worker's real adapters; nothing is dialled yet.

    Raises:
        ConfigError: a document or secret file is missing or wrong.
    """
    behaviour = load_behaviour(config.behaviour_file)
    topics, metrics = Topics(config.kafka.topic_prefix), WorkerMetrics()
    async with AsyncExitStack() as resources:
        chosen, watch = await _model(config, behaviour, resources)
        searching, embedder_watch = await open_searching(config, behaviour, resources)
        database = await resources.enter_async_context(open_database(config.database, PROGRAM))
        accounts, budget = accounts_of(config, behaviour, database)
        publisher = await resources.enter_async_context(_publisher(config, _client()))
        tickets = _tickets(config, database, channels.copy_policy(behaviour.company, config.channels, metrics))
        context = _context(config, behaviour, database, metrics=metrics, publisher=publisher, resources=resources)
        yield Ports(
            tickets=tickets,
            overdue=tickets,
            deliveries=context.deliveries,
            takeovers=context.takeovers,
            cursors=context.cursors,
            outbox=OutboxRelayStore(database),
            locks=SingletonLock(database),
            invariants=_invariants(config, database),
            reports=WorkerHealthStore(database),
            sessions=SilentSessions(database, (PROGRAM, API)),
            status=StatusStore(database),
            employee=await _employee(config, behaviour, chosen, searching, database),
            senders=channels.senders(context, config.channels),
            readers=channels.readers(config.channels),
            singletons=channels.singletons(context, config.channels),
            publisher=publisher,
            audit=await resources.enter_async_context(_audit(config, metrics)),
            consumer=_consumer(config, [topics.incoming], topics.group),
            events=_events(config, topics),
            clock=context.clock,
            metrics=metrics,
            model=watch,
            accounts=accounts,
            budget=budget,
            embedder=embedder_watch,
        )


def _context(
    config: WorkerConfig,
    behaviour: Behaviour,
    database: Database,
    *,
    metrics: WorkerMetrics,
    publisher: KafkaPublisher,
    resources: AsyncExitStack,
) -> WorkerContext:
    """What the channels' plug-ins reach the world through."""
    topics = Topics(config.kafka.topic_prefix)
    return WorkerContext(
        clock=SystemClock(),
        public_url=config.public_url,
        company_name=behaviour.company.name,
        publisher=BusInboundPublisher(topics=topics, publisher=publisher, metrics=metrics.inbound),
        deliveries=_deliveries(config, database),
        takeovers=PostgresTakeoverStore(database, topic_prefix=topics.prefix),
        cursors=ChannelCursorStore(database),
        report=ChannelHealth(ChannelHealthStore(database)).report,
        resources=resources,
        sync_metrics=metrics.sync,
    )


@asynccontextmanager
async def invariant_store(config: WorkerConfig) -> AsyncIterator[InvariantStore]:
    """Only what ``--check-invariants`` asks; raises `ConfigError` without a database URL."""
    async with open_database(config.database, PROGRAM) as database:
        yield _invariants(config, database)


def _invariants(config: WorkerConfig, database: Database) -> PostgresInvariantStore:
    return PostgresInvariantStore(database, answer_deadline=timedelta(seconds=config.answer_deadline_seconds))


def _client() -> str:
    return f"{PROGRAM}-{socket.gethostname()}"


def _publisher(config: WorkerConfig, client: str) -> AbstractAsyncContextManager[KafkaPublisher]:
    return aclosing(KafkaPublisher(kafka_access(config.kafka), client_id=client))


@asynccontextmanager
async def _audit(config: WorkerConfig, metrics: WorkerMetrics) -> AsyncIterator[AuditTrail]:
    """With a producer of its own: what breaks one, such as a missing topic, leaves the other alone."""
    async with _publisher(config, f"{_client()}-audit") as aside:
        trail = AuditTrail(aside, metrics)
        try:
            yield trail
        finally:
            await trail.drain()


def _consumer(config: WorkerConfig, topics: Sequence[str], group: str) -> KafkaConsumer:
    return KafkaConsumer(kafka_access(config.kafka), topics=topics, group=group, client_id=_client())


def _deliveries(config: WorkerConfig, database: Database) -> PostgresDeliveryStore:
    return PostgresDeliveryStore(
        database,
        topic_prefix=config.kafka.topic_prefix,
        lease_seconds=config.lease_seconds,
        http_seconds=config.send_seconds,
        lookup_seconds=config.lookup_seconds,
        fees=config.fees,
    )


def _tickets(config: WorkerConfig, database: Database, copies: CopyPolicy) -> PostgresTicketStore:
    policies = {c.name: ChannelPolicy(quiet_seconds=c.quiet, max_chars=c.reply_chars) for c in config.channels}
    return PostgresTicketStore(
        database,
        topic_prefix=config.kafka.topic_prefix,
        channels=policies,
        lease_seconds=config.lease_seconds,
        sweep_seconds=SWEEP_SECONDS,
        copies=copies,
    )


async def _model(
    config: WorkerConfig, behaviour: Behaviour, resources: AsyncExitStack
) -> tuple[ChosenModel, ModelWatch | None]:
    """The behaviour's model, and who watches it if it is hosted."""
    access = None
    if config.model is not None and behaviour.endpoint is not None:
        if config.model.base_url != behaviour.endpoint.base_url:
            raise ConfigError(f"{config.behaviour_file}: the key is for another address than model.endpoint.base_url")
        access = ModelAccess(read_secret(config.model.api_key_file).strip(), config.model.request_timeout_seconds)
    try:
        chosen = await resources.enter_async_context(build_model(behaviour, access))
    except ValueError as error:
        raise ConfigError(f"{config.behaviour_file}: {error}") from None
    if chosen.check is None:
        return chosen, None
    health = ModelHealth(SystemClock())
    return replace(chosen, model=WatchedModel(chosen.model, health)), ModelWatch(health, chosen.check)


async def _employee(
    config: WorkerConfig, behaviour: Behaviour, chosen: ChosenModel, searching: ChosenEmbedder, database: Database
) -> Employee:
    ports = await build_turn_ports(
        behaviour,
        read_rules(config.escalation_rules),
        chosen,
        knowledge=PostgresKnowledgeBase(database),
        customers=PostgresCustomerStore(database),
        clock=SystemClock(),
        searching=searching,
    )
    return TurnRunner(behaviour.revision, ports)


def _events(config: WorkerConfig, topics: Topics) -> Consumer | None:
    """Of the topics of the kinds whose provider reports what became of a part."""
    names = sorted(topics.audit(kind) for kind in channels.readers(config.channels))
    return _consumer(config, names, topics.events_group) if names else None
