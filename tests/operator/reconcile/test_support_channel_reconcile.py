import pytest
from operator_world import channel, employee

from fte_operator.cluster.kinds import DEPLOYMENT, DIGITAL_FTE, SUPPORT_CHANNEL
from fte_operator.reconcile.support_channel import SupportChannelReconciler
from fte_operator.reconcile.verdicts import Verdicts

pytestmark = pytest.mark.control_plane


async def reconciled(world):
    await world.reconcile(SUPPORT_CHANNEL, "website")
    return await world.conditions(SUPPORT_CHANNEL, "website")


async def test_a_channel_follows_its_employee(world):
    await world.apply(channel())
    found = await reconciled(world)
    assert found["Accepted"]["status"] == "True"
    assert found["Ready"]["reason"] == found["EndpointReady"]["reason"] == "NoFTEBound"
    assert "website" in found["Ready"]["message"]

    await world.apply(employee())
    found = await reconciled(world)
    assert found["EndpointReady"]["reason"] == "APIUnavailable"
    assert "helper-api" in found["EndpointReady"]["message"]
    status = (await world.get(SUPPORT_CHANNEL, "website"))["status"]
    assert status["boundTo"] == [{"name": "helper"}]

    before = world.writes()
    await reconciled(world)
    assert world.writes() == before

    await world.delete(DIGITAL_FTE, "helper")
    found = await reconciled(world)
    assert found["Ready"]["reason"] == "NoFTEBound"
    assert "boundTo" not in (await world.get(SUPPORT_CHANNEL, "website"))["status"]


async def test_a_channel_that_breaks_a_rule_of_today_is_refused(world):
    await world.apply(channel())
    live = await world.get(SUPPORT_CHANNEL, "website")
    live["spec"]["webForm"]["rateLimitPerMinute"] = 0
    await SupportChannelReconciler(world.cluster, Verdicts()).reconcile(live, world.now())
    found = await world.conditions(SUPPORT_CHANNEL, "website")
    assert found["Ready"]["reason"] == found["Stalled"]["reason"] == "InvalidSpec"
    assert "webForm" in found["Accepted"]["message"]


async def test_a_channel_is_served_once_every_pod_knows_it(employed):
    found = await reconciled(employed)
    assert found["Ready"]["status"] == "True"
    assert found["EndpointReady"]["reason"] == "Serving"

    before = await employed.get(DIGITAL_FTE, "helper")
    added = before["spec"] | {"channels": [{"channelRef": "website"}, {"channelRef": "shop"}]}
    await employed.apply(channel("shop"), employee() | {"spec": added})
    await employed.reconcile(SUPPORT_CHANNEL, "shop")
    condition = (await employed.conditions(SUPPORT_CHANNEL, "shop"))["EndpointReady"]
    assert (condition["status"], condition["reason"]) == ("False", "APIUnavailable")
    assert "does not know this channel yet" in condition["message"]
    assert (await reconciled(employed))["Ready"]["status"] == "True"

    employed.kubelet.ready = False
    await employed.reconcile()

    async def rolling():
        live = await employed.get(DEPLOYMENT, "helper-api")
        return live["status"]["observedGeneration"] == live["metadata"]["generation"]

    await employed.until(rolling)
    await employed.reconcile(SUPPORT_CHANNEL, "shop")
    condition = (await employed.conditions(SUPPORT_CHANNEL, "shop"))["EndpointReady"]
    assert "is being rolled out" in condition["message"], "old pods do not take its messages"
    employed.kubelet.ready = True
    await employed.until_ready()
    await employed.reconcile(SUPPORT_CHANNEL, "shop")
    assert (await employed.conditions(SUPPORT_CHANNEL, "shop"))["EndpointReady"]["reason"] == "Serving"


async def test_a_deployment_of_somebody_else_serves_no_channel(world):
    await world.apply(channel(), employee())
    labels = {"app": "theirs"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "x", "image": "x"}]}}
    theirs = {"selector": {"matchLabels": labels}, "template": template, "replicas": 1}
    await world.apply(
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "helper-api"}, "spec": theirs}
    )
    times = {"lastUpdateTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    available = {"type": "Available", "status": "True", **times}
    path = DEPLOYMENT.path(world.namespace, "helper-api", "status")
    await world.raw.patch(path, {"status": {"conditions": [available]}})
    assert (await reconciled(world))["EndpointReady"]["reason"] == "APIUnavailable"
