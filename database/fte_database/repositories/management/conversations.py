"""One conversation with all that is known of its messages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from fte_agent.domain.turns import Citation
from fte_database.pool import Database
from fte_database.sql import QUERIES
from fte_database.values import known

READ = "conversation_read"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket of a conversation."""

    id: UUID
    number: int
    category: str
    priority: str
    status: str
    created_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Escalation:
    """What put a conversation before a person; ``advisory`` where the employee went on."""

    id: UUID
    ticket_id: UUID
    reason: str
    trigger: str
    summary: str
    status: str
    assignee: str | None
    advisory: bool
    sla_due_at: datetime
    created_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Message:
    """A message, and of a reply of the employee's what it rests on, cost, and came to.

    ``deliveries`` are its parts on their way, those by its own channel first. ``sources`` are the sections it cites.
    ``resolution`` is None for what is no reply of the employee's; of others the values are those of the query.
    ``revision`` and what follows are None where no turn was recorded.
    """

    id: UUID
    seq: int
    direction: str
    author: str
    text: str
    sender_name: str | None
    sender_verified: bool
    automated: bool
    occurred_at: datetime
    attachments: tuple[Mapping[str, Any], ...]
    deliveries: tuple[Mapping[str, Any], ...]
    sources: tuple[Citation, ...]
    tool_calls: tuple[Mapping[str, Any], ...]
    resolution: str | None
    outcome: str | None
    latency_ms: int | None
    tokens: int | None
    cost_micro_usd: int | None
    revision: str | None
    model: str | None
    rating: int | None
    helped: bool | None
    remark: str | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation; ``messages`` are those of one page, ``more`` says whether others follow."""

    id: UUID
    customer_id: UUID
    channel: str
    channel_name: str
    subject: str
    status: str
    handler: str
    assignee: str | None
    started_at: datetime
    resolved_at: datetime | None
    resolution: str | None
    tickets: tuple[Ticket, ...]
    escalations: tuple[Escalation, ...]
    messages: tuple[Message, ...]
    more: bool


class ManagedConversations:
    """Conversations for people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, conversation: UUID, *, after_seq: int, limit: int, actor: str) -> Conversation | None:
        """The conversation with at most ``limit`` messages after ``after_seq``; None where there is none."""
        async with self._database.transaction() as connection:
            head = await connection.fetchrow(QUERIES["management_conversation"], conversation)
            tickets = await connection.fetch(QUERIES["management_conversation_tickets"], conversation)
            escalations = await connection.fetch(QUERIES["management_conversation_escalations"], conversation)
            messages = await connection.fetch(QUERIES["management_messages"], conversation, after_seq, limit + 1)
            detail = {"found": head is not None}
            await connection.execute(QUERIES["insert_audit"], actor, READ, str(conversation), detail)
        if head is None:
            return None
        return Conversation(
            **head,
            tickets=tuple(Ticket(**row) for row in tickets),
            escalations=tuple(Escalation(**row) for row in escalations),
            messages=tuple(_message(row) for row in messages[:limit]),
            more=len(messages) > limit,
        )


def _message(row: Record) -> Message:
    fields: dict[str, Any] = dict(row)
    fields["sources"] = tuple(known(Citation, citation) for citation in fields.pop("citations"))
    for name in ("attachments", "deliveries", "tool_calls"):
        fields[name] = tuple(fields[name])
    return Message(**fields)
