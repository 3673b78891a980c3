"""A real PostgreSQL with a private CA: who is trusted, and what is told of who is not."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from certificates import Authority
from own_postgres import SecuredPostgres

from fte_database.errors import Unreachable
from fte_database.migrate import migrate
from fte_database.pool import Database

pytestmark = pytest.mark.postgres

OWNER = "shop/helper"
BY_TLS = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


@pytest.fixture(autouse=True)
async def migrated(secured_postgres: SecuredPostgres) -> None:
    await migrate(secured_postgres.url(), OWNER, ca=secured_postgres.authority.certificate)


async def dialled(url: str, ca: str | None) -> None:
    """One connection of each kind, as ours alone come: by TLS. Raises what stands in the way."""
    for act in ("connection", "dedicated"):
        database = Database(url, owner=OWNER, ca=ca)
        await database.open()
        try:
            async with getattr(database, act)() as connection:
                assert await connection.fetchval(BY_TLS)
        finally:
            await database.close()


@pytest.mark.parametrize("query", ["", "?sslmode=disable", "?sslmode=prefer", "?sslmode=require"])
async def test_a_server_that_proves_its_name_is_let_in_whatever_the_url_says(
    secured_postgres: SecuredPostgres, query: str
) -> None:
    url, ca = secured_postgres.url(query=query), secured_postgres.authority.certificate
    await dialled(url, ca)
    await migrate(url, OWNER, ca=ca)


KEPT_OUT: dict[str, tuple[Callable[[SecuredPostgres], tuple[str, str]], str]] = {
    "another CA": (
        lambda postgres: (postgres.url(), Authority("postgres-ca").certificate),
        "presents a certificate that no trusted CA signed; database.caSecretRef must hold the CA",
    ),
    "another name": (
        lambda postgres: (postgres.url(host="localhost"), postgres.authority.certificate),
        "presents a certificate for another host name",
    ),
    "another name in spite of the URL": (
        lambda postgres: (postgres.url(host="localhost", query="?sslmode=require"), postgres.authority.certificate),
        "presents a certificate for another host name",
    ),
    "a wrong password": (
        lambda postgres: (postgres.url(password="guess"), postgres.authority.certificate),
        "password authentication failed",
    ),
    "no database": (
        lambda postgres: (postgres.url("nowhere"), postgres.authority.certificate),
        'database "nowhere" does not exist',
    ),
    "garbage for a CA": (
        lambda postgres: (postgres.url(), "change-me"),
        "database.caSecretRef holds no certificates in PEM",
    ),
}


@pytest.mark.parametrize("case", KEPT_OUT)
async def test_who_is_kept_out_is_told_why(secured_postgres: SecuredPostgres, case: str) -> None:
    make, says = KEPT_OUT[case]
    url, ca = make(secured_postgres)
    for attempt in (dialled(url, ca), migrate(url, OWNER, ca=ca)):
        with pytest.raises(Unreachable) as refused:
            await attempt
        assert says in str(refused.value)
        assert "guess" not in str(refused.value) and secured_postgres.password not in str(refused.value)


@pytest.fixture
async def presented(secured_postgres: SecuredPostgres) -> AsyncIterator[Callable[..., object]]:
    """Has the running server present another certificate; afterwards its own again."""
    own = secured_postgres.authority
    yield secured_postgres.present
    await secured_postgres.present(own)
    await told(secured_postgres.url(), own.certificate, None)


async def told(url: str, ca: str, says: str | None) -> None:
    """Until one is refused with this, or let in with None.

    The server reads its files again a moment after it said that it would.
    """
    last: Unreachable | None = None
    try:
        async with asyncio.timeout(30):
            while True:
                try:
                    await dialled(url, ca)
                    last = None
                except Unreachable as error:
                    last = error
                if last is None if says is None else says in str(last):
                    return
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"never {says}; last: {last!r}") from None


async def test_an_expired_certificate_is_told(secured_postgres: SecuredPostgres, presented) -> None:
    await presented(secured_postgres.authority, expired=True)
    says = "presents a certificate that has expired; have it renewed"
    await told(secured_postgres.url(), secured_postgres.authority.certificate, says)


async def test_a_ca_is_changed_while_both_are_trusted(secured_postgres: SecuredPostgres, presented) -> None:
    old, new = secured_postgres.authority, Authority("next")
    both = old.certificate + new.certificate
    await dialled(secured_postgres.url(), both)
    await presented(new)
    await told(secured_postgres.url(), old.certificate, "no trusted CA")
    await dialled(secured_postgres.url(), both)


async def test_a_server_without_tls_is_told(postgres_url: str) -> None:
    with pytest.raises(Unreachable, match=r"the database does not speak TLS; give its server a certificate") as error:
        await migrate(postgres_url, OWNER, ca=Authority("any").certificate)
    assert error.value.public == "does not speak TLS"
