"""Claims of deliveries: to be sent, or to be looked up at their provider."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from fte_agent.channels import Unconfirmed, bouncing, kinds
from fte_agent.domain.delivery import Delivery
from fte_agent.domain.messages import Author, ReplyTarget
from fte_database.pool import Connection
from fte_database.repositories.copies import LONGEST
from fte_database.sql import QUERIES, bound
from fte_database.values import known


async def claim(connection: Connection, worker: str, channels: Sequence[str], lease: timedelta) -> Delivery | None:
    """Lease the next sendable delivery of the SupportChannels ``channels``; copies when nothing else is due."""
    facts = {"worker": worker, "lease": lease, "channels": list(channels)}
    facts |= {"resendable": kinds(Unconfirmed.RESEND), "bouncing": bouncing()}
    claimed = await connection.fetchval(*bound("claim_delivery", **facts))
    if claimed is None:
        claimed = await connection.fetchval(*bound("claim_copy", **facts, longest=LONGEST))
    return None if claimed is None else await _read(connection, claimed)


async def claim_unconfirmed(
    connection: Connection, worker: str, channels: Sequence[str], lease: timedelta, margin: timedelta
) -> Delivery | None:
    """Lease a delivery to look up; one that was being sent not before ``margin`` after its lease."""
    claimed = await connection.fetchval(
        *bound(
            "claim_unconfirmed",
            worker=worker,
            lease=lease,
            channels=list(channels),
            resendable=kinds(Unconfirmed.RESEND),
            margin=margin,
        )
    )
    return None if claimed is None else await _read(connection, claimed)


async def claim_stranded(
    connection: Connection, worker: str, channels: Sequence[str], lease: timedelta, age: timedelta
) -> Delivery | None:
    """Lease a delivery older than ``age`` of a SupportChannel that is none of ``channels``."""
    claimed = await connection.fetchval(
        *bound("claim_stranded", worker=worker, lease=lease, channels=list(channels), age=age)
    )
    return None if claimed is None else await _read(connection, claimed)


async def _read(connection: Connection, delivery: UUID) -> Delivery:
    row = await connection.fetchrow(QUERIES["read_delivery"], delivery)
    if row is None:
        raise AssertionError("a delivery vanished within its transaction")
    return Delivery(
        id=row["id"],
        conversation_id=row["conversation_id"],
        message_id=row["message_id"],
        part=row["part"],
        channel=row["channel"],
        channel_name=row["channel_name"],
        author=Author(row["author"]),
        target=known(ReplyTarget, row["target"]) if row["target"] else ReplyTarget(row["recipient"], row["subject"]),
        body=row["body"],
        epoch=row["epoch"],
        first_sent_at=row["first_sent_at"],
        window_until=row["reply_window_until"],
        customer_name=row["customer_name"],
        copied=row["copied"],
    )
