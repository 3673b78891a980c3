"""The worker's ports by name. What stands behind them is `wiring.worker`, what runs on them `wiring.roles`."""

from collections.abc import Mapping
from dataclasses import dataclass

from fte_agent.domain.messages import Channel
from fte_agent.ports import Clock, DeliveryStore, OverdueStore, ReplySender, TakeoverStore
from fte_database.repositories.status import StatusStore
from fte_runtime.bus.base import Consumer, Publisher
from fte_runtime.channels.base import Cursors, Singleton
from fte_runtime.employee import Employee
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.accounts import FREE, Accounts
from fte_runtime.worker.audit import AuditTrail
from fte_runtime.worker.budget import BudgetWatch
from fte_runtime.worker.ingest import IngestStore
from fte_runtime.worker.invariants import InvariantStore
from fte_runtime.worker.model import ModelWatch
from fte_runtime.worker.relay import Outbox
from fte_runtime.worker.reports import ReportStore
from fte_runtime.worker.sessions import SessionStore
from fte_runtime.worker.singletons import Locks
from fte_runtime.worker.statuses import Reader

SWEEP_SECONDS = 2.0
"""How long a conversation is left to the worker that took it in, before any may claim it."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the worker reaches the world through; frozen, so that a test can put another object in any place.

    ``events`` consumes the topics of the channels with ``readers``; None when no channel has one. ``model`` and
    ``embedder`` watch hosted ones; None without. ``accounts`` and ``budget`` are those of an employee whose answers
    cost something.
    """

    tickets: IngestStore
    overdue: OverdueStore
    deliveries: DeliveryStore
    takeovers: TakeoverStore
    cursors: Cursors
    outbox: Outbox
    locks: Locks
    invariants: InvariantStore
    reports: ReportStore
    sessions: SessionStore
    status: StatusStore
    employee: Employee
    senders: Mapping[str, ReplySender]
    readers: Mapping[Channel, Reader]
    singletons: tuple[Singleton, ...]
    publisher: Publisher
    audit: AuditTrail
    consumer: Consumer
    events: Consumer | None
    clock: Clock
    metrics: WorkerMetrics
    model: ModelWatch | None = None
    accounts: Accounts = FREE
    budget: BudgetWatch | None = None
    embedder: ModelWatch | None = None
