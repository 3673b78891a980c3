"""A cluster with the product on it, as ``make up`` leaves it, and employees applied to it with kubectl."""

import asyncio
import os
import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import asyncpg
import pytest
from cluster import ROOT, SAMPLE, Cluster, Customer, Instance, sample
from kafka_topics import delete_topics


def _environment(script: str) -> dict[str, str]:
    printed = subprocess.run([ROOT / "hack" / script, "env"], capture_output=True, text=True, check=True, timeout=60)
    return dict(re.findall(r"^(?:export )?([A-Z_]+)=(\S+)", printed.stdout, re.MULTILINE))


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    kubeconfig = os.environ.get("FTE_KUBECONFIG") or _environment("kind")["KUBECONFIG"]
    found = Cluster(Path(kubeconfig))
    found.kubectl("-n", "fte-system", "rollout", "status", "deploy/fte-operator", "--timeout=120s")
    return found


@pytest.fixture(scope="session")
def services() -> dict[str, str]:
    return _environment("services")


@pytest.fixture(scope="session")
def quickstart(cluster: Cluster) -> Iterator[Instance]:
    """samples/quickstart exactly as it stands, in its own namespace."""
    cluster.kubectl("delete", "namespace", "quickstart", "--ignore-not-found", "--timeout=120s")
    cluster.kubectl("apply", "-f", str(SAMPLE))
    instance = Instance(cluster, "quickstart", "quickstart.helper")
    instance.wait_ready()
    yield instance
    cluster.kubectl("delete", "namespace", "quickstart", "--wait=false")


@pytest.fixture
def employ(cluster: Cluster, services: dict[str, str]) -> Iterator[Callable[[], Instance]]:
    """Applies the sample under names of its own, with a database of its own; all of it goes afterwards."""
    with ExitStack() as made:
        yield lambda: made.enter_context(_employed(cluster, services))


@pytest.fixture(scope="module")
def employee(cluster: Cluster, services: dict[str, str]) -> Iterator[Instance]:
    """The same for all tests of a file."""
    with _employed(cluster, services) as instance:
        yield instance


@pytest.fixture(scope="module")
def neighbour(cluster: Cluster, services: dict[str, str]) -> Iterator[Instance]:
    """Another one for all tests of a file, in a namespace of its own."""
    with _employed(cluster, services) as instance:
        yield instance


@contextmanager
def _employed(cluster: Cluster, services: dict[str, str]) -> Iterator[Instance]:
    name = f"e2e-{secrets.token_hex(4)}"
    asyncio.run(_database(services["FTE_DATABASE_URL"], f'CREATE DATABASE "{name}"'))
    try:
        host = services["FTE_DATABASE_URL_PODS"].rsplit("/", 1)[0]
        cluster.kubectl("apply", "-f", "-", stdin=sample(name, database_url=f"{host}/{name}"))
        yield Instance(cluster, name, f"{name}.helper")
    finally:
        cluster.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")
        asyncio.run(_database(services["FTE_DATABASE_URL"], f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        asyncio.run(delete_topics(services["FTE_KAFKA"], f"{name}."))


async def _database(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def customer(quickstart: Instance) -> Iterator[Customer]:
    with quickstart.cluster.forward(quickstart.namespace, "svc/helper-api") as url:
        yield Customer(url)
