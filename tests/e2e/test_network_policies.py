"""Connections that the policies refuse are refused, where the cluster's network enforces policies at all.

Whether it does is tried first, with a policy that refuses everything. Where it does not, every connection must come
about, and the run says so in a line; `FTE_CNI_ENFORCES=1` makes that a failure. kindnet enforces, in node images of
kind 0.24 and later; the bridge of the node image that hack/cluster builds does not.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import yaml
from cluster import Cluster, Customer, Instance, until
from places import SERVED, Place, pod

pytestmark = [pytest.mark.kind, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def stranger(cluster: Cluster, employee: Instance) -> Iterator[Place]:
    """A pod of another namespace, that serves `SERVED`."""
    namespace = f"{employee.namespace}-stranger"
    cluster.kubectl("create", "namespace", namespace)
    try:
        yield pod(cluster, namespace, "stranger")
    finally:
        cluster.kubectl("delete", "namespace", namespace, "--wait=false")


@pytest.fixture(scope="module")
def enforced(cluster: Cluster, stranger: Place, request: pytest.FixtureRequest) -> bool:
    """Whether this network enforces policies: a pod that may be reached by nobody is, or is not."""
    target, other = f"{stranger.address}:{SERVED}", pod(cluster, stranger.namespace, "other")
    until("a pod answers", lambda: other.connects(target)[target], 60)
    with _closed(cluster, stranger.namespace):
        found = _within(20, lambda: not other.connects(target)[target])
    until("a pod answers again", lambda: other.connects(target)[target], 60)
    if not found:
        assert not os.environ.get("FTE_CNI_ENFORCES"), "this network enforces no NetworkPolicy, and was said to"
        reporter = request.config.pluginmanager.getplugin("terminalreporter")
        reporter.write_line("\nthis cluster's network enforces no NetworkPolicy: what they refuse was not refused here")
    return found


@pytest.fixture(scope="module")
def ready(employee: Instance) -> Instance:
    employee.wait_ready()
    return employee


def test_a_stranger_reaches_the_public_port_alone(ready: Instance, stranger: Place, enforced: bool) -> None:
    api, worker = (_of(ready, component).address for component in ("api", "message-processor"))
    metrics = {f"{api}:9090", f"{worker}:9090"}
    expected = {f"{api}:8080": True} | dict.fromkeys(metrics, not enforced)
    until("policies in force", lambda: stranger.connects(*expected) == expected, 30)


def test_a_worker_reaches_its_stores_and_nothing_else_of_the_cluster(
    ready: Instance, stranger: Place, enforced: bool, services: dict[str, str]
) -> None:
    database = services["FTE_DATABASE_URL_PODS"].rpartition("@")[2].partition("/")[0]
    stores = {services["FTE_KAFKA_PODS"], database}
    others = {"kubernetes.default.svc:443", f"{stranger.address}:{SERVED}"}
    expected = dict.fromkeys(stores, True) | dict.fromkeys(others, not enforced)
    worker = _of(ready, "message-processor")
    until("policies in force", lambda: worker.connects(*expected) == expected, 30)


def test_with_policies_in_place_questions_are_answered(ready: Instance) -> None:
    """The kubelet's probes, the operator's look at health, intake, ingest and answer: all of it goes by the rules."""
    with ready.cluster.forward(ready.namespace, "svc/helper-api") as url:
        answer = Customer(url).ask("Until when can I restore a deleted task?", seconds=60)
    assert answer["messages"]
    assert ready.condition("Ready")["status"] == "True"
    assert len(ready.cluster.get("networkpolicy", ready.namespace)) == 3


def _of(instance: Instance, component: str) -> Place:
    pods = instance.cluster.get("pod", instance.namespace, selector=f"app.kubernetes.io/component={component}")
    living = [
        each for each in pods if each["status"]["phase"] == "Running" and "deletionTimestamp" not in each["metadata"]
    ]
    return Place(instance.cluster, instance.namespace, living[0]["metadata"]["name"])


@contextmanager
def _closed(cluster: Cluster, namespace: str) -> Iterator[None]:
    """While a policy refuses every way into the namespace's pods."""
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "closed", "namespace": namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
    }
    cluster.kubectl("apply", "-f", "-", stdin=yaml.safe_dump(manifest))
    try:
        yield
    finally:
        cluster.kubectl("-n", namespace, "delete", "networkpolicy", "closed")


def _within(seconds: int, probe: Callable[[], bool]) -> bool:
    """Whether `probe` becomes true in time."""
    try:
        until("true", probe, seconds)
    except AssertionError:
        return False
    return True
