"""Conversations and tickets: `fte_agent.ports.TicketStore` on PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

from fte_agent.channels import Unconfirmed, kinds
from fte_agent.domain.messages import InboundMessage, Ingested
from fte_agent.domain.turns import Decision
from fte_agent.ports import Claim, OverdueStore, TicketStore
from fte_database.pool import Database
from fte_database.repositories import claim as claims
from fte_database.repositories import commit as commits
from fte_database.repositories import ingest as intake
from fte_database.repositories import loops
from fte_database.repositories.claims import carriers_of
from fte_database.repositories.commit import CommitPolicy
from fte_database.repositories.copies import CopyPolicy
from fte_database.repositories.handover import HandoverPolicy, hand_over_quietly, tell_person
from fte_database.repositories.ingest import ChannelPolicy
from fte_database.repositories.takeover import PostgresTakeoverStore
from fte_database.sql import QUERIES

__all__ = ["ChannelPolicy", "CopyPolicy", "PostgresTicketStore"]


class PostgresTicketStore(TicketStore, OverdueStore):
    """Ingest, claim and commit, each one transaction.

    ``channels`` maps a SupportChannel's name to its policy; an unknown name gets the defaults, since a
    worker may be older than the channel. ``sweep_seconds`` is how long past due a conversation must
    be before a worker claims one that it did not take in; past due by a lease it comes before the
    worker's own. ``escalation_sla_seconds`` is the time a person has for the first reply. Without ``copies`` replies
    go by their own channel alone, and nobody is sent a code.
    """

    def __init__(
        self,
        database: Database,
        *,
        topic_prefix: str,
        channels: Mapping[str, ChannelPolicy] = MappingProxyType({}),
        lease_seconds: float = 30,
        sweep_seconds: float = 0,
        escalation_sla_seconds: float = 4 * 3600,
        copies: CopyPolicy | None = None,
    ) -> None:
        self._database = database
        self._channels = channels
        self._lease = timedelta(seconds=lease_seconds)
        self._sweep = timedelta(seconds=sweep_seconds)
        self._policy = CommitPolicy(
            topic_prefix, timedelta(seconds=escalation_sla_seconds), kinds(Unconfirmed.RESEND), copies
        )
        self._reachable = frozenset(carriers_of(copies))
        self._handover = HandoverPolicy(topic_prefix, self._policy.escalation_sla)
        self._takeovers = PostgresTakeoverStore(
            database, topic_prefix=topic_prefix, escalation_sla_seconds=escalation_sla_seconds
        )

    async def ingest(self, message: InboundMessage) -> Ingested:
        """Store ``message`` once.

        Raises:
            Rejected: the message itself cannot be stored.
        """
        policy = self._channels.get(message.channel_name, ChannelPolicy())
        async with self._database.transaction() as connection:
            done = await intake.ingest(connection, message, policy, self._policy.copies)
            asked = not done.duplicate and not message.automated
            if message.ticket_id is None and asked:  # a provider has it, too, where others may answer
                await self._takeovers.meet(connection, message, done.conversation_id)
            if not done.duplicate:
                message = await loops.watched(connection, message, done.conversation_id)
                await hand_over_quietly(connection, done.conversation_id, message, self._handover)
                await tell_person(connection, done.conversation_id, self._handover)
            return done

    async def tell_person(self) -> UUID | None:
        """Tell a person of what a customer wrote in a conversation of theirs; None when all are told."""
        async with self._database.transaction() as connection:
            return await tell_person(connection, None, self._handover)

    async def dead_letter(self, source: str, dedupe_key: str, reason: str) -> None:
        """Record an event that can never be processed; ingesting it later revives it."""
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["dead_letter_event"], source, dedupe_key, reason)

    async def claim(self, worker: str, preferred: Sequence[UUID] = ()) -> Claim | None:
        """Lease the next due conversation: one long overdue, else one of ``preferred``, else any other.

        A worker dies without a word, and then what it had is overdue by a lease; were that last, workers
        with work of their own would never come to it. None when nothing is due; what came on a kind of channel
        that only a newer release has is not, for this one.
        """
        own = list(preferred)
        steps = [(None, max(self._lease, self._sweep)), (own, timedelta()), (None, self._sweep)]
        async with self._database.transaction() as connection:
            for choice, overdue in steps if own else steps[-1:]:
                claimed = await claims.claim(
                    connection, worker, self._lease, choice, overdue, reachable=self._reachable
                )
                if claimed is not None:
                    return claimed
        return None

    async def claim_overdue(self, worker: str, age: timedelta) -> Claim | None:
        """Take over a burst older than ``age`` from whoever has it; one that was, not again before its lease ends."""
        async with self._database.transaction() as connection:
            return await claims.claim_overdue(connection, worker, self._lease, age, self._reachable)

    async def renew(self, claim: Claim) -> bool:
        """Extend the lease; False when the claim was lost or a person took over."""
        async with self._database.connection() as connection:
            return await claims.renew(connection, claim, self._lease)

    async def commit(self, claim: Claim, decision: Decision, *, revision: str) -> bool:
        """Make ``decision`` true; False when superseded, and then nobody sees anything of it."""
        async with self._database.transaction() as connection:
            return await commits.commit(connection, claim, decision, revision=revision, policy=self._policy)

    async def release(self, claim: Claim, error: str | None = None, *, counts: bool = True) -> None:
        """Give a claim back: at once without ``error``, with back-off otherwise.

        ``counts`` says whether the error is an attempt of this turn; one that somebody else caused is
        not, and waits longer: about 5 s, doubling to 5 min. Without ``error`` nothing is counted.
        """
        async with self._database.transaction() as connection:
            await claims.release(connection, claim, error, counts=counts)

    async def unanswered(self, conversations: Sequence[UUID]) -> set[UUID]:
        """Those of ``conversations`` that still wait for the employee."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["list_unanswered"], list(conversations))
        return {row["id"] for row in rows}
