"""What follows once it is known what became of a delivery."""

from uuid import UUID

from fte_agent.domain.turns import Reason
from fte_database.pool import Connection
from fte_database.repositories.handover import HandoverPolicy, hand_over
from fte_database.sql import QUERIES

FAILED = "failed"


async def advance(connection: Connection, delivery: UUID, policy: HandoverPolicy) -> None:
    """Bring a delivery to the furthest state its provider reported; what failed goes to a person.

    Where it failed because the time for free text was over, it is due again as a template.
    """
    moved = await connection.fetchrow(QUERIES["advance_delivery"], delivery)
    if moved is None or moved["state"] != FAILED:
        return
    if moved["window_closed"]:
        await connection.execute(QUERIES["reopen_delivery"], delivery, None)
        await connection.execute(QUERIES["close_reply_window"], moved["conversation_id"])
        return
    await give_up(connection, delivery, moved["conversation_id"], moved["error_code"] or "reported", policy)


async def give_up(
    connection: Connection, delivery: UUID, conversation: UUID, code: str, policy: HandoverPolicy
) -> None:
    """A part cannot reach its customer: neither can the rest of its message, and a person has the conversation."""
    await connection.execute(QUERIES["cancel_parts"], delivery)
    summary = f"A reply could not be delivered ({code})."
    await hand_over(connection, conversation, Reason.DELIVERY, summary, policy)
