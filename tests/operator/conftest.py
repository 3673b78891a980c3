"""A namespace on a real API server per test; see `operator_world`."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from kafka_topics import delete_topics
from kubernetes.aio import client as api
from operator_process import Process
from operator_world import Kubelet, MemoryTopics, Raw, World, channel, documents, employee, secret
from ports import free_port

from fte_operator.cluster.access import configuration
from fte_operator.cluster.client import ApiServer, open_cluster

ROOT = Path(__file__).resolve().parents[2]
RBAC = "/apis/rbac.authorization.k8s.io/v1"


@asynccontextmanager
async def _namespace(raw: Raw) -> AsyncIterator[str]:
    name = f"operator-{uuid4().hex[:8]}"
    await raw.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    yield name
    await raw.call("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture
async def world(control_plane: Any) -> AsyncIterator[World]:
    """An empty namespace; nothing runs in it but what the test runs."""
    client = api.ApiClient(configuration=await configuration(control_plane.kubeconfig))
    client.user_agent = "tests"
    raw = Raw(client)
    async with open_cluster(control_plane.kubeconfig, 10) as cluster, _namespace(raw) as namespace:
        kubelet = Kubelet(raw, ApiServer(client, 10), namespace)
        yield World(cluster, raw, namespace, kubelet, MemoryTopics(), control_plane.audit_log, control_plane.kubeconfig)
    await client.close()


@pytest.fixture
async def employed(world: World) -> World:
    """A namespace with an employee that is ready."""
    await world.apply(secret(), documents(), channel(), employee())
    await world.until_ready()
    return world


@pytest.fixture
async def alive(world):
    """A namespace whose pods run by themselves."""
    task = asyncio.create_task(world.kubelet.run())
    yield world
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task  # tells what ended it early


@pytest.fixture
async def kubeconfig(world, tmp_path, request):
    """Access with exactly the rights in deploy/, its objects moved to the test's namespace.

    As "namespaced", the ClusterRole is bound in that namespace alone.
    """
    bound = "namespace.yaml" if getattr(request, "param", "") == "namespaced" else "cluster-wide.yaml"
    paths = {
        "ServiceAccount": f"/api/v1/namespaces/{world.namespace}/serviceaccounts",
        "ClusterRole": f"{RBAC}/clusterroles",
        "ClusterRoleBinding": f"{RBAC}/clusterrolebindings",
        "Role": f"{RBAC}/namespaces/{world.namespace}/roles",
        "RoleBinding": f"{RBAC}/namespaces/{world.namespace}/rolebindings",
    }
    clusterwide = []
    text = "---\n".join((ROOT / "deploy" / name).read_text() for name in ("operator.yaml", bound))
    for manifest in yaml.safe_load_all(text):
        path = paths.get(manifest["kind"])
        if path is None:
            continue
        text = json.dumps(manifest).replace("fte-system", world.namespace)
        moved = json.loads(text)
        if moved.get("roleRef", {}).get("kind") == "ClusterRole":
            moved["roleRef"]["name"] = world.namespace
        if manifest["kind"].startswith("Cluster"):
            moved["metadata"]["name"] = world.namespace
            clusterwide.append(f"{path}/{world.namespace}")
        await world.raw.call("POST", path, moved)
    account = f"{paths['ServiceAccount']}/fte-operator/token"
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    token = (await world.raw.call("POST", account, request))["status"]["token"]
    access = yaml.safe_load(world.kubeconfig.read_text())
    access["users"] = [{"name": access["users"][0]["name"], "user": {"token": token}}]
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(access))
    yield path
    for path in clusterwide:
        await world.raw.call("DELETE", path)


@pytest.fixture
async def run(alive, kubeconfig, request):
    @asynccontextmanager
    async def running(identity, beside=()):
        process = Process(alive, kubeconfig, identity, beside)
        await process.start(free_port())
        try:
            yield process
        finally:
            await process.stop(signal.SIGKILL)
            log = "".join(process.lines)
            assert "Traceback" not in log and "unexpected" not in log, log

    yield running
    if "kafka_bootstrap" in request.fixturenames:
        await delete_topics(request.getfixturevalue("kafka_bootstrap"), f"{alive.namespace}.")
