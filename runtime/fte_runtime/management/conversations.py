"""``GET /conversations/{conversation_id}``: who said what, and of each reply of the employee's what it rests on."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import TypeAdapter

from fte_database.repositories.management import conversations as stored
from fte_runtime.asgi.problems import described
from fte_runtime.management.access import TURN, Access
from fte_runtime.management.context import ManagementContext
from fte_runtime.management.cursors import cursor_of, position_of
from fte_runtime.management.faults import NotFound
from fte_runtime.management.parameters import Number, Page, PathId
from fte_runtime.management.surface import UNCHANGED, Shown, surface
from fte_runtime.management.tokens import Role

_SEQ = TypeAdapter(tuple[Number])


class Resolution(StrEnum):
    """What became of a reply: its customer said that it helped, or that it did not; a person got the conversation; the
    customer wrote again; the conversation is done and they did not; or it is the last word so far."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    ESCALATED = "escalated"
    CONTINUED = "continued"
    ASSUMED = "assumed"
    OPEN = "open"


class Source(Shown):
    """A section that a reply cites."""

    uri: str
    title: str
    heading: str


class ToolUse(Shown):
    """One call of a tool; ``ms`` is wall time."""

    name: str
    arguments: dict[str, object]
    status: str
    ms: float


class Attachment(Shown):
    """What came with a message that is not text."""

    kind: str
    url: str = ""
    name: str = ""


class Delivery(Shown):
    """One part of a reply on its way; copies by another channel come after those by its own."""

    channel: str
    part: int
    state: str
    error_code: str | None


class Reply(Shown):
    """What is known of a reply of the employee's; null where nothing was recorded. The cost is its turn's."""

    sources: list[Source]
    resolution_state: Resolution
    outcome: str | None
    tool_calls: list[ToolUse]
    latency_ms: int | None
    tokens: int | None
    cost_micro_usd: int | None
    revision: str | None
    model: str | None
    rating: int | None
    helped: bool | None
    remark: str | None


class Message(Shown):
    """One message. ``sender_verified``: the channel proved who wrote this very message."""

    id: UUID
    seq: int
    direction: str
    author: str
    text: str
    sender_name: str | None
    sender_verified: bool
    automated: bool
    at: datetime
    attachments: list[Attachment]
    deliveries: list[Delivery]
    reply: Reply | None


class Ticket(Shown):
    """A ticket of the conversation."""

    id: UUID
    number: int
    category: str
    priority: str
    status: str
    created_at: datetime
    resolved_at: datetime | None


class Escalation(Shown):
    """What put the conversation before a person."""

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


class Conversation(Shown):
    """A conversation with a page of its messages, oldest first; ``next_cursor`` is null on the last page."""

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
    tickets: list[Ticket]
    escalations: list[Escalation]
    messages: list[Message]
    next_cursor: str | None


def router(context: ManagementContext, access: Access) -> APIRouter:
    """The route on one conversation, for agents."""
    routes = surface("conversations")
    agent = Depends(access.needs(Role.AGENT))

    @routes.get(
        "/conversations/{conversation_id}",
        operation_id="read_conversation",
        summary="Read a conversation",
        responses={**UNCHANGED, **described(s404="There is no such conversation.")},
    )
    async def read_conversation(
        conversation_id: PathId,
        caller: Annotated[str, agent],
        page: Annotated[Page, Query()],
        _: Annotated[None, TURN],
    ) -> Conversation:
        """Every reading is noted with the token's name. The customer is the one that the record stands for now."""
        of = ("conversation", conversation_id)
        position = position_of(page.cursor, of, _SEQ)
        found = await context.conversations.read(
            conversation_id, after_seq=position[0] if position else 0, limit=page.limit, actor=caller
        )
        if found is None:
            raise NotFound("conversation_id")
        following = cursor_of((found.messages[-1].seq,), of) if found.more else None
        head = {name: getattr(found, name) for name in Conversation.model_fields if hasattr(found, name)}
        messages = [_shown(message) for message in found.messages]
        return Conversation.model_validate({**head, "messages": messages, "next_cursor": following})

    return routes


def _shown(message: stored.Message) -> Message:
    fields = {name: getattr(message, name) for name in Message.model_fields if hasattr(message, name)}
    reply = None
    if message.resolution is not None:
        known = {name: getattr(message, name) for name in Reply.model_fields if hasattr(message, name)}
        reply = {**known, "resolution_state": message.resolution}
    return Message.model_validate({**fields, "at": message.occurred_at, "reply": reply})
