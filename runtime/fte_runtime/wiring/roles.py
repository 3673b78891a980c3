"""Who runs in a worker, and who wakes whom."""

import asyncio
import socket
from collections import ChainMap
from datetime import timedelta

from fte_runtime.bus.base import Consumer
from fte_runtime.config import WorkerConfig
from fte_runtime.dead_letter_writer import DeadLetters
from fte_runtime.events import Topics
from fte_runtime.wiring.ports import SWEEP_SECONDS, Ports
from fte_runtime.worker.budget import LOOK_SECONDS as BUDGET_SECONDS
from fte_runtime.worker.budget import BudgetLook
from fte_runtime.worker.consume import Consume
from fte_runtime.worker.deliver import Deliver
from fte_runtime.worker.ingest import Ingest
from fte_runtime.worker.invariants import Invariants
from fte_runtime.worker.limiter import IngestLimiter
from fte_runtime.worker.loop import Loop
from fte_runtime.worker.model import CHECK_SECONDS as LOOK_SECONDS
from fte_runtime.worker.model import ModelLook, ModelWatch
from fte_runtime.worker.overdue import Overdue
from fte_runtime.worker.process import Process
from fte_runtime.worker.pulse import Pulse
from fte_runtime.worker.relay import Relay
from fte_runtime.worker.reports import Reports
from fte_runtime.worker.sessions import PERIOD_SECONDS as SESSIONS_SECONDS
from fte_runtime.worker.sessions import Sessions
from fte_runtime.worker.singletons import RETRY_SECONDS, Singletons
from fte_runtime.worker.statuses import Statuses
from fte_runtime.worker.stranded import Stranded
from fte_runtime.worker.supervisor import Role, Supervisor

DELIVER_SECONDS = 1.0
# Shares of `WorkerConfig.shutdown_seconds`, one after the other: turns end, their replies go out, and roles
# leave. What is left of it, and the grace period beyond it, is for cutting off and closing connections.
DRAIN_SHARE, FLUSH_SHARE, ROLES_SHARE = 0.6, 0.1, 0.8


def supervisor(config: WorkerConfig, ports: Ports, stopping: asyncio.Event) -> Supervisor:
    """The worker's roles on ``ports``; delivery stops once no turn can add to it."""
    return Supervisor(
        _Roles(config, ports, stopping).all(),
        stopping=stopping,
        shutdown_seconds=config.shutdown_seconds * ROLES_SHARE,
    )


class _Roles:
    """Builds each role with the events that it shares with others."""

    def __init__(self, config: WorkerConfig, ports: Ports, stopping: asyncio.Event) -> None:
        self._config = config
        self._ports = ports
        self._stopping = stopping
        self._drained = asyncio.Event()
        self._stored = asyncio.Event()
        self._told = asyncio.Event()
        self._due = {channel: asyncio.Event() for channel in ports.senders}
        self._limiter = IngestLimiter(config.window, ports.clock)
        self._pulse = Pulse(ports.clock)
        self._worker = socket.gethostname()

    def all(self) -> dict[str, Role]:
        """Every role by its name; delivery has one for each channel."""
        roles: dict[str, Role] = {
            "ingest": self._ingest(),
            "process": self._process(),
            "singletons": self._singletons(),
            "sessions": Sessions(sessions=self._ports.sessions, loop=self._loop("sessions", SESSIONS_SECONDS)),
        }
        if self._ports.events is not None:
            roles["statuses"] = self._statuses(self._ports.events)
        for watch in self._watches:
            name = f"{watch.health.part}-look"
            roles[name] = ModelLook(watch, self._loop(name, LOOK_SECONDS))
        if self._ports.budget is not None:
            loop = self._loop(BudgetLook.name, BUDGET_SECONDS)
            roles[BudgetLook.name] = BudgetLook(self._ports.budget, self._ports.metrics.budget, loop)
        roles |= {f"deliver {channel}": self._deliver(channel) for channel in self._due}
        self._pulse.expect(roles.keys() - {"singletons"})  # a term in office is one long step
        return roles | {"reports": self._reports()}

    @property
    def _committed(self) -> tuple[asyncio.Event, ...]:
        return (*self._due.values(), self._told)

    def _ingest(self) -> Role:
        ports, topics = self._ports, Topics(self._config.kafka.topic_prefix)
        taker = Ingest(
            tickets=ports.tickets,
            topics=topics,
            audit=ports.audit,
            dead_letters=DeadLetters(ports.publisher, topics.dlq),
            limiter=self._limiter,
            stored=self._stored,
            metrics=ports.metrics,
        )
        loop = self._loop("ingest", 0.0)
        return Consume(taker, consumer=ports.consumer, loop=loop, clock=ports.clock, metrics=ports.metrics)

    def _statuses(self, events: Consumer) -> Role:
        ports = self._ports
        taker = Statuses(
            readers=ports.readers, deliveries=ports.deliveries, cursors=ports.cursors, metrics=ports.metrics
        )
        loop = self._loop("statuses", 0.0)
        return Consume(taker, consumer=events, loop=loop, clock=ports.clock, metrics=ports.metrics)

    def _process(self) -> Role:
        config, ports = self._config, self._ports
        return Process(
            worker=self._worker,
            tickets=ports.tickets,
            decide=ports.employee.decide,
            revision=ports.employee.revision,
            concurrency=config.concurrency,
            lease_seconds=config.lease_seconds,
            drain_seconds=config.shutdown_seconds * DRAIN_SHARE,
            limiter=self._limiter,
            committed=self._committed,
            drained=self._drained,
            loop=self._loop("process", SWEEP_SECONDS, wake=self._stored),
            clock=ports.clock,
            metrics=ports.metrics,
            accounts=ports.accounts,
        )

    def _deliver(self, channel: str) -> Role:
        ports = self._ports
        return Deliver(
            worker=self._worker,
            channel=channel,
            deliveries=ports.deliveries,
            sender=ports.senders[channel],
            lease_seconds=self._config.lease_seconds,
            send_seconds=self._config.send_seconds,
            flush_seconds=self._config.shutdown_seconds * FLUSH_SHARE,
            loop=self._loop(f"deliver {channel}", DELIVER_SECONDS, wake=self._due[channel], stopping=self._drained),
            clock=ports.clock,
            metrics=ports.metrics,
        )

    def _singletons(self) -> Role:
        ports = self._ports
        own = (
            Relay(
                outbox=ports.outbox,
                publisher=ports.publisher,
                wake=self._told,
                stopping=self._stopping,
                clock=ports.clock,
                metrics=ports.metrics,
                pulse=self._pulse,
            ),
            Overdue(
                worker=self._worker,
                overdue=ports.overdue,
                tickets=ports.tickets,
                escalate=ports.employee.escalate,
                revision=ports.employee.revision,
                deadline=timedelta(seconds=self._config.answer_deadline_seconds),
                committed=self._committed,
                metrics=ports.metrics,
            ),
            Stranded(
                worker=self._worker,
                deliveries=ports.deliveries,
                channels=tuple(ports.senders),
                age=timedelta(seconds=self._config.answer_deadline_seconds),
            ),
            Invariants(store=ports.invariants, metrics=ports.metrics),
        )
        loop = self._loop("singletons", RETRY_SECONDS)
        return Singletons((*own, *ports.singletons), locks=ports.locks, loop=loop, telling={Relay.role})

    def _reports(self) -> Role:
        return Reports(
            worker=self._worker,
            findings=self._findings,
            notes=self._notes,
            store=self._ports.reports,
            stopping=self._stopping,
            clock=self._ports.clock,
        )

    def _findings(self) -> dict[str, str | None]:
        found = [watch.health.findings() for watch in self._watches]
        return dict(ChainMap(*found, self._pulse.findings()))

    def _notes(self) -> dict[str, str | None]:
        return {} if self._ports.budget is None else self._ports.budget.health.findings()

    @property
    def _watches(self) -> list[ModelWatch]:
        return [watch for watch in (self._ports.model, self._ports.embedder) if watch is not None]

    def _loop(
        self, name: str, idle: float, *, wake: asyncio.Event | None = None, stopping: asyncio.Event | None = None
    ) -> Loop:
        return Loop(name, idle, wake or asyncio.Event(), stopping or self._stopping, self._ports.metrics, self._pulse)
