"""What may be looked at: immutable, and complete enough to compare with the database's rows."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from fte_agent.domain.messages import Author, Channel
from fte_agent.domain.turns import Brief, Citation, Decision, Reason, ToolCall, Trigger


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message of a conversation. ``sender_verified`` says whether the channel proved who wrote it;
    ``tokens_used`` None is unknown. What concerns replies alone is empty on a customer's message."""

    seq: int
    direction: str
    author: Author
    body: str
    occurred_at: datetime
    created_at: datetime
    automated: bool = False
    sender_name: str = ""
    sender_verified: bool = False
    latency_ms: int | None = None
    tokens_used: int | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    citations: tuple[Citation, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket with its conversation. ``status`` is open, waiting or escalated; ``handler`` ai or human."""

    ticket_id: UUID
    number: int
    conversation_id: UUID
    customer_id: UUID
    channel: Channel
    subject: str
    category: str
    priority: str
    status: str
    handler: str
    created_at: datetime
    messages: tuple[MessageView, ...]


@dataclass(frozen=True, slots=True)
class EscalationView:
    """A hand-over to a person, who must have replied by ``sla_due_at``."""

    ticket_id: UUID
    conversation_id: UUID
    reason: Reason
    trigger: Trigger
    summary: str
    brief: Brief | None
    created_at: datetime
    sla_due_at: datetime
    status: str = "open"


@dataclass(frozen=True, slots=True)
class RunView:
    """One claim and what came of it: running, committed, escalated, superseded, failed or abandoned.
    ``decision`` is set once it was committed."""

    epoch: int
    from_seq: int
    to_seq: int
    worker: str
    status: str = "running"
    error: str | None = None
    revision: str | None = None
    decision: Decision | None = None
