"""Bring a database to this release's schema, and claim it for one employee."""

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files

import asyncpg

from fte_database import server
from fte_database.errors import (
    Busy,
    DatabaseError,
    MigrationFailed,
    OwnedByAnother,
    PgvectorMissing,
    Unreachable,
    translated,
)
from fte_database.pool import CONNECT_SECONDS, Database, dial, verified_by
from fte_database.sql import QUERIES

LOCK_SECONDS = 3.0
"""How long a statement waits for its lock: whoever comes meanwhile waits behind it."""

PAUSE_SECONDS = 5.0
RETRY_SECONDS = 300.0
"""How long a migration is begun again while others hold what it has to lock, a back-up for one."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file; ``checksum`` is its SHA-256."""

    name: str
    statements: str
    checksum: str


def migrations() -> list[Migration]:
    """This release's migrations in order of their names."""
    found = []
    for file in files("fte_database.sql").joinpath("migrations").iterdir():
        content = file.read_bytes()
        name = file.name.removesuffix(".sql")
        found.append(Migration(name, content.decode("utf-8"), hashlib.sha256(content).hexdigest()))
    return sorted(found, key=lambda migration: migration.name)


async def migrate(dsn: str, owner: str, *, ca: str | None = None) -> list[str]:
    """Apply what is missing, one transaction per migration, and return the names.

    Nobody who works with the database waits for more than `LOCK_SECONDS` behind one.

    Several callers at once wait for each other. The database must be unowned or ``owner``'s
    (``namespace/name``); it is claimed before the first migration. Migrations of a newer release
    that are already there are left alone. ``ca`` is as for `Database`.

    Raises:
        Unreachable: no session can be had.
        OwnedByAnother: it is somebody else's; nothing was changed.
        PgvectorMissing: the extension is not there and cannot be created.
        MigrationFailed: a migration fails (it is rolled back), or was edited after it was applied.
        Busy: others hold what it has to lock, for longer than `RETRY_SECONDS`.
    """
    with translated():
        connection = await dial(
            dsn, timeout=CONNECT_SECONDS, server_settings={"application_name": "fte-migrate"}, **verified_by(ca)
        )
        try:
            with suppress(asyncpg.InvalidParameterValueError):  # not on every system
                await connection.execute(QUERIES["end_when_alone"])
            await connection.execute(QUERIES["lock_migrations"])
            await _claim(connection, owner)
            return await _apply_missing(connection, migrations())
        finally:
            await connection.close(timeout=CONNECT_SECONDS)


async def schema_version(database: Database) -> str | None:
    """Name of the newest migration in the database."""
    async with database.connection() as connection:
        version: str | None = await connection.fetchval(QUERIES["latest_migration"])
        return version


async def _claim(connection: "asyncpg.Connection[asyncpg.Record]", owner: str) -> None:
    facts = await server.inspect(connection)
    if facts.has_owner_table:
        holder = await connection.fetchval(QUERIES["read_owner"])
        if holder not in (None, owner):
            raise OwnedByAnother(holder)
    await _ensure_pgvector(connection)
    with _failing_as("claiming the database"):
        async with connection.transaction():
            await connection.execute(QUERIES["create_ledger"])
            await connection.execute(QUERIES["claim_owner"], owner)


async def _ensure_pgvector(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    try:
        await connection.execute(QUERIES["create_vector"])
    except (asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError, asyncpg.UndefinedFileError):
        raise PgvectorMissing(f"pgvector cannot be created here; {server.PGVECTOR_REMEDY}") from None
    server.require_pgvector(await server.inspect(connection))


async def _apply_missing(connection: "asyncpg.Connection[asyncpg.Record]", known: list[Migration]) -> list[str]:
    rows = await connection.fetch(QUERIES["list_migrations"])
    applied: dict[str, str] = {row["name"]: row["checksum"] for row in rows}
    for migration in known:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise MigrationFailed(
                f"{migration.name} was edited after it was applied; restore it and put the change into a new migration"
            )
    missing = [migration for migration in known if migration.name not in applied]
    for migration in missing:
        await _apply(connection, migration)
    return [migration.name for migration in missing]


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration) -> None:
    until = asyncio.get_running_loop().time() + RETRY_SECONDS
    while True:
        try:
            return await _attempt(connection, migration)
        except Busy:
            if asyncio.get_running_loop().time() > until:
                raise
        await asyncio.sleep(PAUSE_SECONDS)


async def _attempt(connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration) -> None:
    with _failing_as(migration.name):
        async with connection.transaction():
            await connection.execute(QUERIES["wait_for_locks"], str(int(LOCK_SECONDS * 1000)))
            await connection.execute(migration.statements)
            await connection.execute(QUERIES["record_migration"], migration.name, migration.checksum)


@contextmanager
def _failing_as(step: str) -> Iterator[None]:
    """What is not the connection's fault is the step's: it will fail again."""
    try:
        with translated():
            yield
    except (Unreachable, Busy):
        raise
    except DatabaseError as error:
        raise MigrationFailed(f"{step}: {error}") from error
