"""Whoever may write a label makes the operator read what they like; how much of it, they do not say."""

import json
import tracemalloc
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from kubernetes.aio import client as api

from fte_operator.cluster.client import ApiServer
from fte_operator.cluster.errors import TooLarge
from fte_operator.cluster.kinds import CHILDREN, CONFIG_MAP, REPLICA_SET, SECRET, SERVICE
from fte_operator.reconcile.children import read_children
from fte_operator.reconcile.names import name_conflicts

MIB = 1024 * 1024
KINDS = [kind for kind in (*CHILDREN, REPLICA_SET) if kind is not SECRET]
DENSE = {"env": [{"name": "a"}] * 20_000}
"""A quarter of a megabyte as JSON, and twenty times that once decoded."""


def an_object(name, **content):
    labels = {"digitalfte.dev/owner-uid": "u"}
    return {"metadata": {"name": name, "namespace": "n", "uid": name, "labels": labels}} | content


@asynccontextmanager
async def serving(found):
    """An API server that gives `found`, by the last part of the path."""

    async def answer(request):
        body = found.get(request.path.rsplit("/", 1)[1], {"metadata": {}, "items": []})
        return web.Response(body=json.dumps(body, separators=(",", ":")).encode(), content_type="application/json")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    client = api.ApiClient(configuration=api.Configuration(host=f"http://{host}:{port}"))
    try:
        yield ApiServer(client, 60)
    finally:
        await client.close()
        await runner.cleanup()


def listed(objects):
    return {"metadata": {"resourceVersion": "1"}, "items": objects}


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [KINDS, [CONFIG_MAP], [REPLICA_SET]], ids=["all", "one", "replica sets"])
async def test_labelled_children_cost_no_more_than_one_allowance(kinds):
    """Of whatever kinds they are: four megabytes of them altogether, eighty once decoded."""
    each = [an_object(f"f{n}", spec=DENSE) for n in range(16 // len(kinds))]
    async with serving({kind.plural: listed(each) for kind in kinds}) as cluster:
        tracemalloc.start()
        try:
            with pytest.raises(TooLarge, match=r"GET /.*: what carries the operator's own label takes more memory"):
                await read_children(cluster, "n", "u", "x-runtime")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 40 * MIB, "that server's answers are among it"


async def test_what_is_as_large_as_the_operator_makes_it_is_read():
    """Two Deployments with ten ReplicaSets each, as many documents, each Job that ever ran."""
    variables = [{"name": f"FTE_{n}", "valueFrom": {"secretKeyRef": {"name": "s", "key": f"{n}"}}} for n in range(30)]
    container = {"name": "a", "image": "registry.example/digital-fte@sha256:" + "0" * 64, "env": variables}
    workload = {"template": {"spec": {"containers": [container], "volumes": [{"name": f"v{n}"} for n in range(15)]}}}
    found = {
        "replicasets": listed([an_object(f"rs{n}", spec=workload) for n in range(22)]),
        "deployments": listed([an_object(f"d{n}", spec=workload) for n in range(2)]),
        "jobs": listed([an_object(f"j{n}", spec=workload) for n in range(20)]),
        "configmaps": listed([an_object(f"c{n}", data={"config.yaml": "line: of text\n" * 2_000}) for n in range(40)]),
    }
    async with serving(found) as cluster:
        children = await read_children(cluster, "n", "u", "x-runtime")
    assert len(list(children.of(CONFIG_MAP))) == 40 and len(children.replica_sets) == 22


async def test_what_stands_under_names_of_ours_shares_the_allowance():
    """Without our label: read one after another by its name."""
    taken = [an_object(f"s{n}", apiVersion=SERVICE.api_version, kind=SERVICE.name) for n in range(8)]
    ours = {"kind": "DigitalFTE", "name": "x", "uid": "u", "controller": True}
    wanted = [each | {"metadata": each["metadata"] | {"ownerReferences": [ours]}} for each in taken]
    async with serving({each["metadata"]["name"]: each | {"spec": DENSE} for each in taken}) as cluster:
        children = await read_children(cluster, "n", "u", "x-runtime")
        with pytest.raises(TooLarge, match="services/s1:"):
            await name_conflicts(cluster, wanted, children)
