"""Real services for tests, started when the first test asks for them and shared by all of a run.

`hack/services` starts a service that does not run yet and leaves it running for the next test run;
an address already in the environment is used as it is.
"""

import asyncio
import os
import secrets
import subprocess
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import own_kafka
import own_postgres
import pytest
from hypothesis import settings
from ports import free_ports

ROOT = Path(__file__).resolve().parent.parent
HACK = ROOT / "hack"
# Generated cases are the same in every run; pytest --hypothesis-profile=explore looks for new ones and prints how to
# replay what it finds.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("repeatable")
NEEDED_SECONDS = 900  # the first start fetches or builds what is missing


def _run(*command: str | Path, **variables: str) -> str:
    """Run a command of hack/ and return its standard output; its own messages are in the error."""
    result = subprocess.run(
        [str(word) for word in command],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=NEEDED_SECONDS,
        check=False,
    )
    if result.returncode:
        pytest.fail(f"{command} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return result.stdout


def _service(name: str) -> dict[str, str]:
    """Start a service where it does not run and return its addresses by variable name."""
    _run(HACK / "services", "start", name)
    lines = _run(HACK / "services", "env", name).splitlines()
    return dict(line.split("=", 1) for line in lines)


def _apart(call: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine in a thread of its own, clear of the test's event loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(call())).result()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The URL of the server's administrative database."""
    return _service("postgres")["FTE_DATABASE_URL"]


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """The URL of a fresh, empty database that is dropped after the test."""
    name = f"test_{secrets.token_hex(8)}"
    _apart(lambda: _execute(postgres_url, f"CREATE DATABASE {name}"))
    try:
        yield urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))
    finally:
        _apart(lambda: _execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    """The broker's bootstrap address. Topics are the test's own business: give them a prefix of their own."""
    return _service("kafka")["FTE_KAFKA"]


@pytest.fixture(scope="session")
def secured_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[own_kafka.SecuredKafka]:
    """A broker of this run alone that asks who one is."""
    with own_kafka.secured_kafka(tmp_path_factory.mktemp("kafka"), free_ports(len(own_kafka.LISTENERS))) as kafka:
        yield kafka


@pytest.fixture(scope="session")
def secured_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[own_postgres.SecuredPostgres]:
    """A server of this run alone with a private CA."""
    with own_postgres.secured_postgres(tmp_path_factory.mktemp("postgres"), free_ports(1)) as postgres:
        yield postgres


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """A Kubernetes API without nodes, its CustomResourceDefinitions applied."""

    kubeconfig: Path
    audit_log: Path
    kubectl: Path

    def run(self, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
        """Run kubectl against it and return its standard output."""
        command = [str(self.kubectl), "--kubeconfig", str(self.kubeconfig), *arguments]
        result = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)
        if check and result.returncode:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {result.stderr}")
        return result.stdout if not result.returncode else result.stdout + result.stderr


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """etcd, API server and controller manager of this run alone, with crds/ applied."""
    port = str(free_ports(3))
    try:
        _run(HACK / "control-plane", "up", PORT=port)
        lines = dict(line.split("=", 1) for line in _run(HACK / "control-plane", "env", PORT=port).splitlines())
        plane = ControlPlane(Path(lines["KUBECONFIG"]), Path(lines["FTE_AUDIT_LOG"]), Path(lines["KUBECTL"]))
        if any((ROOT / "crds").glob("*.yaml")):
            plane.run("apply", "--server-side", "-f", str(ROOT / "crds"))
            plane.run("wait", "--for=condition=Established", "-f", str(ROOT / "crds"), "--timeout=30s")
        yield plane
    finally:
        _run(HACK / "control-plane", "down", PORT=port)
