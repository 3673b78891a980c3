"""What workers found out about channels and about themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """What a worker said of its ``roles``, ``age`` seconds ago: an error each, or None where one is well."""

    worker: str
    roles: Mapping[str, str | None]
    age: float


class WorkerHealthStore:
    """The workers' own reports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(self, worker: str, roles: Mapping[str, str | None]) -> None:
        """Store what a worker says now."""
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["report_worker"], worker, dict(roles))

    async def forget(self, worker: str) -> None:
        """A worker ended as told: it is no longer waited for."""
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["forget_worker"], worker)

    async def read(self) -> list[WorkerReport]:
        """What every worker said last."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["read_workers"])
        return [WorkerReport(row["worker"], row["roles"], row["age"]) for row in rows]
