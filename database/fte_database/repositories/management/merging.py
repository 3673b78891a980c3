"""Merges and splits that a person asked for."""

from uuid import UUID

from fte_database.pool import Database
from fte_database.repositories import merges


class ManagedMerges:
    """`fte_database.repositories.merges` on one database; its errors are `MergeError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def merge(self, victim: UUID, survivor: UUID, *, actor: str, reason: str) -> UUID:
        """Make ``victim`` part of ``survivor``; the merge's id."""
        return await merges.merge(self._database, victim, survivor, actor=actor, reason=reason)

    async def split(self, which: UUID, *, actor: str, reason: str) -> UUID:
        """Undo the merge ``which`` or that of the victim ``which``; the merge's id."""
        return await merges.split(self._database, which, actor=actor, reason=reason)
