"""Sessions with PostgreSQL: one pool per process; each connection is checked before its first use."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from fte_database import server, values
from fte_database.errors import CA_SOURCE, DatabaseError, TLSFailed, Unreachable, translated
from fte_database.sql import QUERIES
from fte_transport import tls
from fte_transport.errors import AccessRefused

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"

CONNECT_SECONDS = 5.0
STATEMENT_SECONDS = 10.0
CLOSE_SECONDS = 5.0


async def dial(dsn: str | None = None, **options: Any) -> "asyncpg.Connection[asyncpg.Record]":
    """`asyncpg.connect`, where any complaint about the URL is a ``ClientConfigurationError``."""
    try:
        return await asyncpg.connect(dsn, **options)
    except ssl.SSLError:  # one about a certificate is a ValueError, too
        raise
    except ValueError as error:
        raise asyncpg.ClientConfigurationError("the URL cannot be understood") from error


def verified_by(ca: str | None) -> dict[str, Any]:
    """Options for a server that must prove its name to ``ca``; without one the DSN decides.

    Raises:
        TLSFailed: ``ca`` holds no certificates.
    """
    if ca is None:
        return {}
    try:
        return {"ssl": tls.context(ca, source=CA_SOURCE)}
    except AccessRefused as error:
        raise TLSFailed(str(error), error.public) from None


class Database:
    """One employee's database: transactions for repositories, errors as `DatabaseError`.

    Nothing is dialled before it is needed, so a process starts while the server is away and works
    as soon as it is there. ``owner`` (``namespace/name``) is compared with the owner row on every new
    connection: a wrong URL fails before its first statement. Needs session semantics, so no pooler
    in transaction mode in between. With ``ca`` (PEM) it is TLS to a server that proves its name to
    that CA, libpq's ``verify-full``, whatever ``sslmode`` the DSN has.
    """

    def __init__(
        self, dsn: str, *, owner: str, ca: str | None = None, size: int = 10, application_name: str = "fte"
    ) -> None:
        self._dsn = dsn
        self._ca = ca
        self._owner = owner
        self._size = size
        self._settings = {
            "application_name": application_name,
            # The server's own limit: a statement whose client is gone ends as well.
            "statement_timeout": f"{int(STATEMENT_SECONDS * 1000)}",
            "idle_in_transaction_session_timeout": "30s",
            "jit": "off",
        }
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Make the pool ready, without dialling."""
        with translated():
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=0,
                max_size=self._size,
                timeout=CONNECT_SECONDS,
                command_timeout=STATEMENT_SECONDS,
                server_settings=self._settings,
                connect=dial,
                init=self._prepare,
                **verified_by(self._ca),
            )

    async def close(self) -> None:
        """Give all connections back; what is still busy after 5 s is cut."""
        if self._pool is None:
            return
        pool, self._pool = self._pool, None
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await pool.close()
        except TimeoutError:
            pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection of the pool, each statement its own transaction."""
        if self._pool is None:
            raise Unreachable("the database is not open")
        with translated():
            async with self._pool.acquire(timeout=CONNECT_SECONDS) as connection:
                yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One READ COMMITTED transaction; an error inside rolls it back."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def dedicated(self) -> AsyncIterator[Connection]:
        """A connection outside the pool, for session locks; closed on leaving, which frees them.

        What is raised inside passes as it is: a holder of a session lock does other things too.
        """
        with translated():
            connection = await dial(
                self._dsn,
                timeout=CONNECT_SECONDS,
                command_timeout=STATEMENT_SECONDS,
                server_settings=self._settings,
                **verified_by(self._ca),
            )
        try:
            with translated():
                await self._prepare(connection)
            yield connection
        finally:
            with suppress(DatabaseError), translated():  # broken or closed, the session is over
                await connection.close(timeout=CLOSE_SECONDS)

    async def ping(self) -> None:
        """One statement there and back; raises what stands in the way."""
        async with self.connection() as connection:
            await connection.execute(QUERIES["ping"])

    async def probe_write(self) -> None:
        """One small write, kept: a read says nothing of a standby, a full disk or missing rights; raises what does."""
        async with self.connection() as connection:
            await connection.execute(QUERIES["probe_write"])

    async def _prepare(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        facts = await server.inspect(connection)
        vector_schema = server.require_pgvector(facts)
        await server.require_owner(connection, facts, self._owner)
        await values.register(connection, vector_schema)
