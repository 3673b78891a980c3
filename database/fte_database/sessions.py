"""Sessions that nobody is at the other end of."""

from collections.abc import Sequence
from datetime import timedelta

from fte_database.pool import STATEMENT_SECONDS, Database
from fte_database.sql import QUERIES

SILENT_AFTER = timedelta(seconds=STATEMENT_SECONDS + 5)
"""A statement of a client that lives has failed by then."""


class SilentSessions:
    """Ends sessions of ``programs`` with this database whose client was frozen in the middle of a statement.

    Between statements the server does so by itself. What such a session has locked would stay locked: a conversation
    without an answer, a right without a holder.
    """

    def __init__(self, database: Database, programs: Sequence[str], *, after: timedelta = SILENT_AFTER) -> None:
        self._database = database
        self._programs = list(programs)
        self._after = after

    async def end(self) -> list[str]:
        """The program of each session that was ended."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["end_silent_sessions"], self._programs, self._after)
        return [row["program"] for row in rows if row["ended"]]
