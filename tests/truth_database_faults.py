"""What may become of a database: rights, names, passwords, URLs, and the server itself."""

import socket
from collections.abc import AsyncIterator

from operator_world import secret
from truth_fault import fault
from truth_world import DATABASE, NAME, ROLE, World


def sql_fault(name: str, breaks: str, mends: str, *reasons: str, own: bool = False, writes: bool = False) -> None:
    """A fault of the database by two statements; ``{database}`` and ``{role}`` are filled in."""

    async def broken(world: World) -> AsyncIterator[None]:
        await world.sql(filled(world, breaks), own=own)
        await world.disconnect()
        if writes:
            await world.submit()
        yield
        await world.sql(filled(world, mends), own=own)
        await world.disconnect()

    fault(name, *reasons)(broken)


def filled(world: World, statement: str) -> str:
    password = world.database_url.split(":")[2].split("@")[0]
    owner = f"{world.namespace}/{NAME}"
    return statement.format(database=world.database, role=ROLE, password=password, owner=owner)


def url_fault(name: str, *reasons: str, **parts: str) -> None:
    """The Secret holds another URL for a while."""

    async def broken(world: World) -> AsyncIterator[None]:
        await world.url(**parts)
        yield
        await world.url()

    fault(name, *reasons)(broken)


sql_fault(
    "database read-only",
    "ALTER DATABASE {database} SET default_transaction_read_only = on",
    "ALTER DATABASE {database} RESET default_transaction_read_only",
    "NotWritable",
)
sql_fault(
    "database takes no connections",
    "ALTER DATABASE {database} ALLOW_CONNECTIONS false",
    "ALTER DATABASE {database} ALLOW_CONNECTIONS true",
    "Unreachable",
    "NotWritable",
)
sql_fault(
    "role without connections left",
    "ALTER ROLE {role} CONNECTION LIMIT 0",
    "ALTER ROLE {role} CONNECTION LIMIT -1",
    "Unreachable",
)
sql_fault(
    "password changed on the server only",
    "ALTER ROLE {role} PASSWORD 'another'",
    "ALTER ROLE {role} PASSWORD '{password}'",
    "WrongCredentials",
)
sql_fault(
    "role may not log in", "ALTER ROLE {role} NOLOGIN", "ALTER ROLE {role} LOGIN", "WrongCredentials", "Unreachable"
)
sql_fault(
    "rights to write revoked",
    "REVOKE INSERT, UPDATE ON ALL TABLES IN SCHEMA public FROM {role}",
    "GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}",
    "NotWritable",
    own=True,
)


@fault("database renamed", "DatabaseMissing")
async def _renamed(world: World) -> AsyncIterator[None]:
    name = world.database
    await world.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await world.disconnect()
    await world.sql(f"ALTER DATABASE {name} RENAME TO away", "ALTER DATABASE away ALLOW_CONNECTIONS true")
    yield
    await world.sql(f"ALTER DATABASE away RENAME TO {name}")


sql_fault(
    "a worker cannot store messages",
    "ALTER TABLE messages RENAME TO messages_away",
    "ALTER TABLE messages_away RENAME TO messages",
    "WorkerFailing",
    own=True,
    writes=True,
)
sql_fault(
    "database claimed by another employee",
    "UPDATE schema_owner SET owner = 'other/helper'",
    "UPDATE schema_owner SET owner = '{owner}'",
    "OwnedByAnother",
    own=True,
)

url_fault("wrong password in the Secret", "WrongCredentials", password="wrong")
url_fault("database that does not exist", "DatabaseMissing", database="nowhere")
url_fault("host name that does not resolve", "HostNotFound", host="no-such-host.invalid")
url_fault("closed port", "Unreachable", port="1")
url_fault("TLS refused by the server", "TLSFailed", query="sslmode=require")


@fault("URL that is none", "InvalidURL")
async def _no_url(world: World) -> AsyncIterator[None]:
    await world.apply(secret(DATABASE, url="not a url"))
    yield
    await world.url()


@fault("database host that never answers", "TimedOut", "Unreachable")
async def _black_hole(world: World) -> AsyncIterator[None]:
    with socket.socket() as listener:
        listener.bind(("0.0.0.0", 0))
        listener.listen(64)
        await world.url(port=str(listener.getsockname()[1]))
        yield
        await world.url()


@fault("PostgreSQL stopped", "Unreachable")
async def _postgres_stopped(world: World) -> AsyncIterator[None]:
    await world.services.stop("postgres")
    yield
    await world.services.start("postgres")


@fault("PostgreSQL frozen", "Unreachable", "TimedOut")
async def _postgres_frozen(world: World) -> AsyncIterator[None]:
    with world.services.frozen("postgres"):
        yield


@fault("table locked by somebody", "WorkerFailing", "MessagesUnread")
async def _locked(world: World) -> AsyncIterator[None]:
    async with world.locked("messages"):
        await world.submit()
        yield
