"""A namespace on a real API server per test; see `operator_world`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from kubernetes.aio import client as api
from operator_world import Kubelet, MemoryTopics, Raw, World, channel, documents, employee, secret

from fte_operator.cluster.client import ApiServer, configuration, open_cluster


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
