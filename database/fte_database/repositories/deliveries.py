"""Replies to send: `fte_agent.ports.DeliveryStore` on PostgreSQL."""

from collections.abc import Collection
from datetime import timedelta

from fte_agent.channels import WEB_FORM
from fte_agent.domain.delivery import Delivery, Sent
from fte_agent.domain.messages import Author, Channel
from fte_agent.ports import DeliveryStore
from fte_database.pool import Database
from fte_database.sql import QUERIES

FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=5)
# A web form's delivery is a row that the status page reads: sending it again reaches nobody twice.
RESENDABLE = frozenset({WEB_FORM})


class PostgresDeliveryStore(DeliveryStore):
    """Deliveries in conversation order, each leased and fenced by its epoch.

    A crash between sending and recording leaves ``sending`` past its lease. On ``resendable`` channels
    such a delivery is claimed again; on others it stays, and holds its conversation, until it is
    reconciled with the provider.
    """

    def __init__(
        self, database: Database, *, lease_seconds: float = 30, resendable: Collection[Channel] = RESENDABLE
    ) -> None:
        self._database = database
        self._lease = timedelta(seconds=lease_seconds)
        self._resendable = sorted(channel.value for channel in resendable)

    async def claim_delivery(self, worker: str) -> Delivery | None:
        """Lease the next sendable delivery, or None."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(QUERIES["claim_delivery"], worker, self._lease, self._resendable)
        if row is None:
            return None
        return Delivery(
            id=row["id"],
            conversation_id=row["conversation_id"],
            message_id=row["message_id"],
            part=row["part"],
            channel=Channel(row["channel"]),
            author=Author(row["author"]),
            recipient=row["recipient"],
            body=row["body"],
            epoch=row["epoch"],
        )

    async def mark_sent(self, delivery: Delivery, sent: Sent) -> bool:
        """Record the provider's acceptance; False when the claim was lost."""
        async with self._database.connection() as connection:
            done = await connection.fetchval(QUERIES["accept_delivery"], delivery.id, delivery.epoch, sent.provider_id)
        return done is not None

    async def mark_failed(self, delivery: Delivery, *, code: str, error: str, retryable: bool) -> bool:
        """Record a failed attempt: back-off and try again, or failed for good; False when the claim was lost."""
        async with self._database.connection() as connection:
            done = await connection.fetchval(
                QUERIES["fail_delivery"],
                delivery.id,
                delivery.epoch,
                retryable,
                code,
                error,
                FIRST_BACKOFF,
                LONGEST_BACKOFF,
            )
        return done is not None
