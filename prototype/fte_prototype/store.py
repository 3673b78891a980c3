"""The stores of the sandbox: `fte_agent.ports.TicketStore` and `CustomerStore` in memory.

They share PostgreSQL's observable semantics for one process and one thread, so that an employee decides here
what it decides there; ``tests/test_transition.py`` plays the same tickets through both.
"""

from collections.abc import Sequence
from datetime import UTC, timedelta
from uuid import UUID

from fte_agent.domain.identity import EarlierTicket, Past
from fte_agent.domain.messages import InboundMessage, Ingested
from fte_agent.domain.turns import Decision, TurnContext
from fte_agent.ports import Claim, Clock, CustomerStore, TicketStore
from fte_prototype.clock import SystemClock
from fte_prototype.crm import claim as claims
from fte_prototype.crm import commit as commits
from fte_prototype.crm import ingest as intake
from fte_prototype.crm.tables import Tables, Ticket
from fte_prototype.crm.views import EscalationView, MessageView, RunView, TicketView

__all__ = ["EscalationView", "InMemoryCustomerStore", "InMemoryTicketStore", "MessageView", "RunView", "TicketView"]

EARLIER_TICKETS, EXCERPT_CHARS = 5, 300


class InMemoryTicketStore(TicketStore):
    """Ingest, claim and commit, each one transaction, gone with the process.

    ``quiet_seconds`` is how long a burst may settle before its turn; ``max_chars`` bounds a reply, None: as its
    kind of channel does. A reply counts as delivered once committed: there is no outbox.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        quiet_seconds: float = 0,
        max_chars: int | None = None,
        lease_seconds: float = 30,
    ) -> None:
        self.tables = Tables()
        self._clock = clock or SystemClock()
        self._quiet = timedelta(seconds=quiet_seconds)
        self._max_chars = max_chars
        self._lease = timedelta(seconds=lease_seconds)

    async def ingest(self, message: InboundMessage) -> Ingested:
        """Store ``message`` once.

        Raises:
            Rejected: the message itself cannot be stored.
        """
        return intake.ingest(self.tables, message, self._clock.now(), self._quiet)

    async def claim(self, worker: str, preferred: Sequence[UUID] = ()) -> Claim | None:
        """Lease the next due conversation: one overdue by a lease, else one of ``preferred``, else any other."""
        now, nothing = self._clock.now(), timedelta()
        steps = [(None, self._lease), (frozenset(preferred), nothing), (None, nothing)]
        for choice, overdue in steps if preferred else steps[-1:]:
            claimed = claims.claim(
                self.tables, worker, now, self._lease, choice=choice, overdue=overdue, max_chars=self._max_chars
            )
            if claimed is not None:
                return claimed
        return None

    async def renew(self, claim: Claim) -> bool:
        """Extend the lease; False when the claim was lost or a person took over."""
        return claims.renew(self.tables, claim, self._clock.now(), self._lease)

    async def commit(self, claim: Claim, decision: Decision, *, revision: str) -> bool:
        """Make ``decision`` true; False when superseded, and then nobody sees anything of it."""
        return commits.commit(self.tables, claim, decision, revision, self._clock.now())

    async def release(self, claim: Claim, error: str | None = None, *, counts: bool = True) -> None:
        """Give a claim back: at once without ``error``, with back-off otherwise; see the port."""
        claims.release(self.tables, claim, self._clock.now(), error, counts=counts)

    async def unanswered(self, conversations: Sequence[UUID]) -> set[UUID]:
        """Those of ``conversations`` that still wait for the employee."""
        rows = self.tables.conversations
        return {each for each in conversations if each in rows and rows[each].waits}

    def filed(self, message: InboundMessage) -> Ingested:
        """What ``message`` was stored as; raises `UnknownTicket`."""
        return self.tables.event(message.source, message.dedupe_key)

    def ticket(self, ticket_id: UUID) -> TicketView:
        """One ticket with all its messages; raises `UnknownTicket`."""
        return self.tables.view(ticket_id)

    def tickets(self) -> list[TicketView]:
        """Every ticket, oldest first."""
        return list(self.tables.views())

    def escalations(self) -> list[EscalationView]:
        """Every hand-over to a person, oldest first."""
        return list(self.tables.escalations.values())

    def messages(self, conversation_id: UUID) -> list[MessageView]:
        """Every message of a conversation in order, automated ones too; raises `UnknownTicket`."""
        return list(self.tables.conversation(conversation_id).messages)

    def runs(self, conversation_id: UUID) -> list[RunView]:
        """Every claim of a conversation with its decision, oldest first; raises `UnknownTicket`."""
        return list(self.tables.conversation(conversation_id).runs)


class InMemoryCustomerStore(CustomerStore):
    """History through verified identifiers only, as ``PostgresCustomerStore`` tells it; nobody merges anything here."""

    def __init__(self, tickets: InMemoryTicketStore) -> None:
        self._tables = tickets.tables

    async def past(self, context: TurnContext) -> Past:
        """Tickets of other conversations, newest first, and how many may not be told."""
        if not self._proven(context.conversation_id):
            return Past()
        others = [
            ticket
            for ticket in self._tables.tickets.values()
            if ticket.conversation_id != context.conversation_id and self._asked(ticket, context.customer_id)
        ]
        told = [ticket for ticket in others if self._proven(ticket.conversation_id)]
        told.sort(key=lambda ticket: (ticket.created_at, ticket.number), reverse=True)
        return Past(tuple(map(self._earlier, told[:EARLIER_TICKETS])), len(others) - len(told))

    def _asked(self, ticket: Ticket, customer: UUID) -> bool:
        row = self._tables.conversations[ticket.conversation_id]
        return row.customer_id == customer and row.last_inbound_seq > 0

    def _earlier(self, ticket: Ticket) -> EarlierTicket:
        row = self._tables.conversations[ticket.conversation_id]
        asked = [each.body for each in row.messages if each.direction == "inbound" and not each.automated]
        answered = [each.body for each in row.messages if each.direction == "outbound"]
        return EarlierTicket(
            number=ticket.number,
            channel=row.channel,
            subject=row.subject,
            status=ticket.status,
            opened_at=ticket.created_at.astimezone(UTC),
            question=asked[-1][:EXCERPT_CHARS],
            answer=answered[-1][:EXCERPT_CHARS] if answered else "",
        )

    def _proven(self, conversation: UUID) -> bool:
        """Whether the channel proved the sender of every message in it."""
        row = self._tables.conversations.get(conversation)
        return all(m.sender_verified for m in row.messages if m.direction == "inbound") if row else True
