"""What a server must be before we talk to it: new enough, with pgvector, and ours."""

from dataclasses import dataclass

import asyncpg

from fte_database.errors import OwnedByAnother, PgvectorMissing, SchemaMismatch, UnsupportedServer
from fte_database.sql import QUERIES

MINIMUM_POSTGRESQL = 15
MINIMUM_PGVECTOR = (0, 7)
PGVECTOR_REMEDY = "as a superuser run CREATE EXTENSION vector (pgvector 0.7 or newer) in this database"


@dataclass(frozen=True, slots=True)
class Server:
    """A server's facts; ``vector_schema`` is None where the extension is not created."""

    version: int
    vector_version: str | None
    vector_schema: str | None
    has_owner_table: bool


async def inspect(connection: "asyncpg.Connection[asyncpg.Record]") -> Server:
    """Read the facts.

    Raises:
        UnsupportedServer: PostgreSQL is older than 15.
    """
    row = await connection.fetchrow(QUERIES["inspect_server"])
    assert row is not None  # noqa: S101 - a select without FROM has one row
    server = Server(row["version"], row["vector_version"], row["vector_schema"], row["has_owner_table"])
    if server.version // 10_000 < MINIMUM_POSTGRESQL:
        raise UnsupportedServer(
            f"PostgreSQL {server.version // 10_000} is too old; {MINIMUM_POSTGRESQL} or newer is needed"
        )
    return server


def require_pgvector(server: Server) -> str:
    """The schema of the vector extension.

    Raises:
        PgvectorMissing: it is not created, or older than 0.7.
    """
    if server.vector_version is None or server.vector_schema is None:
        raise PgvectorMissing(f"pgvector is not installed in this database; {PGVECTOR_REMEDY}")
    if tuple(int(part) for part in server.vector_version.split(".")[:2]) < MINIMUM_PGVECTOR:
        raise PgvectorMissing(
            f"pgvector {server.vector_version} is too old; as a superuser run ALTER EXTENSION vector UPDATE"
        )
    return server.vector_schema


async def require_owner(connection: "asyncpg.Connection[asyncpg.Record]", server: Server, owner: str) -> None:
    """Refuse a database that is not ``owner``'s.

    Raises:
        SchemaMismatch: nobody owns it yet; the migration claims it.
        OwnedByAnother: somebody else does.
    """
    holder = await connection.fetchval(QUERIES["read_owner"]) if server.has_owner_table else None
    if holder is None:
        raise SchemaMismatch("the database belongs to nobody yet; run fte-migrate first")
    if holder != owner:
        raise OwnedByAnother(holder)
