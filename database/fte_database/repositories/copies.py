"""Copies: a reply goes by another kind of channel, too, where its customer may not come back to look.

Anybody can type anybody's address, so what goes to one is bounded, exactly; see docs/adr/0044.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from fte_agent.channels import TRAITS
from fte_agent.domain.addresses import mailbox_of
from fte_agent.domain.behaviour import Company
from fte_agent.domain.messages import Channel, ReplyTarget
from fte_agent.reply.copies import copy_of
from fte_agent.reply.formatting import numbered
from fte_database.pool import Connection
from fte_database.sql import QUERIES, bound

PER_MAILBOX = 10
"""Replies copied to one mailbox in an hour."""

PER_CHANNEL = 1000
"""Copies that one SupportChannel carries in a day: half of what Gmail lets an account send, so that its own replies go
out whatever is typed (https://support.google.com/a/answer/166852). Commits at one moment may exceed it by one each."""

LONGEST = timedelta(days=1)
"""How long a copy that cannot be sent is tried."""


def _unheard(carrier: str, outcome: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class CopyPolicy:
    """Who carries copies: ``carriers`` maps a kind of channel to the SupportChannel of that kind.

    They are in the name of ``company``. ``tell`` hears the carrier's name and what became of each: ``queued``,
    ``capped``, ``unwanted``, or ``unaddressed``; within the transaction.
    """

    company: Company
    carriers: Mapping[Channel, str]
    tell: Callable[[str, str], None] = _unheard


async def add(connection: Connection, message: UUID, channel: Channel, policy: CopyPolicy) -> None:
    """Queue the copies of a reply, whose own deliveries on ``channel`` are there, if its kind of channel has any."""
    kind = TRAITS[channel].copied_to
    carrier = policy.carriers.get(kind) if kind else None
    if kind is None or carrier is None:
        return
    reply = await connection.fetchrow(QUERIES["reply_to_copy"], message)
    if reply is None:
        raise AssertionError("a reply without a delivery was to be copied")
    outcome = await _queue(connection, message, reply, kind=kind, carrier=carrier, company=policy.company)
    policy.tell(carrier, outcome)


async def _queue(
    connection: Connection, message: UUID, reply: asyncpg.Record, *, kind: Channel, carrier: str, company: Company
) -> str:
    if not reply["wanted"]:
        return "unwanted"
    mailbox = mailbox_of(reply["recipient"]) if reply["kind"] == TRAITS[kind].identifier_kind else ""
    if not mailbox:
        return "unaddressed"
    await connection.execute(QUERIES["ensure_channel"], kind, carrier, TRAITS[kind].style.max_chars)
    config = await connection.fetchval(QUERIES["channel_id"], kind, carrier)
    await connection.execute(QUERIES["lock_copies"], mailbox)
    if not await connection.fetchval(QUERIES["has_room_for_copy"], mailbox, PER_MAILBOX, config, PER_CHANNEL):
        return "capped"
    copy = copy_of(reply["body"], company, of=reply["channel"], to=kind, number=reply["number"])
    for number, part in enumerate(numbered(copy.parts), start=1):
        await connection.execute(
            *bound(
                "insert_copy",
                carrier=config,
                message=message,
                ordinal=reply["ordinal"],
                part=number,
                channel=kind,
                body=part,
                recipient=reply["recipient"],
                recipient_id=reply["recipient_id"],
                target=asdict(ReplyTarget(reply["recipient"], copy.subject)),
                mailbox=mailbox,
                unverified=not reply["verified"],
            )
        )
    return "queued"
