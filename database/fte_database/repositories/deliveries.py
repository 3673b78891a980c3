"""Replies to send: `fte_agent.ports.DeliveryStore` on PostgreSQL."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from fte_agent.channels import TRAITS, Unconfirmed, kinds
from fte_agent.domain.delivery import Delivery, DeliveryStatus, Failure, Sent
from fte_agent.domain.messages import Author, ReplyTarget
from fte_agent.ports import DeliveryStore
from fte_database.pool import Connection, Database
from fte_database.repositories.handover import HandoverPolicy
from fte_database.repositories.outcomes import advance, give_up
from fte_database.sql import QUERIES, bound

FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=5)
ENOUGH_LOOKUPS = 2
UNCONFIRMED = Failure("Unconfirmed", "the provider does not know it after two looks", retryable=False)


class PostgresDeliveryStore(DeliveryStore):
    """Deliveries in conversation order, each leased and fenced by its epoch.

    A crash between sending and recording leaves ``sending`` past its lease. Where a part may be sent twice, such a
    delivery is claimed again; elsewhere it becomes ``unknown`` and is looked up at its provider, not before
    ``http_seconds``, the longest a request may be under way, after its lease. It holds its conversation meanwhile.
    ``lookup_seconds`` lie between two looks.
    """

    def __init__(
        self,
        database: Database,
        *,
        topic_prefix: str,
        lease_seconds: float = 30,
        http_seconds: float = 20,
        lookup_seconds: float = 60,
        escalation_sla_seconds: float = 4 * 3600,
    ) -> None:
        self._database = database
        self._lease = timedelta(seconds=lease_seconds)
        self._margin = timedelta(seconds=http_seconds)
        self._pause = timedelta(seconds=lookup_seconds)
        self._policy = HandoverPolicy(topic_prefix, timedelta(seconds=escalation_sla_seconds))

    async def claim_delivery(self, worker: str, channels: Sequence[str]) -> Delivery | None:
        """Lease the next sendable delivery of ``channels``, or None."""
        async with self._database.transaction() as connection:
            claimed = await connection.fetchval(
                *bound(
                    "claim_delivery",
                    worker=worker,
                    lease=self._lease,
                    channels=list(channels),
                    resendable=kinds(Unconfirmed.RESEND),
                )
            )
            return await _read(connection, claimed)

    async def claim_unconfirmed(self, worker: str, channels: Sequence[str]) -> Delivery | None:
        """Lease a delivery of ``channels`` that is due to be looked up, or None."""
        async with self._database.transaction() as connection:
            claimed = await connection.fetchval(
                *bound(
                    "claim_unconfirmed",
                    worker=worker,
                    lease=self._lease,
                    channels=list(channels),
                    resendable=kinds(Unconfirmed.RESEND),
                    margin=self._margin,
                )
            )
            return await _read(connection, claimed)

    async def mark_sent(self, delivery: Delivery, sent: Sent) -> bool:
        """Record the provider's acceptance, and what it reported of the id before we knew it."""
        statement = QUERIES["announce_delivery"] if sent.placeholder else QUERIES["accept_delivery"]
        async with self._database.transaction() as connection:
            done = await connection.fetchval(statement, delivery.id, delivery.epoch, sent.provider_id)
            if done is not None and sent.provider_id is not None and not sent.placeholder:
                await advance(connection, delivery.id, self._policy)
        return done is not None

    async def mark_failed(self, delivery: Delivery, failure: Failure) -> bool:
        """Record a failed attempt: back-off and try again; or failed for good, and then a person has it."""
        async with self._database.transaction() as connection:
            if failure.retryable:
                return await self._retry(connection, delivery, failure)
            done = await connection.fetchval(
                *bound(
                    "fail_delivery", delivery=delivery.id, epoch=delivery.epoch, code=failure.code, error=failure.error
                )
            )
            if done is not None:
                await give_up(connection, delivery.id, delivery.conversation_id, failure.code, self._policy)
        return done is not None

    async def mark_unknown(self, delivery: Delivery, failure: Failure) -> bool:
        """Nobody knows whether the provider has it: it is to be looked up, and not sent meanwhile."""
        async with self._database.connection() as connection:
            done = await connection.fetchval(
                *bound(
                    "suspend_delivery",
                    delivery=delivery.id,
                    epoch=delivery.epoch,
                    code=failure.code,
                    error=failure.error,
                    margin=self._margin,
                )
            )
        return done is not None

    async def close_window(self, delivery: Delivery) -> bool:
        """The provider takes no free text any more: the part is due again, as a template or a person's."""
        async with self._database.transaction() as connection:
            conversation = await connection.fetchval(QUERIES["reopen_delivery"], delivery.id, delivery.epoch)
            if conversation is not None:
                await connection.execute(QUERIES["close_reply_window"], conversation)
        return conversation is not None

    async def mark_absent(self, delivery: Delivery) -> bool:
        """The provider does not know it. The second time it is sent again, or a person has it."""
        async with self._database.transaction() as connection:
            lookups = await connection.fetchval(QUERIES["count_lookup"], delivery.id, delivery.epoch, self._pause)
            if lookups is not None and lookups >= ENOUGH_LOOKUPS:
                await self._absent_for_good(connection, delivery)
        return lookups is not None

    async def apply_status(self, status: DeliveryStatus) -> bool:
        """Store a provider's report, then move the delivery forward; False while no delivery has that id."""
        raw = {"reported": status.reported, "window_closed": status.window_closed, "channel_name": status.channel_name}
        async with self._database.transaction() as connection:
            await connection.execute(
                *bound(
                    "insert_delivery_event",
                    channel=status.channel,
                    provider_id=status.provider_id,
                    status=status.state,
                    error_code=status.error_code,
                    raw=raw,
                )
            )
            delivery = await connection.fetchval(QUERIES["lock_reported"], status.channel, status.provider_id)
            if delivery is not None:
                await advance(connection, delivery, self._policy)
        return delivery is not None

    async def unknown_ids(self, channel_name: str, provider_ids: Sequence[str]) -> set[str]:
        """Those of ``provider_ids`` that no delivery of the channel has, or had."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["list_unknown_ids"], list(provider_ids), channel_name)
        return {row["id"] for row in rows}

    async def has_unconfirmed(self, channel_name: str, address: str) -> bool:
        """Whether a part to ``address`` is being sent or unknown."""
        async with self._database.connection() as connection:
            found: bool = await connection.fetchval(QUERIES["has_unconfirmed"], channel_name, address)
            return found

    async def _retry(self, connection: Connection, delivery: Delivery, failure: Failure) -> bool:
        delay = None if failure.retry_after is None else timedelta(seconds=failure.retry_after)
        done = await connection.fetchval(
            *bound(
                "retry_delivery",
                delivery=delivery.id,
                epoch=delivery.epoch,
                code=failure.code,
                error=failure.error,
                delay=delay,
                first=FIRST_BACKOFF,
                longest=LONGEST_BACKOFF,
            )
        )
        return done is not None

    async def _absent_for_good(self, connection: Connection, delivery: Delivery) -> None:
        if TRAITS[delivery.channel].unconfirmed is not Unconfirmed.LOOK_UP_THEN_HAND_OVER:
            await connection.execute(QUERIES["resend_delivery"], delivery.id)
            return
        await connection.execute(QUERIES["abandon_delivery"], delivery.id, UNCONFIRMED.code, UNCONFIRMED.error)
        await give_up(connection, delivery.id, delivery.conversation_id, UNCONFIRMED.code, self._policy)


async def _read(connection: Connection, claimed: UUID | None) -> Delivery | None:
    if claimed is None:
        return None
    row = await connection.fetchrow(QUERIES["read_delivery"], claimed)
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
        target=ReplyTarget(**row["target"]) if row["target"] else ReplyTarget(row["recipient"], row["subject"]),
        body=row["body"],
        epoch=row["epoch"],
        first_sent_at=row["first_sent_at"],
        window_until=row["reply_window_until"],
        customer_name=row["customer_name"],
    )
