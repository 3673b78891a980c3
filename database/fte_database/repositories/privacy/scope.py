"""Which rows are a customer's: of conversations where only they wrote all, of others what they wrote or were told."""

from dataclasses import dataclass
from uuid import UUID

from fte_agent.domain.addresses import mailbox_of
from fte_database.errors import Busy
from fte_database.pool import Connection
from fte_database.sql import QUERIES

LONG_SECONDS = 120.0
"""How long one statement over all rows of a customer may take."""


@dataclass(frozen=True, slots=True)
class Person:
    """One customer: ``records`` that stand for them, and their identifiers as they are now."""

    records: tuple[UUID, ...]
    identifiers: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    raw: tuple[str, ...] = ()
    erased: bool = False

    @property
    def mailboxes(self) -> tuple[str, ...]:
        """Where their addresses lead to, as codes and copies to them are counted: a number is its own mailbox."""
        return tuple({mailbox_of(value) or value for value in self.values})


NOBODY = Person(())


@dataclass(frozen=True, slots=True)
class Scope:
    """Rows: ``own`` conversations, where nobody else wrote, ``shared`` ones, and ``messages`` of both.

    ``opened`` are shared ones that began with a message of theirs; a person has those that are ``held``.
    """

    own: tuple[UUID, ...] = ()
    shared: tuple[UUID, ...] = ()
    opened: tuple[UUID, ...] = ()
    held: tuple[UUID, ...] = ()
    messages: tuple[UUID, ...] = ()


async def person_of(connection: Connection, customer: UUID) -> Person | None:
    """The customer that a record stands for; None where there is no such record."""
    family = await connection.fetch(QUERIES["records_of"], customer)
    if not family:
        return None
    records = tuple(row["id"] for row in family)
    rows = await connection.fetch(QUERIES["identifiers_of"], records)
    return Person(
        records,
        identifiers=tuple(row["id"] for row in rows),
        kinds=tuple(row["kind"] for row in rows),
        values=tuple(row["value_norm"] for row in rows),
        raw=tuple(row["value_raw"] for row in rows),
        erased=all(row["erased"] for row in family),
    )


async def locked(connection: Connection, customer: UUID) -> Person | None:
    """The same, and until the transaction ends nothing of theirs comes in and nobody merges them.

    Raises:
        Busy: they became another's while their locks were waited for.
    """
    person = await person_of(connection, customer)
    if person is None:
        return None
    await connection.execute(QUERIES["lock_identifiers"], person.kinds, person.values)
    await connection.execute(QUERIES["lock_merges"])
    await connection.execute(QUERIES["lock_records"], person.records)
    again = await person_of(connection, customer)
    if again is None or (again.records, again.identifiers) != (person.records, person.identifiers):
        raise Busy("the customer was merged, split or given an address meanwhile; try again")
    return again


async def scope_of(connection: Connection, person: Person) -> Scope:
    """What is theirs; its conversations are locked."""
    found = await connection.fetch(
        QUERIES["conversations_of"], person.identifiers, person.records, timeout=LONG_SECONDS
    )
    own = tuple(row["id"] for row in found if not row["shared"])
    shared = tuple(row["id"] for row in found if row["shared"])
    rows = await connection.fetch(QUERIES["messages_of"], own, shared, person.identifiers, timeout=LONG_SECONDS)
    return Scope(
        own,
        shared,
        opened=tuple(row["id"] for row in found if row["shared"] and row["opened"]),
        held=tuple(row["id"] for row in found if row["held"]),
        messages=tuple(row["id"] for row in rows),
    )
