"""A tenant with thousands of objects of the two kinds that everybody's reconcile lists."""

import asyncio
import json
import tracemalloc
from datetime import UTC, datetime

import pytest
from custom_resources import raw_fte, raw_whatsapp

from fte_operator.api.v1alpha1 import parse_digital_fte, parse_support_channel
from fte_operator.cluster.client import ApiServer
from fte_operator.cluster.kinds import DIGITAL_FTE, SUPPORT_CHANNEL
from fte_operator.reconcile import conflicts
from fte_operator.reconcile.health_cache import HealthCache
from fte_operator.reconcile.support_channel import SupportChannelReconciler

CROWD = 600
MOST = 4 * 1024 * 1024
"""Bytes: a page of fifty takes one MiB; whole objects of all would take more than ten."""


def large(manifest, namespace, n):
    """An object of 18 KB, made anew at every read as an answer's is."""
    metadata = {"name": f"e{n}", "namespace": namespace, "uid": f"uid-{n}", "resourceVersion": "1"}
    status = {"conditions": [{"type": f"T{i:02}", "message": "m" * 600} for i in range(28)]}
    made = manifest | {"metadata": metadata | {"creationTimestamp": "2026-01-01T00:00:00Z"}, "status": status}
    return json.loads(json.dumps(made))


def crowd(kind, namespace, n):
    if kind is DIGITAL_FTE:
        return large(raw_fte(channels=[{"channelRef": f"c{i}"} for i in range(16)]), namespace, n)
    return large(raw_whatsapp(sender=f"+49{n:09}"), namespace, n)


class Crowded(ApiServer):
    """An API server with a crowd in namespace ``evil`` and one object in any other; ``evil`` waits for `go`."""

    def __init__(self, crowd):
        super().__init__(None, 1)
        self._calls = self
        self.crowd = crowd
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.go.set()

    async def get(self, kind, namespace, name, *, within=None):
        return None

    async def call(self, *_, **__):
        return {}

    async def read(self, verb, kind, path, *, query=None, **_):
        namespace = path.split("/namespaces/")[1].split("/")[0]
        if namespace == "evil":
            self.asked.set()
            await self.go.wait()
        start, most = int(query.get("continue", "0")), self.crowd if namespace == "evil" else 1
        end = min(most, start + int(query["limit"]))
        more = {"continue": str(end)} if end < most else {}
        return {"metadata": more, "items": [crowd(kind, namespace, n) for n in range(start, end)]}, 18_000 * (
            end - start
        )


def mine(raw, namespace):
    metadata = {"namespace": namespace, "resourceVersion": "1", "creationTimestamp": "2026-02-01T00:00:00Z"}
    return raw | {"metadata": raw["metadata"] | metadata}


def employee_in(namespace):
    return parse_digital_fte(mine(raw_fte(), namespace))


def channel_in(namespace):
    return parse_support_channel(mine(raw_whatsapp(), namespace))


async def looked_at(cluster, namespace):
    reconciler = SupportChannelReconciler(cluster, HealthCache(), namespaces=(namespace,))
    await reconciler.reconcile(mine(raw_whatsapp(), namespace), datetime.now(UTC))


READS = {
    "prefix": lambda cluster, namespace: conflicts.prefix_taken(cluster, employee_in(namespace), {}),
    "channel": lambda cluster, namespace: conflicts.channel_taken(
        cluster, channel_in(namespace), employee_in(namespace)
    ),
    "sender": lambda cluster, namespace: conflicts.sender_taken(cluster, channel_in(namespace), (namespace,)),
    "bound": looked_at,
    "versions": lambda cluster, namespace: cluster.versions(SUPPORT_CHANNEL, namespace),
}


@pytest.mark.parametrize("read", READS)
async def test_of_a_crowd_only_what_is_compared_is_kept(read):
    cluster = Crowded(CROWD)
    await READS[read](cluster, "other")
    tracemalloc.start()
    try:
        await READS[read](cluster, "evil")
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("read", READS)
async def test_nobody_waits_for_a_list_of_another_namespace(read):
    cluster = Crowded(1)
    cluster.go.clear()
    hostile = [asyncio.create_task(each(cluster, "evil")) for each in READS.values()]
    await cluster.asked.wait()
    async with asyncio.timeout(10):
        await READS[read](cluster, "good")
    cluster.go.set()
    await asyncio.gather(*hostile)
