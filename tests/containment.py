"""Whether others notice an attack: what is quiet, who is answered meanwhile, and whether a pod has ended.

A neighbour's ticket is answered within 5 seconds (docs/safety.md), or within four times what it took while nothing was
going on, in the same run: on a slow machine everybody waits.
"""

import http.client
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from cluster import Cluster, Customer, Instance, replies, until

QUESTION = "Until when can I restore a deleted task?"
SECONDS = 5.0
TIMES = 4
TESTS = Path(__file__).parent


def quiet(measure: Callable[[], float], seconds: float = SECONDS, times: int = 5) -> float:
    """The bound of what `measure` takes, at least ``seconds``, found while nothing is going on."""
    return max(seconds, TIMES * statistics.median(measure() for _ in range(times)))


def answer_seconds(customer: Customer, within: float = 60) -> float:
    """How long a ticket takes from the form to its answer; fails beyond ``within``."""
    begun = time.monotonic()
    [reply] = replies(customer.ask(QUESTION, seconds=within))
    assert "30 days" in reply["text"]
    return time.monotonic() - begun


def page_seconds(url: str) -> float:
    """How long the form's page takes on a connection of its own."""
    parts = urlsplit(url)
    begun = time.monotonic()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request("GET", "/support/")
        response = connection.getresponse()
        assert response.status == 200
        response.read()
    finally:
        connection.close()
    return time.monotonic() - begun


def percentile(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


@dataclass(frozen=True)
class Pods:
    """The pods of some Deployments, that none has ended, been killed or been replaced since."""

    cluster: Cluster
    namespaces: tuple[str, ...]
    known: dict[str, int]

    @classmethod
    def of(cls, cluster: Cluster, *namespaces: str) -> "Pods":
        found = cls(cluster, namespaces, {})
        found.known.update(found.restarts())
        assert found.known
        return found

    def restarts(self) -> dict[str, int]:
        """Of each pod that goes on, how often it began anew; fails where one took more memory than it may."""
        found = {}
        for namespace in self.namespaces:
            for pod in self.cluster.get("pod", namespace):
                name, containers = f"{namespace}/{pod['metadata']['name']}", pod["status"].get("containerStatuses", [])
                assert "OOMKilled" not in str([(each["state"], each["lastState"]) for each in containers]), name
                if "batch.kubernetes.io/job-name" not in pod["metadata"]["labels"]:
                    found[name] = sum(each["restartCount"] for each in containers)
        return found

    def go_on(self) -> None:
        """Fails with what has ended."""
        now = self.restarts()
        ended = {name: (count, now.get(name)) for name, count in self.known.items() if now.get(name) != count}
        assert not ended, f"restarts before and after (None: gone): {ended}"


def settled(instance: Instance) -> None:
    """Until it is Ready, and pods of before are gone."""
    instance.wait_ready()
    for component in ("api", "message-processor"):
        name = f"deploy/{instance.name}-{component}"
        instance.cluster.kubectl("-n", instance.namespace, "rollout", "status", name, "--timeout=180s")
    pods = lambda: instance.cluster.get("pod", instance.namespace)  # noqa: E731
    until("old pods gone", lambda: not any("deletionTimestamp" in pod["metadata"] for pod in pods()), 90)


@contextmanager
def program(
    script: str, *arguments: str, output: IO[str] | int = subprocess.PIPE, priority: int = 0
) -> Iterator[subprocess.Popen[str]]:
    """A program of tests/, apart from the measuring process, that must not end before the context does."""
    command = ["nice", "-n", str(priority), sys.executable, str(TESTS / script), *arguments]
    with subprocess.Popen(command, stdout=output, text=True) as running:
        try:
            yield running
            assert running.poll() is None, f"{script} {arguments} ended by itself"
        finally:
            running.kill()


@contextmanager
def visited(name: str, url: str, priority: int = 0) -> Iterator[None]:
    """While a hostile visitor does that to ``url`` (hostile_requests.py), from when the attack is all there."""
    parts = urlsplit(url)
    arguments = (name, str(parts.hostname), str(parts.port), "0")
    with program("hostile_requests.py", *arguments, priority=priority) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "under way\n"
        yield
