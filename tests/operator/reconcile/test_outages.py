"""Later outages: what the API itself reports becomes a condition."""

import pytest
from operator_world import IMAGE

from fte_operator.api.v1alpha1 import parse_digital_fte
from fte_operator.cluster.errors import TooLarge
from fte_operator.cluster.kinds import DIGITAL_FTE, POD, SERVICE, SUPPORT_CHANNEL
from fte_operator.reconcile import api_pods
from fte_operator.reconcile.children import read_children
from fte_operator.reconcile.health_cache import HealthCache
from fte_operator.reconcile.reconciler import Reconciler
from fte_operator.topics.base import KafkaUnreachable
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


async def test_brokers_that_were_not_asked_are_asked_as_soon_as_may_be(employed, monkeypatch):
    async def remembered(access, claim, wanted, *, anew):
        raise KafkaUnreachable("no broker answered a moment ago", 3.0)

    monkeypatch.setattr(employed.topics, "ensure", remembered)
    assert (await employed.reconcile()).requeue_after == 3.0


async def test_topics_that_the_api_misses_are_looked_at_again_soon(employed, monkeypatch):
    """The operator remembers for a moment that all were there, and no event tells that one is gone."""
    asked, ensure = [], employed.topics.ensure

    async def noted(access, claim, wanted, *, anew):
        asked.append(anew)
        return await ensure(access, claim, wanted)

    monkeypatch.setattr(employed.topics, "ensure", noted)
    reports = Reports(employed)
    await reports.run()
    await reports.come({})
    assert (await employed.reconcile()).requeue_after is None
    assert set(asked) == {False}
    for _ in range(2):
        found, _ = await reports.come({"topics": "dlq: a topic is missing"})
    assert found["TopicsReady"]["reason"] == "TopicUnusable"
    assert (await employed.reconcile()).requeue_after == 5.0
    assert asked[-1] is True


async def test_an_api_that_tells_nothing_is_not_taken_for_well(employed):
    """What is between the operator and the API need not be between it and customers: Ready stays, with a word."""
    reports = Reports(employed)
    await reports.run()
    for _ in range(3):
        found, channel = await reports.come(None)
    assert (found["Answering"]["status"], found["Answering"]["reason"]) == ("Unknown", "NotReported")
    assert found["Ready"]["status"] == channel["Ready"]["status"] == "True"
    assert "gets no answer" in found["Ready"]["message"] and "FTE_OPERATOR_HEALTH_URL" in found["Ready"]["message"]
    found, _ = await reports.come({"workers": None})
    assert found["Answering"]["status"] == "True" and found["Ready"]["message"] == "everything is in place"


async def test_a_restart_forgets_no_silence(employed):
    reports = Reports(employed)
    await reports.run()
    for _ in range(3):
        await reports.come(None)
    before = employed.writes()
    reports.start()
    await reports.run()
    for _ in range(3):
        await reports.come(None)
    assert employed.writes() == before
    found, _ = await reports.come({"workers": None})
    assert found["Answering"]["status"] == "True"


async def test_what_was_last_heard_stands_while_nothing_is(employed):
    reports = Reports(employed)
    await reports.run()
    for report in (OUTAGE, OUTAGE, None, None, None):
        found, _ = await reports.come(report)
    assert (found["Ready"]["status"], found["Ready"]["reason"]) == ("False", "KafkaUnreachable")
    assert found["Answering"]["reason"] == "NotReported"


async def test_each_pod_that_serves_is_asked_and_without_one_the_service_s_address(employed):
    reports = Reports(employed)
    await reports.run()
    service = await employed.get(SERVICE, "helper-api")
    assert reports.health.addresses(reports.key) == (service["spec"]["clusterIP"],)
    pods = await employed.cluster.list(POD, employed.namespace, "app.kubernetes.io/component=api")
    assert len(pods) == 2
    for number, pod in enumerate(sorted(pod["metadata"]["name"] for pod in pods), start=1):
        status = {"podIP": f"10.244.0.{number}", "podIPs": [{"ip": f"10.244.0.{number}"}]}
        await employed.raw.patch(POD.path(employed.namespace, pod, "status"), {"status": status})
    await reports.run()
    assert reports.health.addresses(reports.key) == ("10.244.0.1", "10.244.0.2")


class TooMany:
    async def list(self, *_, **__):
        raise TooLarge("GET pods: too large")


async def test_of_more_pods_than_can_be_read_the_service_is_asked(employed):
    """Whoever scales far keeps being reconciled."""
    raw = await employed.get(DIGITAL_FTE, "helper")
    fte = parse_digital_fte(raw)
    children = await read_children(employed.cluster, fte.namespace, fte.metadata.uid, "helper-runtime")
    service = await employed.get(SERVICE, "helper-api")
    assert await api_pods.addresses(TooMany(), fte, children) == (service["spec"]["clusterIP"],)


SERVING = {"metadata": {}, "status": {"podIP": "10.244.0.1", "conditions": [{"type": "Ready", "status": "True"}]}}


@pytest.mark.parametrize(
    "change",
    [
        {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}},
        {"status": SERVING["status"] | {"conditions": [{"type": "Ready", "status": "False"}]}},
        {"status": {"conditions": SERVING["status"]["conditions"]}},
        {"status": {}},
    ],
)
def test_a_pod_that_ends_or_is_not_ready_is_not_asked(change):
    assert api_pods._serves(SERVING)
    assert not api_pods._serves(SERVING | change)


@pytest.mark.parametrize("spec", [{"type": "ExternalName", "externalName": "slow.example"}, {"clusterIP": "None"}])
def test_nobody_is_asked_where_a_tenant_s_service_leads_to_a_name(spec):
    assert api_pods._of_service({"spec": spec}) == ()
