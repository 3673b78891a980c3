"""One hostile tenant in a namespace of their own: the operator serves the neighbour as before, and no pod ends.

A ticket of the neighbour is answered within 5 seconds, and an object that was taken from it is made again by the
operator within 20, or four times what they took while nothing was going on (tests/containment.py). What the tenant does
is in tests/hostile_tenants.py; all of it with rights to four kinds of objects in one namespace.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
from cluster import Cluster, Customer, Instance, Object, outside, until
from containment import Pods, answer_seconds, program, quiet, settled
from hostile_tenants import TENANTS, Rounds, Tenant

_log = logging.getLogger(__name__)
pytestmark = [pytest.mark.kind, pytest.mark.timeout(420)]

PAUSE_SECONDS = 0.2  # between two rounds
REPAIR_SECONDS = 20.0
"""The operator asks Kafka first, in a process of its own that takes half a CPU a second or more to start."""

OWNED = "helper-message-processor"
"""Of the neighbour's, a HorizontalPodAutoscaler: without it nothing of theirs stops."""


@dataclass(frozen=True)
class Estate:
    """The tenant, the neighbour, and what the neighbour waits at most for each, in seconds."""

    tenant: Tenant
    neighbour: Instance
    customer: Customer
    pods: Pods
    bounds: dict[Callable[["Estate"], float], float] = field(default_factory=dict)

    def answered(self) -> float:
        """How long a ticket of the neighbour takes."""
        return answer_seconds(self.customer)

    def repaired(self) -> float:
        """How long the operator takes to notice that something of the neighbour's is gone, and to make it again."""
        cluster, namespace = self.neighbour.cluster, self.neighbour.namespace
        cluster.kubectl("-n", namespace, "delete", "hpa", OWNED)
        begun = time.monotonic()
        until("what was taken is back", lambda: cluster.exists("hpa", namespace, OWNED), 120)
        return time.monotonic() - begun

    def goes_on(self) -> None:
        """The neighbour notices nothing."""
        took = {one: one(self) for one in (Estate.answered, Estate.repaired)}
        _log.info("%s", {one.__name__: f"{seconds:.1f} s of {self.bounds[one]:.1f}" for one, seconds in took.items()})
        assert {one.__name__: seconds for one, seconds in took.items() if seconds > self.bounds[one]} == {}
        self.pods.go_on()


@pytest.fixture(scope="module")
def estate(
    cluster: Cluster,
    employee: Instance,
    neighbour: Instance,
    services: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Estate]:
    """The tenant has a decent employee, too, that must not suffer either."""
    _allow(cluster, employee.namespace)
    patch = '{"spec":{"webForm":{"rateLimitPerMinute":1200}}}'
    cluster.kubectl("-n", neighbour.namespace, "patch", "sch/website", "--type=merge", "-p", patch)
    for each in (employee, neighbour):
        settled(each)
    trace = tmp_path_factory.mktemp("listeners") / "trace"
    with trace.open("w") as output, program("hostile_listeners.py", services["FTE_PODS_TO_HOST"], output=output):
        where = json.loads(until("listeners", lambda: _first_line(trace), 30))
        tenant = Tenant(cluster, employee.namespace, services["FTE_KAFKA_PODS"], neighbour.prefix, where, trace)
        pods = Pods.of(cluster, "fte-system", employee.namespace, neighbour.namespace)
        found = Estate(tenant, neighbour, Customer(outside(neighbour)), pods)
        found.bounds[Estate.answered] = quiet(found.answered)
        found.bounds[Estate.repaired] = quiet(found.repaired, REPAIR_SECONDS)
        yield found


def _allow(cluster: Cluster, namespace: str) -> None:
    """A tenant as an administrator would make one."""
    resources = "digitalftes.digitalfte.dev,supportchannels.digitalfte.dev,configmaps,secrets"
    cluster.kubectl("-n", namespace, "create", "serviceaccount", "tenant")
    cluster.kubectl("-n", namespace, "create", "role", "tenant", "--verb=*", f"--resource={resources}")
    cluster.kubectl(
        "-n", namespace, "create", "rolebinding", "tenant", "--role=tenant", f"--serviceaccount={namespace}:tenant"
    )


@contextmanager
def under(attack: Rounds, tenant: Tenant) -> Iterator[None]:
    """While the tenant does that, from the end of the first round."""
    stop = Event()

    def go_on() -> None:
        n = 0
        while not stop.wait(PAUSE_SECONDS):
            n += 1
            attack(tenant, n)

    attack(tenant, 0)
    with ThreadPoolExecutor(1) as pool:
        going_on = pool.submit(go_on)
        try:
            yield
        finally:
            stop.set()
        going_on.result()


@pytest.mark.parametrize("attack", TENANTS)
def test_the_neighbour_notices_nothing(estate: Estate, attack: str) -> None:
    tenant = estate.tenant
    try:
        with under(TENANTS[attack], tenant):
            estate.goes_on()
            until("all asked", tenant.reached, 150)
            until("all told", lambda: all(_told(each) for each in tenant.employees()), 150)
    finally:
        tenant.leaves()


def _first_line(path: Path) -> str | None:
    line, ended, _ = path.read_text(encoding="utf-8").partition("\n")
    return line if ended else None


def _told(employee: Object) -> bool:
    """Whether it is told why it is not Ready, or goes."""
    conditions = employee.get("status", {}).get("conditions", [])
    told = any(each["type"] == "Ready" and each["status"] == "False" and each["message"] for each in conditions)
    return told or "deletionTimestamp" in employee["metadata"]
