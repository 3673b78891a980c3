"""A ticket as its customer may see it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from fte_agent.domain.identity import Confirmation
from fte_agent.ports import Clock
from fte_database.repositories.status import TicketSender, TicketView, VisibleMessage
from fte_runtime.channels.base import TicketLookup
from fte_runtime.channels.web_form.places import Places
from fte_runtime.errors import Unauthorised
from fte_runtime.tokens import StatusTokens, digest, well_formed

DELAYED_SECONDS = 60.0

PROVEN_READS = 150
READS_OF_A_TICKET = 5
UNPROVEN_READS = 50
"""At a time: what waits for a database that hangs keeps its connection, and forms need the others.

A token that the keys do not prove may be of before they changed, so the row is asked; a guess takes no place of theirs.
"""

POSSIBLE, UNAVAILABLE = "possible", "unavailable"


class _Tokened(Protocol):
    @property
    def status_token_sha256(self) -> str | None: ...


_Row = TypeVar("_Row", bound=_Tokened)


class TicketPage:
    """Answers for every ticket this service issued, stored yet or not.

    ``confirms``: a code can be sent to an e-mail address.
    """

    def __init__(self, *, lookup: TicketLookup, tokens: StatusTokens, clock: Clock, confirms: bool = False) -> None:
        self._lookup = lookup
        self._confirms = confirms
        self._tokens = tokens
        self._clock = clock
        self._proven = Places(PROVEN_READS, READS_OF_A_TICKET)
        self._unproven = Places(UNPROVEN_READS, UNPROVEN_READS)

    async def show(self, ticket_id: UUID, token: str) -> dict[str, object]:
        """The page's JSON.

        Raises:
            Unauthorised: the token proves nothing about this ticket. Unknown tickets look the same.
            TooManyAtOnce: others are reading.
        """
        issued, row = await self._opened(self._lookup.find_ticket, ticket_id, token)
        if row is not None:
            return {
                "ticket_id": str(ticket_id),
                "status": row.status,
                "address_confirmed": row.address_confirmed,
                "confirmation": self._confirmation(row),
                "messages": [_message(message) for message in row.messages],
            }
        page: dict[str, object] = {"ticket_id": str(ticket_id), "status": "received", "address_confirmed": False}
        page |= {"confirmation": UNAVAILABLE, "messages": []}
        if issued is not None and (self._clock.now() - issued).total_seconds() > DELAYED_SECONDS:
            page["delayed"] = True
        return page

    async def sender_of(self, ticket_id: UUID, token: str) -> TicketSender | None:
        """Who wrote the ticket, None while it is not stored; raises as `show` does."""
        return (await self._opened(self._lookup.find_sender, ticket_id, token))[1]

    async def _opened(
        self, find: Callable[[UUID], Awaitable[_Row | None]], ticket_id: UUID, token: str
    ) -> tuple[datetime | None, _Row | None]:
        """When the token was issued, as far as the keys know it, and what ``find`` finds of the ticket it opens."""
        if not well_formed(token):
            raise Unauthorised("no token of ours")
        issued = self._tokens.issued_at(token, ticket_id)
        with self._proven.one(ticket_id) if issued else self._unproven.one(None):
            row = await find(ticket_id)
        if issued is None and (row is None or row.status_token_sha256 != digest(token)):
            raise Unauthorised("the token does not open this ticket")
        return issued, row

    def _confirmation(self, row: TicketView) -> str:
        """How far the address is confirmed, for the page to offer what is next."""
        if row.address_confirmed:
            return Confirmation.CONFIRMED
        return (row.confirmation or POSSIBLE) if self._confirms else UNAVAILABLE


def _message(message: VisibleMessage) -> dict[str, object]:
    return {
        "author": message.author.value,
        "text": message.text,
        "citations": [{"uri": c.uri, "title": c.title, "heading": c.heading} for c in message.citations],
        "at": message.at.isoformat(),
    }
