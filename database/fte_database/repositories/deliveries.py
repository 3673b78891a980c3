"""Replies to send: `fte_agent.ports.DeliveryStore` on PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

from fte_agent.channels import TRAITS
from fte_agent.domain.delivery import Delivery, DeliveryStatus, Failure, NonDelivery, Sent
from fte_agent.ports import DeliveryStore
from fte_database.pool import Database
from fte_database.repositories import bounces, delivery_claims, late, outcomes, statuses
from fte_database.repositories.budget import charge_delivery
from fte_database.repositories.handover import HandoverPolicy
from fte_database.sql import QUERIES


class PostgresDeliveryStore(DeliveryStore):
    """Deliveries in conversation order, each leased and fenced by its epoch; every method is one transaction.

    A crash between sending and recording leaves ``sending`` past its lease. Where a part may be sent twice, such a
    delivery is claimed again; elsewhere it becomes ``unknown`` and is looked up at its provider, not before
    ``http_seconds``, the longest a request may be under way, after its lease. It holds its conversation meanwhile.
    ``lookup_seconds`` lie between two looks. ``escalation_sla_seconds`` is the time a person has for the first reply
    where a part cannot be delivered. ``fees`` are micro-dollars a part by SupportChannel, charged once its provider has
    it.
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
        fees: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._database = database
        self._fees = fees
        self._lease = timedelta(seconds=lease_seconds)
        self._margin = timedelta(seconds=http_seconds)
        self._pause = timedelta(seconds=lookup_seconds)
        self._policy = HandoverPolicy(topic_prefix, timedelta(seconds=escalation_sla_seconds))

    async def claim_delivery(self, worker: str, channels: Sequence[str]) -> Delivery | None:
        """Lease the next sendable delivery of ``channels``, or None.

        With nothing to send, a person has one whose recipient no message reaches.
        """
        async with self._database.transaction() as connection:
            claimed = await delivery_claims.claim(connection, worker, channels, self._lease)
            if claimed is None:
                await bounces.give_up_undeliverable(connection, channels, self._policy)
            return claimed

    async def claim_unconfirmed(self, worker: str, channels: Sequence[str]) -> Delivery | None:
        """Lease a delivery of ``channels`` that is due to be looked up, or None."""
        async with self._database.transaction() as connection:
            return await delivery_claims.claim_unconfirmed(connection, worker, channels, self._lease, self._margin)

    async def claim_stranded(self, worker: str, channels: Sequence[str], age: timedelta) -> Delivery | None:
        """Lease a delivery older than ``age`` of a channel that is none of ``channels``, or None."""
        async with self._database.transaction() as connection:
            return await delivery_claims.claim_stranded(connection, worker, channels, self._lease, age)

    async def escalate_late(self, age: timedelta) -> UUID | None:
        """Put a conversation with a part older than ``age`` before a person; None when every such one is."""
        async with self._database.transaction() as connection:
            return await late.escalate(connection, age, self._policy)

    async def withdraw_late(self) -> None:
        """Resolve those escalations that nobody claimed once nothing is late any more."""
        async with self._database.transaction() as connection:
            await late.withdraw(connection, self._policy)

    async def mark_sent(self, delivery: Delivery, sent: Sent) -> bool:
        """Record the provider's acceptance, and what it reported of the id before we knew it."""
        async with self._database.transaction() as connection:
            accepted = await statuses.accept(connection, delivery, sent, self._policy)
            if accepted:
                await charge_delivery(connection, delivery.id, self._fees.get(delivery.channel_name, 0))
            return accepted

    async def mark_failed(self, delivery: Delivery, failure: Failure) -> bool:
        """Record a failed attempt: back-off and try again; or failed for good, and then a person has it."""
        async with self._database.transaction() as connection:
            if failure.retryable:
                return await outcomes.retry(connection, delivery, failure)
            return await outcomes.fail(connection, delivery, failure, self._policy)

    async def mark_unknown(self, delivery: Delivery, failure: Failure) -> bool:
        """Nobody knows whether the provider has it: looked up, or simply sent again where that does no harm."""
        async with self._database.transaction() as connection:
            if TRAITS[delivery.channel].resendable:
                return await outcomes.retry(connection, delivery, failure)
            return await outcomes.suspend(connection, delivery, failure, self._margin)

    async def close_window(self, delivery: Delivery) -> bool:
        """The provider takes no free text any more: the part is due again, as a template or a person's."""
        async with self._database.transaction() as connection:
            return await outcomes.reopen(connection, delivery.id, delivery.conversation_id, delivery.epoch, self._lease)

    async def mark_absent(self, delivery: Delivery) -> bool:
        """The provider does not know it. The second time it is sent again, or a person has it."""
        async with self._database.transaction() as connection:
            return await outcomes.absent(connection, delivery, self._pause, self._policy)

    async def apply_status(self, status: DeliveryStatus) -> bool:
        """Store a provider's report, then move the delivery forward; False while no delivery has that id."""
        async with self._database.transaction() as connection:
            return await statuses.apply(connection, status, self._policy)

    async def apply_non_delivery(self, report: NonDelivery) -> bool:
        """Fail a part that did not arrive, once; False when no part was sent under that name to that recipient."""
        async with self._database.transaction() as connection:
            return await bounces.apply(connection, report, self._policy)

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
