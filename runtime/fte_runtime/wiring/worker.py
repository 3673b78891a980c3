"""The worker's composition: which adapter stands behind which port, and who wakes whom.

`Ports` is frozen and names each port, so a test can put another object, or a wrapped one, in the place
of any.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from fte_agent.channels import WEB_FORM
from fte_agent.composition import build_turn_ports
from fte_agent.domain.messages import Channel
from fte_agent.ports import Clock, DeliveryStore, ReplySender
from fte_database.repositories.customers import PostgresCustomerStore
from fte_database.repositories.deliveries import PostgresDeliveryStore
from fte_database.repositories.knowledge import PostgresKnowledgeBase
from fte_database.repositories.outbox import OutboxRelayStore
from fte_database.repositories.status import StatusStore
from fte_database.repositories.tickets import ChannelPolicy, PostgresTicketStore
from fte_runtime.bus.base import Consumer, Publisher
from fte_runtime.bus.kafka import KafkaConsumer, KafkaPublisher
from fte_runtime.channels.web_form import WebFormSender
from fte_runtime.clock import SystemClock
from fte_runtime.config import WorkerConfig, load_behaviour
from fte_runtime.employee import Employee, TurnRunner, read_rules
from fte_runtime.events import Topics
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.wiring.database import open_database
from fte_runtime.worker.deliver import Deliver
from fte_runtime.worker.ingest import Ingest, IngestStore
from fte_runtime.worker.limiter import IngestLimiter
from fte_runtime.worker.loop import Loop
from fte_runtime.worker.process import Process
from fte_runtime.worker.relay import Outbox, Relay
from fte_runtime.worker.supervisor import Role, Supervisor

SWEEP_SECONDS = 2.0
IDLE_SECONDS = {"ingest": 0.0, "process": SWEEP_SECONDS, "deliver": 1.0, "relay": 5.0}
# Shares of `WorkerConfig.shutdown_seconds`, one after the other: turns end, their replies go out, and roles
# leave. What is left of it, and the grace period beyond it, is for cutting off and closing connections.
DRAIN_SHARE, FLUSH_SHARE, ROLES_SHARE = 0.6, 0.1, 0.8


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the worker reaches the world through."""

    tickets: IngestStore
    deliveries: DeliveryStore
    outbox: Outbox
    status: StatusStore
    employee: Employee
    senders: Mapping[Channel, ReplySender]
    publisher: Publisher
    consumer: Consumer
    clock: Clock
    metrics: WorkerMetrics


@asynccontextmanager
async def worker_ports(config: WorkerConfig) -> AsyncIterator[Ports]:
    """The worker's real adapters; nothing is dialled yet.

    Raises:
        ConfigError: a document or secret file is missing or wrong.
    """
    behaviour = load_behaviour(config.behaviour_file)
    topics = Topics(config.kafka.topic_prefix)
    clock = SystemClock()
    client = f"fte-worker-{socket.gethostname()}"
    channels = {c.name: ChannelPolicy(quiet_seconds=c.quiet_seconds, max_chars=c.max_chars) for c in config.channels}
    async with (
        open_database(config.database, "fte-worker") as database,
        aclosing(KafkaPublisher(config.kafka.bootstrap_servers, client_id=client)) as publisher,
    ):
        yield Ports(
            tickets=PostgresTicketStore(
                database,
                topic_prefix=topics.prefix,
                channels=channels,
                lease_seconds=config.lease_seconds,
                sweep_seconds=SWEEP_SECONDS,
            ),
            deliveries=PostgresDeliveryStore(database, lease_seconds=config.lease_seconds),
            outbox=OutboxRelayStore(database),
            status=StatusStore(database),
            employee=TurnRunner(
                behaviour.revision,
                await build_turn_ports(
                    behaviour,
                    read_rules(config.escalation_rules),
                    knowledge=PostgresKnowledgeBase(database),
                    customers=PostgresCustomerStore(database),
                    clock=clock,
                ),
            ),
            senders={WEB_FORM: WebFormSender()},
            publisher=publisher,
            consumer=KafkaConsumer(
                config.kafka.bootstrap_servers, topic=topics.incoming, group=topics.group, client_id=client
            ),
            clock=clock,
            metrics=WorkerMetrics(),
        )


def supervisor(config: WorkerConfig, ports: Ports, stopping: asyncio.Event) -> Supervisor:
    """The worker's roles on ``ports``, woken by one another; delivery stops once no turn can add to it."""
    drained = asyncio.Event()
    loops = _loops(ports.metrics, stopping, drained)
    limiter, worker = IngestLimiter(config.window, ports.clock), socket.gethostname()
    roles: dict[str, Role] = {
        "ingest": Ingest(
            consumer=ports.consumer,
            publisher=ports.publisher,
            tickets=ports.tickets,
            topics=Topics(config.kafka.topic_prefix),
            limiter=limiter,
            stored=loops["process"].wake,
            loop=loops["ingest"],
            clock=ports.clock,
            metrics=ports.metrics,
        ),
        "process": Process(
            worker=worker,
            tickets=ports.tickets,
            decide=ports.employee.decide,
            escalate_exhausted=ports.employee.escalate_exhausted,
            revision=ports.employee.revision,
            concurrency=config.concurrency,
            lease_seconds=config.lease_seconds,
            drain_seconds=config.shutdown_seconds * DRAIN_SHARE,
            limiter=limiter,
            committed=(loops["deliver"].wake, loops["relay"].wake),
            drained=drained,
            loop=loops["process"],
            clock=ports.clock,
            metrics=ports.metrics,
        ),
        "deliver": Deliver(
            worker=worker,
            deliveries=ports.deliveries,
            senders=ports.senders,
            flush_seconds=config.shutdown_seconds * FLUSH_SHARE,
            loop=loops["deliver"],
            clock=ports.clock,
            metrics=ports.metrics,
        ),
        "relay": _relay(ports, loops["relay"]),
    }
    return Supervisor(roles, stopping=stopping, shutdown_seconds=config.shutdown_seconds * ROLES_SHARE)


def _loops(metrics: WorkerMetrics, stopping: asyncio.Event, drained: asyncio.Event) -> dict[str, Loop]:
    return {
        name: Loop(name, idle, asyncio.Event(), drained if name == "deliver" else stopping, metrics)
        for name, idle in IDLE_SECONDS.items()
    }


def _relay(ports: Ports, loop: Loop) -> Relay:
    return Relay(outbox=ports.outbox, publisher=ports.publisher, loop=loop, clock=ports.clock, metrics=ports.metrics)
