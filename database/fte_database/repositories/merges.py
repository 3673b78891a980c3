"""Merges: one customer's record becomes another's, and a split gives it back; docs/adr/0049.

A merge moves no row. All of them take turns, so that no two make a circle of records.
"""

from collections.abc import Sequence
from uuid import UUID

from fte_database.errors import AlreadyMerged, MergeCycle, NoSuchCustomer, NotMerged, SameCustomer
from fte_database.pool import Connection, Database
from fte_database.sql import QUERIES, bound

BY_CODE = "customer"
"""Who decides where a customer proved both records theirs."""


class PostgresMergeStore:
    """Merges and splits that a person decides; each is one transaction and is written down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def merge(self, victim: UUID, survivor: UUID, *, actor: str, reason: str) -> UUID:
        """Let the record ``victim`` stand for ``survivor`` from now on; the merge's id.

        Raises:
            SameCustomer: they are one record.
            NoSuchCustomer: one is not there, or was erased.
            AlreadyMerged: ``victim`` stands for another already, and must be split from that first.
            MergeCycle: ``survivor`` stands for ``victim``.
        """
        if victim == survivor:
            raise SameCustomer(f"customer {victim} is one record; name two", victim, survivor)
        async with self._database.transaction() as connection:
            await connection.execute(QUERIES["lock_merges"])
            rows = await connection.fetch(QUERIES["lock_customers"], [victim, survivor])
            known = {row["id"]: row for row in rows}
            for each in (victim, survivor):
                if each not in known:
                    raise NoSuchCustomer(f"there is no customer {each}; look it up anew", each)
            if known[victim]["merged_into"] is not None:
                raise _merged(victim, survivor)
            if known[survivor]["root"] == victim:
                raise MergeCycle(f"customer {survivor} stands for {victim}; split it first", victim, survivor)
            return await _join(connection, victim, survivor, actor=actor, reason=reason)

    async def split(self, target: UUID, *, actor: str, reason: str = "", of: UUID | None = None) -> UUID:
        """End the merge ``target``, or the one whose victim it is; the victim, which stands for itself again.

        ``of`` is a record of the customer whose merge is meant, None where ``target`` alone says which.

        Raises:
            NotMerged: no such merge is in force, or it is another customer's.
        """
        async with self._database.transaction() as connection:
            await connection.execute(QUERIES["lock_merges"])
            ended = await connection.fetchrow(QUERIES["end_merge"], target, actor, of)
            if ended is None:
                whose = "" if of in {None, target} else f" for customer {of}"
                raise NotMerged(f"no merge of {target} is in force{whose}; nothing is to be split", target)
            victim: UUID = ended["victim"]
            await connection.execute(QUERIES["clear_merged"], victim)
            detail = {"merge": str(ended["id"]), "survivor": str(ended["survivor"]), "reason": reason}
            await connection.execute(QUERIES["insert_audit"], actor, "customer_split", str(victim), detail)
            return victim


async def join_proven(connection: Connection, claimant: UUID, claimed: UUID, claim: UUID) -> bool:
    """Make one customer of two records whose owner proved both; False where both have an address of their own.

    Within a transaction that holds `lock_merges` and its roots. The one with an address survives, else the older.
    """
    families = [await connection.fetchrow(QUERIES["family_of"], each) for each in (claimant, claimed)]
    roots = [family for family in families if family is not None]
    if len({root["id"] for root in roots}) < len(families):
        return True
    survivor, victim = sorted(roots, key=lambda root: (not root["addressed"], root["created_at"], root["id"]))
    if victim["addressed"]:
        await _note_conflict(connection, [root["id"] for root in roots], claim)
        return False
    await _join(connection, victim["id"], survivor["id"], actor=BY_CODE, claim=claim)
    return True


async def _join(
    connection: Connection, victim: UUID, survivor: UUID, *, actor: str, reason: str = "", claim: UUID | None = None
) -> UUID:
    if await connection.fetchval(QUERIES["set_merged"], victim, survivor) is None:
        raise _merged(victim, survivor)
    facts = {"victim": victim, "survivor": survivor, "actor": actor, "reason": reason, "claim": claim}
    merge: UUID = await connection.fetchval(*bound("insert_merge", **facts))
    detail = {"merge": str(merge), "survivor": str(survivor), "reason": reason}
    await connection.execute(QUERIES["insert_audit"], actor, "customer_merge", str(victim), detail)
    return merge


def _merged(victim: UUID, survivor: UUID) -> AlreadyMerged:
    told = f"customer {victim} cannot be merged into {survivor}, as it stands for another; split it first"
    return AlreadyMerged(told, victim, survivor)


async def _note_conflict(connection: Connection, roots: Sequence[UUID], claim: UUID) -> None:
    detail = {"claim": str(claim), "customers": [str(root) for root in roots]}
    await connection.execute(QUERIES["insert_audit"], BY_CODE, "merge_conflict", str(roots[0]), detail)
