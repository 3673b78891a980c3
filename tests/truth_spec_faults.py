"""What may become of the things that a spec names, and of the room for its pods."""

import time
from collections.abc import AsyncIterator

from data_plane import FACTS, until
from operator_world import channel, documents
from truth_fault import fault
from truth_work_faults import UNAVAILABLE
from truth_world import DATABASE, KNOWLEDGE, NAME, World

from fte_operator.cluster.kinds import CONFIG_MAP, DIGITAL_FTE, SECRET, SUPPORT_CHANNEL

CLOSED_SECONDS = 15.0
"""Within which a removed channel takes nothing in any more."""


@fault("database Secret deleted", "SecretNotFound")
async def _secret_deleted(world: World) -> AsyncIterator[None]:
    await world.delete(SECRET, DATABASE)
    yield
    await world.url()


@fault("database Secret's key empty", "SecretKeyMissing")
async def _secret_empty(world: World) -> AsyncIterator[None]:
    await world.patch(SECRET, DATABASE, {"data": {"url": ""}})
    yield
    await world.url()


@fault("knowledge ConfigMap deleted", "ConfigMapNotFound")
async def _documents_deleted(world: World) -> AsyncIterator[None]:
    live = await world.cluster.get(CONFIG_MAP, world.namespace, KNOWLEDGE)
    await world.delete(CONFIG_MAP, KNOWLEDGE)
    yield
    await world.apply(documents(KNOWLEDGE, **(live or {})["data"]))


@fault("knowledge that is no text", "InvalidSource")
async def _documents_wrong(world: World) -> AsyncIterator[None]:
    await world.patch(CONFIG_MAP, KNOWLEDGE, {"binaryData": {"logo.png": "iVBORw0KGgo="}})
    yield
    await world.patch(CONFIG_MAP, KNOWLEDGE, {"binaryData": None})


@fault("the only SupportChannel deleted", "ChannelNotFound", recovered=30)
async def _channel_deleted(world: World) -> AsyncIterator[None]:
    began = time.monotonic()
    await world.delete(SUPPORT_CHANNEL, "website")
    yield
    try:
        if world.pods is None:  # it ends with the old pod, so with how fast a node starts one
            await until(world.refuses, began + CLOSED_SECONDS - time.monotonic(), "the end of its intake")
    finally:
        await world.apply(channel())


@fault("wrong name of the brokers", "KafkaUnreachable", "HostNotFound")
async def _brokers_wrong(world: World) -> AsyncIterator[None]:
    await world.patch(DIGITAL_FTE, NAME, {"spec": {"kafka": {"bootstrapServers": "no-such-broker.invalid:9092"}}})
    yield
    await world.patch(DIGITAL_FTE, NAME, {"spec": {"kafka": {"bootstrapServers": world.bootstrap}}})


@fault("generated Secret damaged", "SecretKeyMissing")
async def _runtime_damaged(world: World) -> AsyncIterator[None]:
    live = await world.cluster.get(SECRET, world.namespace, f"{NAME}-runtime")
    data = dict((live or {})["data"])
    lost = sorted(data)[-1]
    await world.patch(SECRET, f"{NAME}-runtime", {"data": {lost: None}})
    yield
    await world.patch(SECRET, f"{NAME}-runtime", {"data": {lost: data[lost]}})


NO_PODS = {
    "apiVersion": "v1",
    "kind": "ResourceQuota",
    "metadata": {"name": "tight"},
    "spec": {"hard": {"pods": "0"}},
}


@fault("quota without room for the workers' pod", UNAVAILABLE, "QuotaExceeded")
async def _quota(world: World) -> AsyncIterator[None]:
    quotas = f"/api/v1/namespaces/{world.namespace}/resourcequotas"
    await world.raw.call("POST", quotas, NO_PODS)
    await world.delete_pods("message-processor")
    yield
    await world.raw.call("DELETE", f"{quotas}/tight")
    await world.ready_pods("message-processor")


@fault("no node has room for the workers' pod", UNAVAILABLE, "Unschedulable", bare=True)
async def _unschedulable(world: World) -> AsyncIterator[None]:
    assert world.pods is not None
    world.pods.unscheduled["message-processor"] = "0/1 nodes are available: 1 Insufficient cpu."
    await world.delete_pods("message-processor")
    yield
    world.pods.unscheduled.clear()
    await world.ready_pods("message-processor")


@fault("quota without room for the knowledge Job", "NoPod", "QuotaExceeded", recovered=60)
async def _quota_of_jobs(world: World) -> AsyncIterator[None]:
    quotas = f"/api/v1/namespaces/{world.namespace}/resourcequotas"
    await world.raw.call("POST", quotas, NO_PODS)
    await world.apply(documents(KNOWLEDGE, **{"help.md": "# Help\n\n## Hours\n\nWe open at ten.\n"}))
    yield
    await world.apply(documents(KNOWLEDGE, **{"help.md": FACTS}))
    await world.raw.call("DELETE", f"{quotas}/tight")
