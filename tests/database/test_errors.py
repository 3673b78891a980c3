"""Driver errors become ours in one place, with the retry decision and without anybody's data."""

import socket
import ssl

import asyncpg
import pytest

from fte_database.errors import (
    Busy,
    DatabaseError,
    DatabaseMissing,
    HostNotFound,
    InvalidURL,
    OwnedByAnother,
    Rejected,
    SchemaMismatch,
    TimedOut,
    TLSFailed,
    Unreachable,
    WrongCredentials,
    translated,
)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("08006", Unreachable),
        ("28P01", WrongCredentials),
        ("3D000", DatabaseMissing),
        ("53300", Unreachable),
        ("57P01", Unreachable),
        ("40001", Busy),
        ("40P01", Busy),
        ("55P03", Busy),
        ("57014", Busy),
        ("22021", Rejected),
        ("23505", Rejected),
        ("54000", Rejected),
        ("42P01", SchemaMismatch),
        ("42703", SchemaMismatch),
        ("25006", DatabaseError),
    ],
)
def test_server_states(state: str, kind: type[DatabaseError]) -> None:
    message = "canary" if state.startswith("22") else "what happened"
    fields = {"S": "ERROR", "C": state, "M": message, "D": "Key (value)=(ada@example.com)"}
    with pytest.raises(DatabaseError) as caught, translated():
        raise asyncpg.PostgresError.new(fields)
    assert type(caught.value) is kind
    assert state in str(caught.value)
    assert caught.value.retryable is (kind is not Rejected)
    assert "ada@example.com" not in str(caught.value)
    assert "canary" not in str(caught.value)
    assert caught.value.__suppress_context__


def untrusted() -> ssl.SSLCertVerificationError:
    """As OpenSSL makes it, for a certificate that signed itself."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed: canary")
    error.verify_code, error.verify_message = 18, "self-signed certificate"
    return error


def ssl_error(reason: str) -> ssl.SSLError:
    """As OpenSSL makes it."""
    error = ssl.SSLError(1, f"[SSL: {reason}] canary")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(111, "Connection refused"), Unreachable),
        (TimeoutError(), TimedOut),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), HostNotFound),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), Unreachable),
        (untrusted(), TLSFailed),
        (ssl_error("WRONG_VERSION_NUMBER"), TLSFailed),
        (ConnectionError('PostgreSQL server at "canary:5432" rejected SSL upgrade'), TLSFailed),
        (FileNotFoundError(2, "No such file or directory", "/canary"), InvalidURL),
        (asyncpg.InterfaceError("connection is closed"), Unreachable),
        (asyncpg.ClientConfigurationError("invalid DSN: 'postgres://fte:canary@'"), InvalidURL),
        (asyncpg.DataError("invalid input for query argument $1: 'canary'"), Rejected),
    ],
)
def test_client_errors(error: Exception, kind: type[DatabaseError]) -> None:
    with pytest.raises(kind) as caught, translated():
        raise error
    assert type(caught.value) is kind
    assert "canary" not in str(caught.value)


def test_own_errors_and_bugs_pass_as_they_are() -> None:
    with pytest.raises(OwnedByAnother), translated():
        raise OwnedByAnother("shop/other")
    with pytest.raises(KeyError), translated():
        raise KeyError("a bug")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "cannot be reached"),
        (TimeoutError(), "does not answer in time"),
        (asyncpg.ClientConfigurationError("invalid DSN"), "has a URL that cannot be understood"),
        (asyncpg.PostgresError.new({"C": "28P01", "M": "role fte_shop"}), "refuses the log-in"),
        (asyncpg.PostgresError.new({"C": "3D000", "M": "database shop"}), "does not exist"),
        (asyncpg.PostgresError.new({"C": "53300", "M": "too many"}), "has no connection left"),
        (asyncpg.PostgresError.new({"C": "42P01", "M": "relation"}), "is not migrated yet"),
        (asyncpg.PostgresError.new({"C": "25006", "M": "read only"}), "is read-only, or a standby in recovery"),
        (asyncpg.PostgresError.new({"C": "0A000", "M": "at 10.0.0.7"}), "cannot be used now; its log says why"),
    ],
)
def test_what_anybody_may_read(error: Exception, told: str) -> None:
    with pytest.raises(DatabaseError) as caught, translated():
        raise error
    assert caught.value.public == told
    assert OwnedByAnother("shop/ada").public == "belongs to another employee"
