"""Kafka and a fresh database for a benchmark, by hack/services."""

import asyncio
import secrets
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

SERVICES = Path(__file__).resolve().parents[1] / "services"


def kafka() -> str:
    """The broker's address; started where it does not run."""
    return _addresses("kafka")["FTE_KAFKA"]


@contextmanager
def fresh_database() -> Iterator[str]:
    """The URL of an empty database that is dropped afterwards."""
    server, name = _addresses("postgres")["FTE_DATABASE_URL"], f"bench_{secrets.token_hex(6)}"
    _execute(server, f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _addresses(service: str) -> dict[str, str]:
    subprocess.run([SERVICES, "start", service], check=True, stderr=subprocess.DEVNULL)
    printed = subprocess.run([SERVICES, "env", service], check=True, capture_output=True, text=True).stdout
    return dict(line.split("=", 1) for line in printed.splitlines())


def _execute(url: str, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as pool:  # clear of the caller's event loop
        pool.submit(lambda: asyncio.run(run())).result()
