"""A conversation goes before a person outside any turn, since its reply cannot be delivered."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fte_agent.channels import Unconfirmed, kinds
from fte_agent.domain.messages import InboundMessage
from fte_agent.domain.turns import Reason, Trigger
from fte_database.pool import Connection
from fte_database.repositories import events
from fte_database.repositories.events import Subject
from fte_database.sql import QUERIES, bound

QUIETLY = {
    Reason.UNREADABLE: "A message came in that cannot be read; it is kept as it came.",
    Reason.SUPPRESSED: "The customer's program asks for no automatic answer: nothing was sent.",
    Reason.REPEATED: "The same was written again after it was answered, as programs do: nothing was sent.",
    Reason.CAPPED: "The same address was sent as many automatic replies as it may get: nothing was sent.",
}
"""Why a person has a message to whose sender nothing is said."""


@dataclass(frozen=True, slots=True)
class HandoverPolicy:
    """Where events go, and how soon a person must have replied."""

    topic_prefix: str
    sla: timedelta


async def hand_over(
    connection: Connection,
    conversation: UUID,
    reason: Reason,
    summary: str,
    policy: HandoverPolicy,
    *,
    trigger: Trigger = Trigger.FAILURE,
) -> None:
    """Give a conversation to a person, with an escalation unless one is open."""
    await connection.execute(QUERIES["give_to_person"], conversation)
    await connection.execute(QUERIES["cancel_replies"], conversation, kinds(Unconfirmed.RESEND))
    subject = await subject_of(connection, conversation)
    await connection.execute(QUERIES["update_ticket"], subject.ticket_id, None, None, "escalated")
    await connection.execute(QUERIES["replace_advisory"], conversation)
    await open_escalation(connection, conversation, reason, summary, policy, trigger=trigger)


async def hand_over_quietly(
    connection: Connection, conversation: UUID, message: InboundMessage, policy: HandoverPolicy
) -> None:
    """Give ``conversation`` to a person where ``message``, just stored in it, says so and nobody answered it yet."""
    if not message.handed_over or message.automated:
        return
    if await connection.fetchval(QUERIES["is_unanswered"], conversation):
        reason = Reason(message.handed_over)
        await hand_over(connection, conversation, reason, QUIETLY[reason], policy, trigger=Trigger.RULE)


async def open_escalation(
    connection: Connection,
    conversation: UUID,
    reason: Reason,
    summary: str,
    policy: HandoverPolicy,
    *,
    trigger: Trigger = Trigger.FAILURE,
    advisory: bool = False,
) -> None:
    """Put a conversation before a person, and tell so, unless it is before one already.

    ``advisory`` where the employee goes on with it all the same.
    """
    subject = await subject_of(connection, conversation)
    opened = await connection.fetchrow(
        *bound(
            "open_escalation",
            ticket=subject.ticket_id,
            conversation=conversation,
            reason=reason,
            trigger=trigger,
            advisory=advisory,
            summary=summary,
            brief={},
            sla=policy.sla,
        )
    )
    if opened is not None:
        event = events.escalation_opened(subject, reason, trigger, opened["id"], opened["sla_due_at"])
        topic = f"{policy.topic_prefix}.escalations"
        await connection.execute(QUERIES["insert_outbox"], topic, str(conversation), event)


async def tell_person(connection: Connection, conversation: UUID | None, policy: HandoverPolicy) -> UUID | None:
    """Open an escalation where a person has ``conversation`` and nothing tells them of what the customer wrote since.

    None for any such conversation; which one it was, None when there is none.
    """
    found: UUID | None = await connection.fetchval(QUERIES["find_untold"], conversation)
    if found is None:
        return None
    await connection.execute(QUERIES["lock_handler"], found)
    if await connection.fetchval(QUERIES["find_untold"], found) is not None:
        await connection.execute(QUERIES["retire_outside"], found)
        await connection.execute(QUERIES["replace_advisory"], found)
        summary = "The customer has written, and a person has this conversation."
        await open_escalation(connection, found, Reason.HUMAN, summary, policy, trigger=Trigger.CUSTOMER)
    return found


async def subject_of(connection: Connection, conversation: UUID) -> Subject:
    """What events tell of a conversation; the ticket is its open one, else its newest."""
    row = await connection.fetchrow(QUERIES["handover_facts"], conversation)
    if row is None:
        raise AssertionError("a conversation without ticket was handed over")
    return Subject(conversation, row["ticket_id"], row["channel"], row["channel_name"])
