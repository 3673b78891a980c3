"""The erasure of one customer: every table in one transaction, and a receipt that says what was done.

Locks are taken in the order identifiers, customers, conversations, codes, as ingest takes them; deliveries after those.
A crash in between leaves everything as it was. Topics are erased by whoever calls, and written down here.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fte_database.pool import Connection, Database
from fte_database.repositories.privacy.scope import LONG_SECONDS, Person, Scope, locked, person_of, scope_of
from fte_database.repositories.privacy.texts import erase_texts, run
from fte_database.sql import QUERIES, bound

LETTERS = "dead letters"
"""What a receipt counts beside rows of tables."""

ERASE = "erase"
"""The action in the audit log."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """A receipt. It holds no identifier of the person.

    ``counts`` are rows by table. In ``shared`` conversations others wrote, too, and their words are still there.
    ``topics`` says of each topic how far it was erased, None while that is to be done.
    """

    id: UUID
    customers: tuple[UUID, ...]
    actor: str
    forced: bool
    erased_at: datetime
    counts: Mapping[str, int]
    shared: tuple[UUID, ...]
    topics: Mapping[str, Any] | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing was erased: a person has these conversations, or these parts of replies are on their way."""

    held: tuple[UUID, ...] = ()
    under_way: tuple[UUID, ...] = ()

    @property
    def text(self) -> str:
        """The same in a sentence, by ids."""
        held, parts = ", ".join(map(str, self.held)), ", ".join(map(str, self.under_way))
        told = (f"a person has conversation {held}" if held else "", f"delivery {parts} is on its way" if parts else "")
        return " and ".join(filter(None, told))


class ErasureStore:
    """Erases, and remembers what it erased."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Within it no other erasure looks for dead letters: each writes others' anew, where that one would miss them.

        Raises:
            Busy: another is at it for long.
        """
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["take_letters"])
            try:
                yield
            finally:
                await connection.execute(QUERIES["leave_letters"])

    async def spellings(self, customer: UUID) -> tuple[str, ...] | None:
        """Their identifiers as received and as compared; None for an unknown customer."""
        async with self._database.connection() as connection:
            person = await person_of(connection, customer)
        return None if person is None else tuple(dict.fromkeys((*person.values, *person.raw)))

    async def receipt(self, customer: UUID) -> Erasure | None:
        """Of the erasure that this customer's record was part of; None while it is not erased."""
        async with self._database.connection() as connection:
            person = await person_of(connection, customer)
            if person is None or not person.erased:
                return None
            return _erasure(await connection.fetchrow(QUERIES["newest_erasure"], customer))

    async def refusal(self, customer: UUID) -> Refusal | None:
        """What would keep this customer from being erased; nothing is changed."""
        async with self._database.transaction() as connection:
            person = await person_of(connection, customer)
            return None if person is None else await _refusal(connection, await scope_of(connection, person))

    async def erase(
        self, customer: UUID, actor: str, *, force: bool = False, letters: int = 0
    ) -> Erasure | Refusal | None:
        """Erase the customer in every table; None for an unknown one.

        Without ``force`` nothing is erased while a person has one of their conversations, or a part of a reply is on
        its way: the provider's history would bring that back. One that is erased already gives the receipt it has.
        ``letters`` are dead letters that were erased before, for the receipt.
        """
        async with self._database.transaction() as connection:
            await connection.execute(QUERIES["allow_long_statements"], str(int(LONG_SECONDS * 1000)))
            person = await locked(connection, customer)
            if person is None:
                return None
            if person.erased and (known := await connection.fetchrow(QUERIES["newest_erasure"], customer)):
                return _erasure(known)
            scope = await scope_of(connection, person)
            if not force and (refused := await _refusal(connection, scope)) is not None:
                return refused
            counts = await _erase(connection, person, scope) + Counter({LETTERS: letters})
            return await _noted(connection, person, scope, counts, actor, force=force)

    async def finish(self, erasure: UUID, topics: Mapping[str, Any]) -> Erasure | None:
        """Write down what became of the topics; None where that was done before."""
        async with self._database.connection() as connection:
            return _erasure(await connection.fetchrow(QUERIES["finish_erasure"], erasure, topics))


async def _refusal(connection: Connection, scope: Scope) -> Refusal | None:
    rows = await connection.fetch(QUERIES["under_way"], scope.messages, timeout=LONG_SECONDS)
    refused = Refusal(scope.held, tuple(row["id"] for row in rows))
    return refused if refused.held or refused.under_way else None


async def _erase(connection: Connection, person: Person, scope: Scope) -> Counter[str]:
    await connection.execute(QUERIES["lock_codes_to"], person.mailboxes)
    counts = await erase_texts(connection, scope, person)
    identifiers, kinds, values = person.identifiers, person.kinds, person.values
    steps: list[tuple[str, tuple[str, *tuple[object, ...]]]] = [
        (
            "identifier_claims",
            bound("erase_claims", identifiers=identifiers, own=scope.own, kinds=kinds, values=values),
        ),
        ("audit_log", (QUERIES["erase_audit"], (), person.records)),
        ("customer_merges", (QUERIES["erase_merges"], person.records)),
        ("customer_identifiers", (QUERIES["erase_identifiers"], identifiers)),
        ("customers", (QUERIES["erase_customers"], person.records)),
    ]
    for table, (statement, *given) in steps:
        counts[table] += await run(connection, statement, *given)
    return counts


async def _noted(
    connection: Connection, person: Person, scope: Scope, counts: Mapping[str, int], actor: str, *, force: bool
) -> Erasure | None:
    facts = {"customers": person.records, "actor": actor, "forced": force, "counts": counts, "shared": scope.shared}
    made = _erasure(await connection.fetchrow(*bound("insert_erasure", **facts)))
    if made is not None:
        for record in person.records:
            await connection.execute(QUERIES["insert_audit"], actor, ERASE, str(record), {"erasure": str(made.id)})
    return made


def _erasure(row: Any) -> Erasure | None:
    if row is None:
        return None
    fields = dict(row)
    return Erasure(**fields | {"customers": tuple(fields["customers"]), "shared": tuple(fields["shared"])})
