"""Merges and splits by a person: docs/adr/0049."""

from uuid import UUID

from fte_database.errors import DatabaseError
from fte_database.pool import Connection, Database
from fte_database.sql import QUERIES


class MergeError(DatabaseError):
    """A merge or split that cannot be; ``customers`` are the ids it is about."""

    retryable = False

    def __init__(self, message: str, *customers: UUID) -> None:
        super().__init__(message)
        self.customers = customers


class NoSuchCustomer(MergeError):
    """There is no such record."""


class SameCustomer(MergeError):
    """Both are one customer already."""


class AlreadyMerged(MergeError):
    """The record is part of another one: the second of the ids."""


class NotMerged(MergeError):
    """There is no merge in force to be split."""


async def merge(database: Database, victim: UUID, survivor: UUID, *, actor: str, reason: str) -> UUID:
    """Make ``victim`` part of ``survivor``; the merge's id.

    Raises:
        NoSuchCustomer, SameCustomer, AlreadyMerged: it cannot be.
    """
    async with database.transaction() as connection:
        records = [await connection.fetchrow(QUERIES["lock_customer"], each) for each in sorted((victim, survivor))]
        found = {row["id"]: row["merged_into"] for row in records if row is not None}
        for each in (victim, survivor):
            if each not in found:
                raise NoSuchCustomer("there is no such customer", each)
        if victim == survivor or await _root(connection, survivor) == victim:
            raise SameCustomer("both are one customer", victim, survivor)
        if found[victim] is not None:
            raise AlreadyMerged("it is part of another customer", victim, found[victim])
        await connection.execute(QUERIES["set_merged"], victim, survivor)
        made: UUID = await connection.fetchval(QUERIES["insert_merge"], victim, survivor, actor, reason)
        detail = {"merge": str(made), "into": str(survivor), "reason": reason}
        await connection.execute(QUERIES["insert_audit"], actor, "customer.merge", str(victim), detail)
    return made


async def split(database: Database, which: UUID, *, actor: str, reason: str) -> UUID:
    """Undo the merge ``which``, or the one whose victim it is; the merge's id.

    Raises:
        NotMerged: there is none in force.
    """
    async with database.transaction() as connection:
        row = await connection.fetchrow(QUERIES["find_merge"], which)
        if row is None:
            raise NotMerged("no merge of it is in force", which)
        await connection.execute(QUERIES["set_merged"], row["victim"], None)
        await connection.execute(QUERIES["end_merge"], row["id"], actor)
        detail = {"merge": str(row["id"]), "from": str(row["survivor"]), "reason": reason}
        await connection.execute(QUERIES["insert_audit"], actor, "customer.split", str(row["victim"]), detail)
        undone: UUID = row["id"]
    return undone


async def _root(connection: Connection, customer: UUID) -> UUID:
    root: UUID = await connection.fetchval(QUERIES["root_of"], customer)
    return root
