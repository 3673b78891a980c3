"""Errors of the database, and the one place where the driver's become ours.

::

    DatabaseError
    ├── Unreachable        connection refused or broken, no connection left, server going down
    │   ├── WrongCredentials   user or password are refused
    │   ├── DatabaseMissing    the server has no database of that name
    │   ├── InvalidURL         the URL cannot be understood
    │   ├── HostNotFound       no address belongs to the host's name
    │   ├── TLSFailed          the server takes no TLS, its certificate is not trusted, or our CA is none
    │   └── TimedOut           no answer
    ├── Busy               deadlock, serialisation failure, lock time-out, out of resources
    ├── Rejected           the data itself is refused: trying again cannot help
    ├── SchemaMismatch     a table or column is missing, or no employee owns the database yet
    ├── UnsupportedServer  PostgreSQL is older than 15
    ├── PgvectorMissing    the extension is absent, too old or may not be created
    ├── OwnedByAnother     another employee lives in this database
    ├── MigrationFailed    a migration cannot be applied or was edited after it was
    └── MergeRefused       two customers are not to be merged, or one not to be split
        ├── NoSuchCustomer     there is none of that id, or it was erased
        ├── SameCustomer       they are one record
        ├── AlreadyMerged      the victim stands for another
        ├── MergeCycle         the survivor stands for the victim
        └── NotMerged          no merge is in force

Only `Rejected` says that the data is at fault: whoever holds a message keeps it on every other error,
since somebody can cure it from outside. No text here holds the DSN, a password or a row's content.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import asyncpg

from fte_transport import tls
from fte_transport.errors import TLS_FAILED

CA_SOURCE = "database.caSecretRef"


class DatabaseError(Exception):
    """Base of this package's errors; ``retryable`` says whether the same call may succeed later.

    ``public`` completes "the database …" in words that anybody may read: no address, no role, no owner. ``reason`` is
    its name in a condition of Kubernetes.
    """

    retryable = True
    reason = "DatabaseFailed"
    public = "cannot be used now; its log says why"

    def __init__(self, message: str, public: str | None = None) -> None:
        super().__init__(message)
        if public is not None:
            self.public = public


class Unreachable(DatabaseError):
    """No working session with the server."""

    reason = "Unreachable"
    public = "cannot be reached"


class WrongCredentials(Unreachable):
    """The server refuses user or password."""

    reason = "WrongCredentials"
    public = "refuses the log-in"


class DatabaseMissing(Unreachable):
    """The server has no database of that name."""

    reason = "DatabaseMissing"
    public = "does not exist"


class InvalidURL(Unreachable):
    """The URL cannot be understood, or names a file that is not there."""

    reason = "InvalidURL"
    public = "has a URL that cannot be understood"


class HostNotFound(Unreachable):
    """No address belongs to the host's name."""

    reason = "HostNotFound"
    public = "has a host name without an address"


class TLSFailed(Unreachable):
    """The server takes no TLS, shows a certificate that is not trusted, or what we should trust is no certificate."""

    reason = TLS_FAILED
    public = tls.DISAGREES


class TimedOut(Unreachable):
    """The server did not answer in time."""

    reason = "TimedOut"
    public = "does not answer in time"


class Busy(DatabaseError):
    """The server gave up on this transaction only; nothing of it happened."""

    reason = "Unreachable"


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

    reason = "PgvectorMissing"
    public = "lacks pgvector"


class OwnedByAnother(DatabaseError):
    """The database belongs to ``owner``, another employee, as ``namespace/name``."""

    reason = "OwnedByAnother"
    public = "belongs to another employee"

    def __init__(self, owner: str) -> None:
        super().__init__(f"the database belongs to {owner}; give this employee one of its own")
        self.owner = owner


class MigrationFailed(DatabaseError):
    """A migration failed and was rolled back, or differs from what was applied under its name."""

    retryable = False


class MergeRefused(DatabaseError):
    """It is not to be merged or split so; ``customers`` are the records that it was about, as they were named."""

    retryable = False

    def __init__(self, message: str, *customers: UUID) -> None:
        super().__init__(message)
        self.customers = customers


class NoSuchCustomer(MergeRefused):
    """There is no customer of that id, or it was erased."""


class SameCustomer(MergeRefused):
    """They are one record."""


class AlreadyMerged(MergeRefused):
    """The victim stands for another already."""


class MergeCycle(MergeRefused):
    """The survivor stands for the victim, if by way of others."""


class NotMerged(MergeRefused):
    """No merge of that id, or of that customer into another, is in force."""


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
        raise InvalidURL("the database URL cannot be understood") from None
    except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        raise Unreachable(f"the database connection broke: {error}") from None
    except TimeoutError:
        raise TimedOut("the database did not answer in time") from None
    except OSError as error:
        raise _from_system(error) from None


def _from_system(error: OSError) -> Unreachable:
    """What the way to the server met. The driver gives a refused TLS upgrade no type of its own and no strerror."""
    if isinstance(error, socket.gaierror) and error.errno != socket.EAI_AGAIN:
        return HostNotFound(f"the database's host name has no address: {error.strerror}")
    if refused := tls.refusal(error, CA_SOURCE):
        return TLSFailed(f"the database {refused}", refused.public)
    if isinstance(error, ConnectionError) and "rejected SSL upgrade" in str(error):
        remedy = f"give its server a certificate, or remove {CA_SOURCE} and sslmode of its URL"
        return TLSFailed(f"the database {tls.NOT_SPOKEN}; {remedy}", tls.NOT_SPOKEN)
    if isinstance(error, FileNotFoundError):
        return InvalidURL("the database URL names a file that is not there")
    return Unreachable(f"the database cannot be reached: {error.strerror or type(error).__name__}")


def _from_server(error: asyncpg.PostgresError) -> DatabaseError:
    state = error.sqlstate or ""
    # A data exception's message quotes the value; the others name constraints, columns and limits.
    text = f"refused as {type(error).__name__}" if state.startswith("22") else error.args[0]
    public = next((told for prefix, told in _PUBLIC if state.startswith(prefix)), None)
    for prefixes, kind in _KINDS:
        if state.startswith(prefixes):
            return kind(f"{text} (SQLSTATE {state})", public)
    return DatabaseError(f"{text} (SQLSTATE {state or 'unknown'})", public)


_KINDS: tuple[tuple[tuple[str, ...], type[DatabaseError]], ...] = (
    (("42P01", "42703", "42704", "3F000"), SchemaMismatch),  # undefined table, column, object, schema
    (("28",), WrongCredentials),
    (("3D",), DatabaseMissing),
    (("08", "53300", "57P"), Unreachable),  # connection, too many connections, shutting down
    (("40", "53", "55", "57014"), Busy),  # rollback, resources, lock not available, statement time-out
    (("22", "23", "54"), Rejected),  # data exception, integrity violation, program limit
)

_PUBLIC = (
    ("53100", "has no space left"),
    ("53300", "has no connection left"),
    ("25006", "is read-only, or a standby in recovery"),
    ("42501", "lacks rights for what we do; its log says which"),
)
