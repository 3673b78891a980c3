"""A ticket as its customer may see it."""

from uuid import UUID

from fte_agent.ports import Clock
from fte_database.repositories.status import VisibleMessage
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


class TicketPage:
    """Answers for every ticket this service issued, stored yet or not."""

    def __init__(self, *, lookup: TicketLookup, tokens: StatusTokens, clock: Clock) -> None:
        self._lookup = lookup
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
        if not well_formed(token):
            raise Unauthorised("no token of ours")
        issued = self._tokens.issued_at(token, ticket_id)
        with self._proven.one(ticket_id) if issued else self._unproven.one(None):
            row = await self._lookup.find_ticket(ticket_id)
        if issued is None and (row is None or row.status_token_sha256 != digest(token)):
            raise Unauthorised("the token does not open this ticket")
        if row is not None:
            return {"ticket_id": str(ticket_id), "status": row.status, "messages": [_message(m) for m in row.messages]}
        page: dict[str, object] = {"ticket_id": str(ticket_id), "status": "received", "messages": []}
        if issued is not None and (self._clock.now() - issued).total_seconds() > DELAYED_SECONDS:
            page["delayed"] = True
        return page


def _message(message: VisibleMessage) -> dict[str, object]:
    return {
        "author": message.author.value,
        "text": message.text,
        "citations": [{"uri": c.uri, "title": c.title, "heading": c.heading} for c in message.citations],
        "at": message.at.isoformat(),
    }
