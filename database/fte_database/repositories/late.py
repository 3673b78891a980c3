"""Replies that are late: a person knows of them while they are tried further.

The conversation stays the employee's, so that its reply goes out as soon as the channel takes it again.
"""

from datetime import timedelta
from uuid import UUID

from fte_agent.domain.turns import Reason
from fte_database.pool import Connection
from fte_database.repositories import claims, events
from fte_database.repositories.copies import LONGEST
from fte_database.repositories.handover import HandoverPolicy, open_escalation, subject_of
from fte_database.repositories.takeover import KEPT
from fte_database.sql import QUERIES


async def escalate(connection: Connection, age: timedelta, policy: HandoverPolicy) -> UUID | None:
    """Open an escalation for one conversation with a part due for ``age`` and none open; None when all are known."""
    found = await connection.fetchrow(QUERIES["find_late"], age, None)
    if found is None:
        return None
    conversation: UUID = found["conversation_id"]
    await connection.execute(QUERIES["lock_handler"], conversation)
    found = await connection.fetchrow(QUERIES["find_late"], age, conversation)
    if found is not None:  # it did not leave before the lock
        since, code = f"{found['due_since']:%Y-%m-%d %H:%M} UTC", found["error_code"] or "no code was given"
        summary = f"A reply has waited to be delivered since {since} ({code}). It is still being tried."
        await open_escalation(connection, conversation, Reason.DELIVERY, summary, policy, advisory=True)
    return conversation


async def withdraw(connection: Connection, policy: HandoverPolicy) -> None:
    """Resolve what `escalate` opened and nobody claimed, where nothing is late any more, and tell so.

    Replies that wait for a message which never comes are forgotten, too (`fte_database.repositories.takeover`), and so
    are copies that could not be sent (`fte_database.repositories.copies`); claims whose time is over end.
    """
    await connection.execute(QUERIES["forget_early"], KEPT)
    await connection.execute(QUERIES["expire_copies"], LONGEST)
    await claims.expire(connection)
    for row in await connection.fetch(QUERIES["withdraw_advisories"]):
        event = events.escalation_withdrawn(await subject_of(connection, row["conversation_id"]), row["id"])
        topic = f"{policy.topic_prefix}.escalations"
        await connection.execute(QUERIES["insert_outbox"], topic, str(row["conversation_id"]), event)
