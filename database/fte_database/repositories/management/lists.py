"""Tickets and escalations, newest first, a page at a time. They hold identifiers, and no words of a customer."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fte_database.pool import Database
from fte_database.sql import bound


@dataclass(frozen=True, slots=True)
class ListedTicket:
    """One line of the list of tickets."""

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


@dataclass(frozen=True, slots=True)
class ListedEscalation:
    """One line of the list of escalations."""

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


class ManagedLists:
    """Lists for people. A filter that is None lets all through; ``since`` is the first moment, ``until`` the end."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tickets(
        self,
        *,
        status: str | None,
        channel: str | None,
        since: datetime | None,
        until: datetime | None,
        before: tuple[datetime, int] | None,
        limit: int,
    ) -> list[ListedTicket]:
        """At most ``limit`` tickets that were opened before ``before``: a time, and a number among equals."""
        before_at, before_number = before or (None, None)
        statement = bound(
            "management_tickets",
            status=status,
            channel=channel,
            since=since,
            until=until,
            before_at=before_at,
            before_number=before_number,
            limit=limit,
        )
        async with self._database.connection() as connection:
            return [ListedTicket(**row) for row in await connection.fetch(*statement)]

    async def escalations(
        self,
        *,
        status: str | None,
        channel: str | None,
        reason: str | None,
        since: datetime | None,
        until: datetime | None,
        before: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[ListedEscalation]:
        """At most ``limit`` escalations that were opened before ``before``: a time, and an id among equals."""
        before_at, before_id = before or (None, None)
        statement = bound(
            "management_escalations",
            status=status,
            channel=channel,
            reason=reason,
            since=since,
            until=until,
            before_at=before_at,
            before_id=before_id,
            limit=limit,
        )
        async with self._database.connection() as connection:
            return [ListedEscalation(**row) for row in await connection.fetch(*statement)]
