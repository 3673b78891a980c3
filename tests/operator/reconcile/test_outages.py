"""Later outages: what the API itself reports becomes a condition."""

import pytest
from operator_world import IMAGE

from fte_operator.cluster.kinds import DIGITAL_FTE, SUPPORT_CHANNEL
from fte_operator.reconcile.health_cache import HealthCache
from fte_operator.reconcile.reconciler import Reconciler
from fte_operator.workqueue import Key

pytestmark = pytest.mark.control_plane
OUTAGE = {"database": "no route to db:5432", "kafka": "no broker", "channel website": "no broker"}


class Reports:
    """A reconciler whose health cache this test fills, in the poller's place."""

    def __init__(self, world):
        self.world, self.key = world, Key(DIGITAL_FTE.name, world.namespace, "helper")
        self.start()

    def start(self):
        world = self.world
        self.health = HealthCache(lambda: None)
        world.reconciler = Reconciler(world.cluster, world.topics, IMAGE, world.now, self.health)

    async def run(self):
        await self.world.reconcile(SUPPORT_CHANNEL, "website")
        await self.world.reconcile()

    async def come(self, report):
        for key in self.health.record(self.key, report):
            await self.world.reconciler(key)
        return await self.world.conditions(), await self.world.conditions(SUPPORT_CHANNEL, "website")


async def test_an_outage_is_told_with_its_error_and_ends_with_one_good_report(employed):
    reports = Reports(employed)
    await reports.run()
    await reports.come({})
    found, channel = await reports.come(OUTAGE)
    assert found["Ready"]["status"] == channel["Ready"]["status"] == "True", "a blip flips nothing"

    found, channel = await reports.come(OUTAGE)
    assert found["Ready"]["reason"] == found["TopicsReady"]["reason"] == "KafkaUnreachable"
    assert found["DatabaseReady"]["reason"] == "Unreachable"
    assert "no route to db:5432" in found["DatabaseReady"]["message"]
    assert channel["EndpointReady"]["status"] == channel["Ready"]["status"] == "False"
    assert "no broker" in channel["EndpointReady"]["message"]
    assert "Stalled" not in found

    before = employed.writes()
    await reports.come(OUTAGE)
    await reports.come(None)
    await reports.run()
    assert employed.writes() == before, "an outage that goes on writes nothing"

    found, channel = await reports.come({})
    assert found["Ready"]["status"] == channel["Ready"]["status"] == "True"


async def test_a_restart_during_an_outage_writes_nothing(employed):
    reports = Reports(employed)
    await reports.run()
    await reports.come({})
    await reports.come(OUTAGE)
    await reports.come(OUTAGE)
    before = employed.writes()
    reports.start()
    await reports.run()
    await reports.come(OUTAGE)
    await reports.run()
    found, channel = await reports.come(OUTAGE)
    assert found["DatabaseReady"]["reason"] == "Unreachable"
    assert channel["EndpointReady"]["reason"] == "Unhealthy"
    assert employed.writes() == before


async def test_no_answer_leaves_the_word_to_the_deployment(employed):
    await employed.reconcile(SUPPORT_CHANNEL, "website")
    before = employed.writes()
    reports = Reports(employed)
    await reports.run()
    found, channel = await reports.come(None)
    assert found["Ready"]["status"] == channel["Ready"]["status"] == "True"
    assert employed.writes() == before
