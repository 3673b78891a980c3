"""What ends an exchange between the employee and a program that does not say that it is one, see docs/adr/0043."""

from dataclasses import replace
from uuid import UUID

from fte_agent.channels import TRAITS, LoopGuard
from fte_agent.domain.messages import InboundMessage
from fte_agent.domain.turns import Reason
from fte_agent.text.repetition import MAX_CHARS, Exchange, repeats
from fte_database.pool import Connection
from fte_database.sql import bound


async def watched(connection: Connection, message: InboundMessage, conversation: UUID) -> InboundMessage:
    """``message``, just stored in ``conversation``; handed over where it goes on with what looks like a loop.

    Within the transaction that stored it: its sender's lock lets no other message of theirs be counted meanwhile.
    """
    guard = TRAITS[message.channel].loop_guard
    if guard is None or message.automated or message.handed_over or message.preference is not None:
        return message
    sender = {"kind": message.sender.kind, "value": message.sender.normalised, "channel": message.channel}
    facts = {"period": guard.period, "most": guard.replies, "chars": MAX_CHARS}
    replies = await connection.fetch(*bound("automatic_replies", **sender, **facts))
    exchanges = [Exchange(row["body"], row["answered"]) for row in replies if row["left_us"]]
    if repeats(message.body, exchanges):
        return replace(message, handed_over=Reason.REPEATED)
    if await _is_capped(connection, len(replies), guard, conversation, sender):
        return replace(message, handed_over=Reason.CAPPED)
    return message


async def _is_capped(
    connection: Connection, replies: int, guard: LoopGuard, conversation: UUID, sender: dict[str, str]
) -> bool:
    """Whether the replies of ``guard`` are used up, by what was said and by what is to be said elsewhere."""
    if replies >= guard.replies:
        return True
    waiting = await connection.fetchval(*bound("count_waiting", conversation=conversation, **sender))
    return bool(replies + waiting >= guard.replies)
