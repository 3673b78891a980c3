"""Rules that must always hold, as named queries: each counts what breaks it."""

from fte_database.pool import Database
from fte_database.sql import QUERIES

PREFIX = "invariant_"


class PostgresInvariantStore:
    """Asks every statement of ``queries/invariants.sql``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def violations(self) -> dict[str, int]:
        """What breaks each invariant, by its name; all of one moment."""
        async with self._database.transaction() as connection:
            return {
                name.removeprefix(PREFIX): await connection.fetchval(statement)
                for name, statement in QUERIES.items()
                if name.startswith(PREFIX)
            }
