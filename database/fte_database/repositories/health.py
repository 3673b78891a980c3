"""What workers found out about channels and about themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from fte_database.pool import Database
from fte_database.sql import QUERIES


class Part(NamedTuple):
    """What was found of a part: its error, or None where it is well; when it was looked, and since when it is so."""

    error: str | None
    checked_at: datetime
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Marks:
    """What else is kept of a channel; each None where there is nothing. ``read_age`` is in seconds."""

    read_at: datetime | None = None
    read_age: float | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None


class ChannelHealthStore:
    """Parts of channels' health."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(self, channel_name: str, part: str, error: str | None) -> None:
        """Store what is wrong with a part now, or that nothing is; repeated news is written every half minute."""
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["report_health"], channel_name, part, error)

    async def read(self) -> dict[str, dict[str, Part]]:
        """Every part of every channel, by the SupportChannel's name."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["read_health"])
        found: dict[str, dict[str, Part]] = {}
        for row in rows:
            found.setdefault(row["channel_name"], {})[row["part"]] = Part(row["error"], row["checked_at"], row["since"])
        return found

    async def marks(self) -> dict[str, Marks]:
        """What else is kept of channels, by the SupportChannel's name."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["read_marks"])
        found: dict[str, Marks] = {}
        for row in rows:
            name, before = row["channel_name"], found.get(row["channel_name"], Marks())
            if row["reader"] == "read":
                found[name] = replace(before, read_at=row["moved_at"], read_age=row["age"])
            else:
                found[name] = replace(before, last_error=row["position"], last_error_at=row["moved_at"])
        return found


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """What a worker said of its ``roles``, ``age`` seconds ago: an error each, or None where one is well.

    ``notes`` are what it has to say that is no fault, by the part they are about.
    """

    worker: str
    roles: Mapping[str, str | None]
    age: float
    notes: Mapping[str, str | None] = field(default_factory=dict)


class WorkerHealthStore:
    """The workers' own reports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(
        self, worker: str, roles: Mapping[str, str | None], notes: Mapping[str, str | None] = MappingProxyType({})
    ) -> None:
        """Store what a worker says now."""
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["report_worker"], worker, dict(roles), dict(notes))

    async def forget(self, worker: str) -> None:
        """A worker ended as told: it is no longer waited for."""
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["forget_worker"], worker)

    async def read(self) -> list[WorkerReport]:
        """What every worker said last."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(QUERIES["read_workers"])
        return [WorkerReport(row["worker"], row["roles"], row["age"], row["notes"]) for row in rows]
