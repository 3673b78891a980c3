"""A ticket as its customer may see it."""

from uuid import UUID

from fte_agent.ports import Clock
from fte_database.repositories.status import VisibleMessage
from fte_runtime.channels.base import TicketLookup
from fte_runtime.errors import Unauthorised
from fte_runtime.tokens import StatusTokens, digest, well_formed

DELAYED_SECONDS = 60.0


class TicketPage:
    """Answers for every ticket this service issued, stored yet or not."""

    def __init__(self, *, lookup: TicketLookup, tokens: StatusTokens, clock: Clock) -> None:
        self._lookup = lookup
        self._tokens = tokens
        self._clock = clock

    async def show(self, ticket_id: UUID, token: str) -> dict[str, object]:
        """The page's JSON.

        Raises:
            Unauthorised: the token proves nothing about this ticket. Unknown tickets look the same.
        """
        if not well_formed(token):
            raise Unauthorised("no token of ours")
        issued = self._tokens.issued_at(token, ticket_id)
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
