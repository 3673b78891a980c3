"""One customer, found by an address."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fte_database.pool import Connection, Database
from fte_database.sql import QUERIES

LOOKED_UP = "customer_lookup"


@dataclass(frozen=True, slots=True)
class KnownIdentifier:
    """An address of a customer; ``record_id`` is the record it made. Not proven where ``verified_at`` is None."""

    kind: str
    value: str
    record_id: UUID
    verified_at: datetime | None
    verified_by: str | None
    opted_out_at: datetime | None
    undeliverable_at: datetime | None
    first_channel: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge in force: ``victim`` stands for ``survivor``."""

    id: UUID
    victim: UUID
    survivor: UUID
    actor: str
    reason: str
    merged_at: datetime


@dataclass(frozen=True, slots=True)
class ConversationCount:
    """A customer's conversations on one kind of channel."""

    channel: str
    total: int
    unresolved: int
    last_inbound_at: datetime | None


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer with all records that stand for them."""

    id: UUID
    email: str | None
    display_name: str | None
    created_at: datetime
    identifiers: tuple[KnownIdentifier, ...]
    merges: tuple[Merge, ...]
    conversations: tuple[ConversationCount, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What two addresses lead to: ``customers`` by kind of identifier, and the customer where it is one alone."""

    customers: dict[str, UUID]
    customer: Customer | None


class ManagedCustomers:
    """Customers for people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look_up(self, *, email: str | None, phone: str | None, actor: str) -> Found:
        """Whose the normalised ``email`` and ``phone`` are; either may be None.

        The audit names customers, never the address asked for.
        """
        async with self._database.transaction() as connection:
            rows = await connection.fetch(QUERIES["management_customers_of"], email, phone)
            customers = {row["kind"]: row["customer_id"] for row in rows}
            different = sorted(set(customers.values()))
            found = await _customer(connection, different[0] if len(different) == 1 else None)
            subject = " ".join(map(str, different)) or "nobody"
            detail = {"by": [kind for kind, value in (("email", email), ("phone", phone)) if value is not None]}
            await connection.execute(QUERIES["insert_audit"], actor, LOOKED_UP, subject, detail)
        return Found(customers, found)


async def _customer(connection: Connection, customer: UUID | None) -> Customer | None:
    """The customer; as many statements for None."""
    row = await connection.fetchrow(QUERIES["management_customer"], customer)
    identifiers = await connection.fetch(QUERIES["management_identifiers"], customer)
    merges = await connection.fetch(QUERIES["management_merges"], customer)
    counts = await connection.fetch(QUERIES["management_conversation_counts"], customer)
    if row is None:
        return None
    return Customer(
        **row,
        identifiers=tuple(KnownIdentifier(**each) for each in identifiers),
        merges=tuple(Merge(**each) for each in merges),
        conversations=tuple(ConversationCount(**each) for each in counts),
    )
