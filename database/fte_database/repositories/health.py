"""What workers found out about the parts of a channel's health."""

from datetime import datetime

from fte_database.pool import Database
from fte_database.sql import QUERIES

Parts = dict[str, tuple[str | None, datetime]]
"""Part -> error, or None where it is well, and when that was found out."""


class ChannelHealthStore:
    """Parts of channels' health."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(self, channel_name: str, part: str, error: str | None) -> None:
        """Store what is wrong with a part now, or that nothing is; repeated news is written every half minute."""
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["report_health"], channel_name, part, error)

    async def read(self) -> dict[str, Parts]:
        """Every part of every channel, by the SupportChannel's name."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["read_health"])
        found: dict[str, Parts] = {}
        for row in rows:
            found.setdefault(row["channel_name"], {})[row["part"]] = (row["error"], row["checked_at"])
        return found
