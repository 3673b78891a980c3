"""How far the readers of channels' histories have come."""

from fte_database.pool import Database
from fte_database.sql import QUERIES


class ChannelCursorStore:
    """A position, in the provider's terms, for each reader of a channel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, channel_name: str, reader: str) -> str | None:
        """Where the reader is; None before its first move."""
        async with self._database.connection() as connection:
            position: str | None = await connection.fetchval(QUERIES["read_cursor"], channel_name, reader)
        return position

    async def move(self, channel_name: str, reader: str, *, before: str | None, after: str) -> bool:
        """Move the reader from ``before``; False, and nothing, when another process moved it meanwhile."""
        async with self._database.connection() as connection:
            moved: bool = await connection.fetchval(QUERIES["move_cursor"], channel_name, reader, before, after)
        return moved
