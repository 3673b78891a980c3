"""What customers and operators may look up: one ticket, the backlog, the last sign of life of a channel."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fte_agent.domain.messages import Author, Identifier
from fte_agent.domain.turns import Citation
from fte_database.pool import Database
from fte_database.sql import QUERIES
from fte_database.values import known


@dataclass(frozen=True, slots=True)
class VisibleMessage:
    """A message its customer may see; ``at`` is when it was written."""

    author: Author
    text: str
    citations: tuple[Citation, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket as its customer sees it; the token's hash is for the caller to compare, not to show.

    ``address_confirmed``: it is proven who wrote all of it. ``confirmation`` is what came last of confirming it on the
    ticket's page: ``asked``, a value of `Confirmation`, or empty.
    """

    ticket_id: UUID
    status: str
    status_token_sha256: str | None
    messages: tuple[VisibleMessage, ...]
    address_confirmed: bool = False
    confirmation: str = ""


@dataclass(frozen=True, slots=True)
class TicketSender:
    """Who wrote a ticket, as its first message says, and the SupportChannel that it came by."""

    channel_name: str
    sender: Identifier
    status_token_sha256: str | None
    address_confirmed: bool


class StatusStore:
    """Reads for the status page, health and metrics."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_ticket(self, ticket_id: UUID) -> TicketView | None:
        """The ticket with what was said, or None while it is not stored."""
        async with self._database.connection() as connection:
            ticket = await connection.fetchrow(QUERIES["find_ticket"], ticket_id)
            if ticket is None:
                return None
            rows = await connection.fetch(QUERIES["visible_messages"], ticket["conversation_id"])
        messages = tuple(
            VisibleMessage(
                author=Author(row["author"]),
                text=row["body"],
                citations=tuple(known(Citation, citation) for citation in row["citations"]),
                at=row["occurred_at"],
            )
            for row in rows
        )
        return TicketView(
            ticket["id"],
            ticket["status"],
            ticket["status_token_sha256"],
            messages,
            ticket["address_confirmed"],
            ticket["confirmation"],
        )

    async def find_sender(self, ticket_id: UUID) -> TicketSender | None:
        """Who wrote the ticket, or None while it is not stored."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["find_ticket_sender"], ticket_id)
        if row is None:
            return None
        sender = Identifier(row["kind"], row["value_raw"])
        return TicketSender(row["channel_name"], sender, row["status_token_sha256"], row["address_confirmed"])

    async def backlog_conversations(self) -> int:
        """How many conversations wait for the employee."""
        async with self._database.connection() as connection:
            waiting: int = await connection.fetchval(QUERIES["count_backlog"])
            return waiting

    async def oldest_unanswered(self) -> float | None:
        """For how many seconds the oldest unanswered message has waited for the employee; None when none does."""
        async with self._database.connection() as connection:
            seconds: float | None = await connection.fetchval(QUERIES["oldest_unanswered"])
            return seconds

    async def last_inbound(self) -> dict[str, datetime]:
        """Per channel's name the time its newest message was stored; silent channels are absent."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["last_inbound"])
        return {row["channel_name"]: row["last_inbound_at"] for row in rows}
