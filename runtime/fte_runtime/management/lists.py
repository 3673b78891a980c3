"""``GET /tickets`` and ``GET /escalations``: lists, newest first, by cursor."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import TypeAdapter

from fte_agent.channels import TRAITS
from fte_agent.domain.turns import Reason
from fte_runtime.management.access import TURN, Access
from fte_runtime.management.context import ManagementContext
from fte_runtime.management.cursors import cursor_of, position_of
from fte_runtime.management.parameters import Number, Page, Time
from fte_runtime.management.surface import UNCHANGED, Shown, surface
from fte_runtime.management.tokens import Role

_TICKET = TypeAdapter(tuple[Time, Number])
_ESCALATION = TypeAdapter(tuple[Time, UUID])

Channel = StrEnum("Channel", {kind.upper(): kind for kind in sorted(TRAITS)})  # type: ignore[misc]


class TicketStatus(StrEnum):
    """Of a ticket."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    CLOSED = "closed"


class EscalationStatus(StrEnum):
    """Of an escalation."""

    OPEN = "open"
    CLAIMED = "claimed"
    RETURNED = "returned"
    RESOLVED = "resolved"


class TicketFilter(Page):
    """Which tickets: opened at ``since`` or later, and before ``until``."""

    status: TicketStatus | None = None
    channel: Channel | None = None
    since: Time | None = None
    until: Time | None = None


class EscalationFilter(Page):
    """Which escalations: opened at ``since`` or later, and before ``until``."""

    status: EscalationStatus | None = None
    channel: Channel | None = None
    reason: Reason | None = None
    since: Time | None = None
    until: Time | None = None


class ListedTicket(Shown):
    """One ticket."""

    id: UUID
    number: int
    conversation_id: UUID
    customer_id: UUID
    channel: str
    category: str
    priority: str
    status: str
    created_at: datetime
    resolved_at: datetime | None


class ListedEscalation(Shown):
    """One escalation; ``advisory`` where the employee went on with the conversation all the same."""

    id: UUID
    ticket_id: UUID
    conversation_id: UUID
    customer_id: UUID
    channel: str
    reason: str
    trigger: str
    status: str
    assignee: str | None
    advisory: bool
    sla_due_at: datetime
    created_at: datetime
    claimed_at: datetime | None
    resolved_at: datetime | None


class Tickets(Shown):
    """A page of tickets; ``next_cursor`` is null on the last."""

    tickets: list[ListedTicket]
    next_cursor: str | None


class Escalations(Shown):
    """A page of escalations; ``next_cursor`` is null on the last."""

    escalations: list[ListedEscalation]
    next_cursor: str | None


def router(context: ManagementContext, access: Access) -> APIRouter:
    """Both lists, for readers: they hold no words of a customer."""
    routes = surface("lists")
    reader = [Depends(access.needs(Role.READER)), TURN]

    @routes.get(
        "/tickets", operation_id="list_tickets", summary="List tickets", responses=UNCHANGED, dependencies=reader
    )
    async def list_tickets(asked: Annotated[TicketFilter, Query()]) -> Tickets:
        """Newest first; what is opened meanwhile is on no later page."""
        of = ("tickets", *_filters(asked))
        before = position_of(asked.cursor, of, _TICKET)
        found = await context.lists.tickets(
            status=asked.status,
            channel=asked.channel,
            since=asked.since,
            until=asked.until,
            before=before,
            limit=asked.limit + 1,
        )
        page = [ListedTicket.model_validate(each) for each in found[: asked.limit]]
        more = len(found) > len(page)
        return Tickets(tickets=page, next_cursor=_after(page[-1].created_at, page[-1].number, of) if more else None)

    @routes.get(
        "/escalations",
        operation_id="list_escalations",
        summary="List escalations",
        responses=UNCHANGED,
        dependencies=reader,
    )
    async def list_escalations(asked: Annotated[EscalationFilter, Query()]) -> Escalations:
        """Newest first; what is opened meanwhile is on no later page."""
        of = ("escalations", *_filters(asked))
        before = position_of(asked.cursor, of, _ESCALATION)
        found = await context.lists.escalations(
            status=asked.status,
            channel=asked.channel,
            reason=asked.reason,
            since=asked.since,
            until=asked.until,
            before=before,
            limit=asked.limit + 1,
        )
        page = [ListedEscalation.model_validate(each) for each in found[: asked.limit]]
        more = len(found) > len(page)
        return Escalations(escalations=page, next_cursor=_after(page[-1].created_at, page[-1].id, of) if more else None)

    return routes


def _after(created_at: datetime, tie: int | UUID, of: tuple[str | None, ...]) -> str:
    """The cursor behind a row of this place in a list."""
    return cursor_of((created_at.isoformat(), tie), of)


def _filters(asked: Page) -> tuple[str | None, ...]:
    """What a cursor holds on to: all that chooses, and not how many."""
    chosen = asked.model_dump(mode="json", exclude={"cursor", "limit"})
    return tuple(chosen[name] for name in sorted(chosen))
