"""Replies that come back after their provider took them, and recipients whom no message reaches.

Locks are taken in the order identifier, conversation, delivery.
"""

import re
from collections.abc import Sequence
from uuid import UUID

from fte_agent.channels import TRAITS, bouncing
from fte_agent.domain.addresses import fold
from fte_agent.domain.delivery import Failure, NonDelivery
from fte_agent.domain.messages import InboundMessage
from fte_database.pool import Connection
from fte_database.repositories.handover import HandoverPolicy
from fte_database.repositories.outcomes import give_up, undelivered
from fte_database.sql import QUERIES, bound

UNDELIVERABLE = Failure("Undeliverable", "no message has reached the recipient since one came back", retryable=False)

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def apply(connection: Connection, report: NonDelivery, policy: HandoverPolicy) -> bool:
    """Fail the part that ``report`` is on; False when none was sent under its name to whom it names.

    Anybody may write a report; whose address stands in it had the part's name from us.
    """
    delivery = _named(report) or await connection.fetchval(QUERIES["find_named"], report.message_id)
    if delivery is None:
        return False
    found = await connection.fetchrow(QUERIES["find_bounced"], delivery, report.channel, report.channel_name)
    address = _folded(found["recipient"]) if found else ""
    if found is None or address not in map(_folded, report.addresses):
        return False
    own = address == found["value_norm"]  # and not where they wanted the answer
    if own:
        await connection.execute(QUERIES["lock_identifier"], found["kind"], found["value_norm"])
    await connection.execute(QUERIES["lock_handler"], found["conversation_id"])
    facts = {"delivery": delivery, "code": report.code or None, "error": report.reason or None}
    if await connection.fetchval(*bound("fail_bounced", **facts)) is not None:
        if own and report.permanent:
            await connection.execute(QUERIES["mark_undeliverable"], delivery)
        conversation, told = found["conversation_id"], undelivered(report.code, report.reason)
        if not found["copied"]:
            await connection.execute(QUERIES["note_bounced"], conversation, told)
        await give_up(connection, delivery, conversation, report.code, policy, reason=report.reason)
    return True


async def heard(connection: Connection, message: InboundMessage) -> None:
    """Who writes from an address can be written to there again; a form's visitor only says that it is theirs."""
    if TRAITS[message.channel].bounces:
        sender = message.sender
        await connection.execute(QUERIES["clear_undeliverable"], sender.kind, sender.normalised)


async def give_up_undeliverable(connection: Connection, channels: Sequence[str], policy: HandoverPolicy) -> None:
    """Give the conversation of one due part to a person, if there is one whose recipient no message reaches."""
    found = await connection.fetchrow(QUERIES["find_undeliverable"], list(channels), bouncing())
    if found is None:
        return
    delivery, conversation = found["id"], found["conversation_id"]
    await connection.execute(QUERIES["lock_handler"], conversation)
    failure = UNDELIVERABLE
    if await connection.fetchval(QUERIES["fail_undeliverable"], delivery, failure.code, failure.error) is not None:
        await give_up(connection, delivery, conversation, failure.code, policy, reason=failure.error)


def _named(report: NonDelivery) -> UUID | None:
    """The part, by its own id or by the Message-ID that it was given (``<part@…>``)."""
    name = report.delivery or report.message_id.lstrip("<").partition("@")[0]
    return UUID(name) if _UUID.fullmatch(name) else None


def _folded(address: str) -> str:
    return fold(address.strip())
