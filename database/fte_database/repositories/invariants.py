"""Rules that must always hold, as named queries: each counts what breaks it."""

from datetime import timedelta

from fte_database.pool import Database
from fte_database.sql import QUERIES

PREFIX = "invariant_"
TIMED = ("invariant_unanswered_without_owner", "invariant_unconfirmed_delivery", "invariant_stranded_delivery")
"""Those that depend on a promise that is configured."""


class PostgresInvariantStore:
    """Asks every statement of ``queries/invariants.sql``.

    ``answer_deadline`` is when an unanswered burst goes to a person, whatever became of its turns.
    """

    def __init__(self, database: Database, *, answer_deadline: timedelta = timedelta(hours=2)) -> None:
        self._database = database
        self._answer_deadline = answer_deadline

    async def violations(self) -> dict[str, int]:
        """How many rows break each invariant, by its name."""
        found: dict[str, int] = {}
        async with self._database.connection() as connection:
            for name, statement in QUERIES.items():
                if name.startswith(PREFIX):
                    limits = (self._answer_deadline,) if name in TIMED else ()
                    found[name.removeprefix(PREFIX)] = await connection.fetchval(statement, *limits)
        return found
