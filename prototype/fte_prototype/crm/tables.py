"""The tables: rows by their keys, and the constraints that a database would keep."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from fte_agent.domain.messages import Channel, Ingested
from fte_prototype.crm.views import EscalationView, MessageView, RunView, TicketView
from fte_prototype.errors import UnknownTicket


@dataclass(slots=True)
class Conversation:
    """One thread of one channel; the names are those of the database's ``conversations``."""

    id: UUID
    customer_id: UUID
    channel: Channel
    channel_name: str
    subject: str
    started_at: datetime
    status: str = "open"
    handler: str = "ai"
    last_seq: int = 0
    last_inbound_seq: int = 0
    answered_through_seq: int = 0
    unanswered_since: datetime | None = None
    due_at: datetime | None = None
    epoch: int = 0
    attempts: int = 0
    superseded: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None
    messages: list[MessageView] = field(default_factory=list)
    runs: list[RunView] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        """Whether a burst waits for the employee."""
        return self.handler == "ai" and self.last_inbound_seq > self.answered_through_seq

    def drop_lease(self) -> None:
        """End the claim."""
        self.lease_owner, self.lease_until = None, None

    def end_run(self, epoch: int, status: str, error: str | None = None) -> None:
        """Close the run of this claim; one that ended before keeps its end."""
        self.runs = [
            replace(run, status=status, error=error) if (run.epoch, run.status) == (epoch, "running") else run
            for run in self.runs
        ]


@dataclass(slots=True)
class Ticket:
    """What a conversation is about, for people."""

    id: UUID
    number: int
    conversation_id: UUID
    category: str
    priority: str
    created_at: datetime
    status: str = "open"


@dataclass(slots=True)
class Tables:
    """All there is. ``events`` remembers what (source, dedupe key) became, ``customers`` whose (kind, value) is,
    ``threads`` the live conversation of (channel, channel's name, thread)."""

    events: dict[tuple[str, str], Ingested] = field(default_factory=dict)
    customers: dict[tuple[str, str], UUID] = field(default_factory=dict)
    threads: dict[tuple[Channel, str, str], UUID] = field(default_factory=dict)
    conversations: dict[UUID, Conversation] = field(default_factory=dict)
    tickets: dict[UUID, Ticket] = field(default_factory=dict)
    escalations: dict[UUID, EscalationView] = field(default_factory=dict)

    def ticket_of(self, conversation: UUID) -> Ticket | None:
        """The conversation's ticket: one each: what is resolved here is opened again."""
        return next((ticket for ticket in self.tickets.values() if ticket.conversation_id == conversation), None)

    def is_proven(self, conversation: UUID) -> bool:
        """Whether the channel proved the sender of every message in it."""
        row = self.conversations.get(conversation)
        return all(m.sender_verified for m in row.messages if m.direction == "inbound") if row else True

    def event(self, source: str, dedupe_key: str) -> Ingested:
        """What a message was stored as; raises `UnknownTicket`."""
        if (source, dedupe_key) not in self.events:
            raise UnknownTicket("no such message was stored; store it first")
        return self.events[source, dedupe_key]

    def conversation(self, conversation: UUID) -> Conversation:
        """One conversation; raises `UnknownTicket`."""
        if conversation not in self.conversations:
            raise UnknownTicket(f"no conversation {conversation}; ask for one that a message was filed under")
        return self.conversations[conversation]

    def claimed(self, conversation: UUID, epoch: int) -> Conversation | None:
        """The conversation, if its claim of this epoch still holds, whoever handles it."""
        row = self.conversations.get(conversation)
        return row if row is not None and row.epoch == epoch and row.lease_owner is not None else None

    def view(self, ticket_id: UUID) -> TicketView:
        """One ticket as it stands; raises `UnknownTicket`."""
        if ticket_id not in self.tickets:
            raise UnknownTicket(f"no ticket {ticket_id}; ask for one that a message was filed under")
        ticket = self.tickets[ticket_id]
        row = self.conversations[ticket.conversation_id]
        return TicketView(
            ticket_id=ticket.id,
            number=ticket.number,
            conversation_id=row.id,
            customer_id=row.customer_id,
            channel=row.channel,
            subject=row.subject,
            category=ticket.category,
            priority=ticket.priority,
            status=ticket.status,
            handler=row.handler,
            created_at=ticket.created_at,
            messages=tuple(row.messages),
        )

    def views(self) -> Iterator[TicketView]:
        """Every ticket, oldest first."""
        return map(self.view, self.tickets)
