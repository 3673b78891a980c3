"""One tenant against the operator's process, which has the rights and the memory of deploy/operator.yaml."""

import asyncio
import logging
import os
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from hostile_brokers import HOSTILE, listening
from operator_world import channel, documents, employee, secret

from fte_operator.cluster.kinds import DIGITAL_FTE, kind_of
from fte_operator.topics.confined import AT_ONCE

_log = logging.getLogger(__name__)
pytestmark = [pytest.mark.control_plane, pytest.mark.kafka]
CHILD_MIB = 80  # tests/operator/topics/test_hostile_brokers.py measures them
FLOOD = int(os.environ.get("FTE_FLOOD", "40"))
"""Objects of up to 1 MB each; FTE_FLOOD=200 for the whole of it, minutes (docs/development.md)."""
LABELS = {f"l{n:06}": "" for n in range(50 * FLOOD)}  # 32 bytes each, where every list and watch reads them


def labelled(manifest):
    return manifest | {"metadata": manifest["metadata"] | {"labels": manifest["metadata"].get("labels", {}) | LABELS}}


def unwatched(n):
    return documents(f"flood-{n}", text="a" * 1_000_000) | {"metadata": {"name": f"flood-{n}"}}


MANY = [{"name": "a"}] * 16_000
"""A quarter of a megabyte of JSON, and twenty times that once decoded."""
POD_TEMPLATE = {
    "metadata": {"labels": {"flood": "yes"}},
    "spec": {"containers": [{"name": "a", "image": "b", "env": MANY}]},
}
NO_REPLICAS = {"replicas": 0, "selector": {"matchLabels": {"flood": "yes"}}, "template": POD_TEMPLATE}
METRIC = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 1}}}
SCALED = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}
CHILDREN = (
    ("v1", "ServiceAccount", {"secrets": MANY}),
    ("v1", "ConfigMap", {"data": {f"{n:05x}": "" for n in range(20_000)}}),
    ("v1", "Service", {"spec": {"ports": [{"port": 80}], "selector": {f"{n:05x}": "a" for n in range(12_000)}}}),
    ("apps/v1", "Deployment", {"spec": NO_REPLICAS | {"paused": True}}),
    ("apps/v1", "ReplicaSet", {"spec": NO_REPLICAS}),
    (
        "batch/v1",
        "Job",
        {"spec": {"suspend": True, "template": {"spec": POD_TEMPLATE["spec"] | {"restartPolicy": "Never"}}}},
    ),
    (
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        {"spec": {"maxReplicas": 1, "scaleTargetRef": SCALED, "metrics": [METRIC] * 2_000}},
    ),
    ("networking.k8s.io/v1", "NetworkPolicy", {"spec": {"podSelector": {}, "ingress": [{}] * 60_000}}),
)
HOSTILE_EMPLOYEES = 5  # more than half the workers; no multiple of it is the number of kinds


def child(n):
    """One that the operator lists as its own; whose it is, the test says."""
    api_version, kind, content = CHILDREN[n % len(CHILDREN)]
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": f"flood-{n}"}} | content


FLOODS = {
    "children that the operator did not make": child,
    "ConfigMaps that are watched": lambda n: documents(f"flood-{n}", text="a" * 1_000_000),
    "ConfigMaps that are not": unwatched,
    "Secrets that are watched": lambda n: secret(f"flood-{n}", text="a" * 700_000),
    "ConfigMaps of nothing but labels": lambda n: labelled(documents(f"flood-{n}")),
    "employees of nothing but labels": lambda n: labelled(employee() | {"metadata": {"name": f"flood-{n}"}}),
    "channels of nothing but labels": lambda n: labelled(channel(f"flood-{n}")),
}


def room():
    """MiB that the operator may take beside its children."""
    manifests = yaml.safe_load_all((Path(__file__).parents[2] / "deploy/operator.yaml").read_text())
    [deployment] = [each for each in manifests if each["kind"] == "Deployment"]
    limit = deployment["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"]
    return int(limit.removesuffix("Mi")) - AT_ONCE * CHILD_MIB


@pytest.fixture
async def elsewhere(world):
    name = f"hostile-{uuid4().hex[:8]}"
    await world.raw.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    yield name
    await world.raw.call("DELETE", f"/api/v1/namespaces/{name}")


def placed(manifest, namespace, name=None):
    metadata = manifest["metadata"] | {"namespace": namespace} | ({"name": name} if name else {})
    return manifest | {"metadata": metadata}


async def labelled_as_owned(alive, namespace, flood):
    """By employees of that namespace, in turn: several of them are looked at at once."""
    uids = []
    for n in range(HOSTILE_EMPLOYEES):
        hostile = placed(employee("127.0.0.1:1"), namespace, f"hostile-{n}")
        made = await alive.raw.call("POST", DIGITAL_FTE.path(namespace), hostile)
        uids.append(made["metadata"]["uid"])
    return [
        each | {"metadata": each["metadata"] | {"labels": {"digitalfte.dev/owner-uid": uids[n % len(uids)]}}}
        for n, each in enumerate(flood)
    ]


@pytest.mark.parametrize("kind", FLOODS)
@pytest.mark.timeout(120 + FLOOD * 6)
async def test_a_flood_costs_nobody_memory(alive, run, elsewhere, kafka_bootstrap, kind):
    """There at the start, and changed later."""
    flood = [placed(FLOODS[kind](n), elsewhere) for n in range(FLOOD)]
    if FLOODS[kind] is child:
        flood = await labelled_as_owned(alive, elsewhere, flood)
    for each in flood:
        await alive.raw.call("POST", kind_of(each).path(elsewhere), each)
    _log.info("%d %s", FLOOD, kind)
    async with run("one", [elsewhere]) as operator:
        await alive.apply(secret(), documents(), channel(), employee(kafka_bootstrap))
        await alive.until_ready(reconcile=False)
        for each in flood:
            path = kind_of(each).path(elsewhere, each["metadata"]["name"])
            await alive.raw.patch(path, {"metadata": {"annotations": {"changed": "yes"}}})
        await alive.apply(documents(**{"handbook.md": "# Handbook\n\nWe open at ten.\n"}))
        asked = await alive.get(DIGITAL_FTE, "helper")

        async def noticed():
            live = await alive.get(DIGITAL_FTE, "helper")
            return live["status"]["knowledge"] != asked["status"]["knowledge"] and operator.process.returncode is None

        await alive.until(noticed, reconcile=False)
        _log.info("%d %s: %.0f MiB of %d", FLOOD, kind, operator.peak(), room())
        assert operator.peak() < room()


LARGE = {
    "files without end": ({f"{n:05x}": "" for n in range(40_000)}, "TooLarge"),
    "long texts": ({"book.md": "a" * 1_000_000}, "KafkaUnreachable"),
}


@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.timeout(240)
async def test_what_employees_refer_to_costs_nobody_memory(alive, run, elsewhere, kafka_bootstrap, kind):
    """Eight ConfigMaps for each of several employees; whoever refers to too much is told so."""
    content, reason = LARGE[kind]
    sources = [{"name": f"s{n}", "configMapRef": {"name": f"large-{n}"}} for n in range(8)]
    large = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": s["configMapRef"]["name"]}} for s in sources
    ]
    for each in (secret(), channel(), *(each | {"data": content} for each in large)):
        await alive.raw.call("POST", kind_of(each).path(elsewhere), placed(each, elsewhere))
    names = [f"hostile-{n}" for n in range(HOSTILE_EMPLOYEES)]
    async with run("one", [elsewhere]) as operator:
        for name in names:
            hostile = placed(employee("127.0.0.1:1", knowledge={"sources": sources}), elsewhere, name)
            await alive.raw.call("POST", DIGITAL_FTE.path(elsewhere), hostile)
        await alive.apply(secret(), documents(), channel(), employee(kafka_bootstrap))
        await alive.until_ready(reconcile=False)

        async def told():
            live = [await alive.cluster.get(DIGITAL_FTE, elsewhere, name) for name in names]
            found = [each["reason"] for one in live for each in one.get("status", {}).get("conditions", ())]
            return found.count(reason) >= len(names)

        await alive.until(told, reconcile=False)
        _log.info("%s: %.0f MiB of %d", kind, operator.peak(), room())
        assert operator.peak() < room()


async def test_hostile_brokers_neither_end_the_operator_nor_delay_a_neighbour(alive, run, elsewhere, kafka_bootstrap):
    for each in (secret(), documents(), channel()):
        await alive.hands.apply(placed(each, elsewhere), "somebody")
    async with AsyncExitStack() as brokers, run("one", [elsewhere]) as operator:
        names = {f"h{n}": kind for n, kind in enumerate(HOSTILE) if n < 16}
        for name, kind in names.items():
            servers = await brokers.enter_async_context(listening(HOSTILE[kind]))
            await alive.hands.apply(placed(employee(servers), elsewhere, name), "somebody")
        await alive.apply(secret(), documents(), channel(), employee(kafka_bootstrap))
        await alive.until_ready(reconcile=False)
        for name in names:

            async def told(name=name):
                live = await alive.cluster.get(DIGITAL_FTE, elsewhere, name)
                conditions = live.get("status", {}).get("conditions", ())
                return any(each["reason"] in ("KafkaUnreachable", "AuthenticationFailed") for each in conditions)

            async with asyncio.timeout(60):
                await alive.until(told, reconcile=False)
        assert operator.process.returncode is None
        assert operator.peak() < room()
