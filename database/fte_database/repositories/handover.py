"""A conversation goes to a person outside any turn: its reply cannot be delivered, or somebody answered already."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fte_agent.channels import Unconfirmed, kinds
from fte_agent.domain.delivery import OutsideReply
from fte_agent.domain.turns import Reason, Trigger
from fte_agent.ports import TakeoverStore
from fte_database.pool import Connection, Database
from fte_database.repositories import events
from fte_database.repositories.events import Subject
from fte_database.sql import QUERIES, bound

OUTSIDE = "outside"
"""Who answered by other means than ours: nobody tells us a name."""


@dataclass(frozen=True, slots=True)
class HandoverPolicy:
    """Where events go, and how soon a person must have replied."""

    topic_prefix: str
    sla: timedelta


async def hand_over(
    connection: Connection, conversation: UUID, reason: Reason, summary: str, policy: HandoverPolicy
) -> None:
    """Give a conversation to a person, with an escalation unless one is open."""
    await connection.execute(QUERIES["give_to_person"], conversation)
    await connection.execute(QUERIES["cancel_replies"], conversation, kinds(Unconfirmed.RESEND))
    subject = await _subject(connection, conversation)
    await connection.execute(QUERIES["update_ticket"], subject.ticket_id, None, None, "escalated")
    opened = await connection.fetchrow(
        *bound(
            "open_escalation",
            ticket=subject.ticket_id,
            conversation=conversation,
            reason=reason,
            trigger=Trigger.FAILURE,
            summary=summary,
            brief={},
            sla=policy.sla,
        )
    )
    if opened is not None:
        event = events.escalation_opened(subject, reason, Trigger.FAILURE, opened["id"], opened["sla_due_at"])
        topic = f"{policy.topic_prefix}.escalations"
        await connection.execute(QUERIES["insert_outbox"], topic, str(conversation), event)


class PostgresTakeoverStore(TakeoverStore):
    """Replies that a person sent by other means than ours."""

    def __init__(self, database: Database, *, topic_prefix: str) -> None:
        self._database = database
        self._topic = f"{topic_prefix}.metrics"

    async def take_over(self, reply: OutsideReply) -> bool:
        """Store the reply and give its conversation to a person; False when there is none, or the reply is known."""
        async with self._database.transaction() as connection:
            conversation = await connection.fetchval(
                QUERIES["find_thread"], reply.channel, reply.channel_name, reply.thread_key
            )
            if conversation is None:
                return False
            if await connection.fetchval(QUERIES["knows_external"], reply.channel, reply.external_id):
                return False
            await self._store(connection, conversation, reply)
        return True

    async def _store(self, connection: Connection, conversation: UUID, reply: OutsideReply) -> None:
        seq = await connection.fetchval(QUERIES["append_outside"], conversation)
        await connection.execute(
            *bound(
                "insert_outside",
                conversation=conversation,
                seq=seq,
                channel=reply.channel,
                body=reply.body,
                external_id=reply.external_id,
                occurred_at=reply.occurred_at,
            )
        )
        await connection.execute(QUERIES["cancel_replies"], conversation, kinds(Unconfirmed.RESEND))
        await connection.execute(QUERIES["claim_escalation"], conversation, OUTSIDE)
        detail = {"channel_name": reply.channel_name, "external_id": reply.external_id}
        await connection.execute(QUERIES["insert_audit"], OUTSIDE, "takeover", str(conversation), detail)
        event = events.conversation_taken_over(await _subject(connection, conversation))
        await connection.execute(QUERIES["insert_outbox"], self._topic, str(conversation), event)


async def _subject(connection: Connection, conversation: UUID) -> Subject:
    row = await connection.fetchrow(QUERIES["handover_facts"], conversation)
    if row is None:
        raise AssertionError("a conversation without ticket was handed over")
    return Subject(conversation, row["ticket_id"], row["channel"], row["channel_name"])
