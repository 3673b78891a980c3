import pytest
from operator_world import channel, employee

from fte_operator.cluster.kinds import DIGITAL_FTE, SUPPORT_CHANNEL
from fte_operator.reconcile.support_channel import SupportChannelReconciler

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
    del live["spec"]["webForm"]
    await SupportChannelReconciler(world.cluster).reconcile(live, world.now())
    found = await world.conditions(SUPPORT_CHANNEL, "website")
    assert found["Ready"]["reason"] == found["Stalled"]["reason"] == "InvalidSpec"
    assert "webForm" in found["Accepted"]["message"]
