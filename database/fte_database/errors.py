"""Errors of the database, and the one place where the driver's become ours.

::

    DatabaseError
    ├── Unreachable        connection refused, unknown host, time-out, log-in, server going down
    ├── Busy               deadlock, serialisation failure, lock time-out, out of resources
    ├── Rejected           the data itself is refused: trying again cannot help
    ├── SchemaMismatch     a table or column is missing, or no employee owns the database yet
    ├── UnsupportedServer  PostgreSQL is older than 15
    ├── PgvectorMissing    the extension is absent, too old or may not be created
    ├── OwnedByAnother     another employee lives in this database
    └── MigrationFailed    a migration cannot be applied or was edited after it was

Only `Rejected` says that the data is at fault: whoever holds a message keeps it on every other error,
since somebody can cure it from outside. No text here holds the DSN, a password or a row's content.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg


class DatabaseError(Exception):
    """Base of this package's errors; ``retryable`` says whether the same call may succeed later.

    ``public`` completes "the database …" in words that anybody may read: no address, no role, no owner.
    """

    retryable = True
    public = "cannot be used now; its log says why"

    def __init__(self, message: str, public: str | None = None) -> None:
        super().__init__(message)
        if public is not None:
            self.public = public


class Unreachable(DatabaseError):
    """No working session with the server."""

    public = "cannot be reached"


class Busy(DatabaseError):
    """The server gave up on this transaction only; nothing of it happened."""


class Rejected(DatabaseError):
    """The server refuses this data for good."""

    retryable = False


class SchemaMismatch(DatabaseError):
    """The schema is not the one this release needs; the migration has not run yet."""

    public = "is not migrated yet"


class UnsupportedServer(DatabaseError):
    """The server's version is too old."""

    public = "has a server that is too old"


class PgvectorMissing(DatabaseError):
    """The vector extension is not there, too old, or this role may not create it."""

    public = "lacks pgvector"


class OwnedByAnother(DatabaseError):
    """The database belongs to ``owner``, another employee, as ``namespace/name``."""

    public = "belongs to another employee"

    def __init__(self, owner: str) -> None:
        super().__init__(f"the database belongs to {owner}; give each employee a database of its own")
        self.owner = owner


class MigrationFailed(DatabaseError):
    """A migration failed and was rolled back, or differs from what was applied under its name."""

    retryable = False


@contextmanager
def translated() -> Iterator[None]:
    """Run driver calls; their errors leave as `DatabaseError`, anything else as it is.

    The driver's error is not shown as the cause: its detail quotes rows and values.
    """
    try:
        yield
    except asyncpg.PostgresError as error:
        raise _from_server(error) from None
    except asyncpg.ClientConfigurationError:
        raise Unreachable("the database URL cannot be understood", "has a URL that cannot be understood") from None
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise Unreachable(f"the database connection broke: {error}") from None
    except TimeoutError:
        raise Unreachable("the database did not answer in time", "does not answer in time") from None
    except OSError as error:
        raise Unreachable(f"the database cannot be reached: {error.strerror or type(error).__name__}") from None


def _from_server(error: asyncpg.PostgresError) -> DatabaseError:
    state = error.sqlstate or ""
    # A data exception's message quotes the value; the others name constraints, columns and limits.
    text = f"refused as {type(error).__name__}" if state.startswith("22") else error.args[0]
    for prefixes, kind in _KINDS:
        if state.startswith(prefixes):
            public = next((told for prefix, told in _PUBLIC if state.startswith(prefix)), None)
            return kind(f"{text} (SQLSTATE {state})", public)
    return DatabaseError(f"{text} (SQLSTATE {state or 'unknown'})")


_KINDS: tuple[tuple[tuple[str, ...], type[DatabaseError]], ...] = (
    (("42P01", "42703", "42704", "3F000"), SchemaMismatch),  # undefined table, column, object, schema
    # connection, authorisation, unknown database, too many connections, shutting down
    (("08", "28", "3D", "53300", "57P"), Unreachable),
    (("40", "53", "55", "57014"), Busy),  # rollback, resources, lock not available, statement time-out
    (("22", "23", "54"), Rejected),  # data exception, integrity violation, program limit
)

_PUBLIC = (
    ("28", "refuses the log-in"),
    ("3D", "does not exist"),
    ("53300", "has no connection left"),
)
