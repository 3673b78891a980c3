"""What the processes count, for Prometheus. Each process has its own registry."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()

    def render(self) -> bytes:
        """All values in Prometheus's text format."""
        return generate_latest(self.registry)


class InboundMetrics:
    """Counts of what comes in, by SupportChannel; on the registry of whichever process publishes it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.accepted = Counter(
            "fte_messages_accepted", "Messages published and acknowledged.", ("channel",), registry=registry
        )
        self.events = Counter(
            "fte_channel_events", "Events that are no message, acknowledged.", ("channel",), registry=registry
        )
        self.put_aside = Counter(
            "fte_messages_put_aside",
            "Messages found at a provider that nobody can take, dead-lettered.",
            ("channel", "cause"),
            registry=registry,
        )


class SyncMetrics:
    """How mailboxes are read, by SupportChannel; on the registry of the worker, of which one reads each."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.pages = Counter("fte_sync_pages", "Pages of history and lists read.", ("channel",), registry=registry)
        self.mails = Counter("fte_sync_mails", "Messages taken, whatever they were.", ("channel",), registry=registry)
        self.seconds = Histogram(
            "fte_sync_seconds",
            "Time of one reading to the mailbox's end, or until it failed.",
            ("channel",),
            registry=registry,
            buckets=(0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600),
        )
        self.lag = Gauge(
            "fte_sync_lag_seconds",
            "How long after the provider took the message that was read last it was on the bus.",
            ("channel",),
            registry=registry,
        )


class BudgetMetrics:
    """What the employee has spent, by period, in micro-dollars; every worker tells the same."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.spent = Gauge(
            "fte_budget_spent_micro_usd", "Charged in the period, of UTC.", ("period",), registry=registry
        )
        self.reserved = Gauge(
            "fte_budget_reserved_micro_usd", "What requests under way may cost.", ("period",), registry=registry
        )
        self.cap = Gauge(
            "fte_budget_cap_micro_usd", "The most that the period may cost.", ("period",), registry=registry
        )


class ApiMetrics(_Metrics):
    """Counts of the intake API. A channel that could not be told is ``unknown``."""

    def __init__(self) -> None:
        super().__init__()
        self.inbound = InboundMetrics(self.registry)
        self.refused = Counter(
            "fte_requests_refused",
            "Requests of customers and providers refused, by status.",
            ("channel", "status"),
            registry=self.registry,
        )
        self.excess = Counter(
            "fte_submissions_excess",
            "Forms beyond what the employee answers, stored for a person.",
            ("channel",),
            registry=self.registry,
        )
        self.hints = Counter(
            "fte_hints",
            "Authentic pushes of mail providers: told to the workers, paused, or saying nothing to us.",
            ("channel", "outcome"),
            registry=self.registry,
        )
        self.intake_seconds = Histogram(
            "fte_intake_seconds",
            "Time to take a message, acknowledgement included.",
            ("channel",),
            registry=self.registry,
        )


class _DeliveryMetrics(_Metrics):
    """Counts of what is sent, and of what providers say of it."""

    def __init__(self) -> None:
        super().__init__()
        self.deliveries = Counter(
            "fte_deliveries",
            "Attempts to deliver or to confirm, by SupportChannel and outcome.",
            ("channel", "outcome"),
            registry=self.registry,
        )
        self.copies = Counter(
            "fte_copies",
            "Copies of replies by the SupportChannel that carries them: queued or why not, and attempts to send.",
            ("channel", "outcome"),
            registry=self.registry,
        )
        self.statuses = Counter(
            "fte_delivery_statuses",
            "Events of the channels' own topics: applied, early (no delivery yet), bounced, unbelieved, noted, skipped "
            "or unreadable.",
            ("outcome",),
            registry=self.registry,
        )


class WorkerMetrics(_DeliveryMetrics):
    """Counts of the worker's roles."""

    def __init__(self) -> None:
        super().__init__()
        self.inbound = InboundMetrics(self.registry)
        self.sync = SyncMetrics(self.registry)
        self.budget = BudgetMetrics(self.registry)
        self.ingested = Counter(
            "fte_ingested",
            "Records by what became of them: stored, duplicate or dead.",
            ("outcome",),
            registry=self.registry,
        )
        self.audit_failures = Counter(
            "fte_audit_failures", "Raw events that could not be written aside.", registry=self.registry
        )
        self.window = Gauge(
            "fte_ingest_window", "Unanswered conversations this worker took in.", registry=self.registry
        )
        self.backlog = Gauge(
            "fte_backlog_conversations",
            "Conversations waiting for the employee, of all workers.",
            registry=self.registry,
        )
        self.turns = Counter("fte_turns", "Turns by how they ended.", ("outcome",), registry=self.registry)
        self.turn_seconds = Histogram("fte_turn_seconds", "Time from claim to commit.", registry=self.registry)
        self.running = Gauge("fte_turns_running", "Turns running now.", registry=self.registry)
        self.overdue = Counter(
            "fte_overdue_handovers", "Bursts handed over because nobody answered in time.", registry=self.registry
        )
        self.invariants = Gauge(
            "fte_invariant_violations",
            "Rows that violate an invariant of the store.",
            ("name",),
            registry=self.registry,
        )
        self.relayed = Counter("fte_relayed", "Outbox rows published, by topic.", ("topic",), registry=self.registry)
        self.role_errors = Counter(
            "fte_role_errors", "Passing errors a role waited out.", ("role",), registry=self.registry
        )
