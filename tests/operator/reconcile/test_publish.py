"""The status belongs to the object that was read."""

import pytest
from operator_world import IMAGE, channel, employee

from fte_operator.cluster.errors import Conflict
from fte_operator.cluster.kinds import DIGITAL_FTE, SUPPORT_CHANNEL
from fte_operator.reconcile.publish import publish
from fte_operator.reconcile.reconciler import Reconciler
from fte_operator.workqueue import Key

pytestmark = pytest.mark.control_plane


class Stale:
    """A cluster that still shows an object as it was."""

    def __init__(self, cluster, stale):
        self._cluster, self._stale = cluster, stale

    def __getattr__(self, name):
        return getattr(self._cluster, name)

    async def get(self, kind, namespace, name, **options):
        return self._stale if kind is DIGITAL_FTE else await self._cluster.get(kind, namespace, name, **options)


async def test_a_late_run_never_writes_onto_a_successor(world):
    await world.apply(employee())
    stale = await world.get(DIGITAL_FTE, "helper")
    await world.delete(DIGITAL_FTE, "helper")
    await world.apply(employee())
    with pytest.raises(Conflict):
        await publish(world.cluster, stale, (), {"endpoint": "http://late"}, world.now())
    late = Reconciler(Stale(world.cluster, stale), world.topics, IMAGE, world.now)
    assert (await late(Key(DIGITAL_FTE.name, world.namespace, "helper"))).waiting
    assert "status" not in await world.get(DIGITAL_FTE, "helper")


async def test_a_spec_that_changed_meanwhile_is_told_of_all_the_same(world):
    """Or a spec that always changes would never be told of; the generation says which one it is about."""
    await world.apply(employee())
    stale = await world.get(DIGITAL_FTE, "helper")
    await world.apply(changed := employee(company={"name": "Another"}))
    assert changed != employee()
    await publish(world.cluster, stale, (), {"endpoint": "http://early"}, world.now())
    found = await world.get(DIGITAL_FTE, "helper")
    assert (found["status"]["observedGeneration"], found["metadata"]["generation"]) == (1, 2)
    with pytest.raises(Conflict):  # a status that somebody else wrote since
        await publish(world.cluster, stale, (), {"endpoint": "http://late"}, world.now())
    assert await world.get(DIGITAL_FTE, "helper") == found


async def audited(world):
    """Somebody else keeps a condition of theirs on the channel."""
    times = {"lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1}
    theirs = {"type": "Audited", "status": "True", "reason": "Yes", "message": "", **times}
    identity = {"name": "website", "namespace": world.namespace}
    manifest = channel() | {"metadata": identity, "status": {"conditions": [theirs]}}
    del manifest["spec"]
    await world.hands.apply(manifest, "somebody", "status")


async def test_conditions_of_others_cause_no_write(world):
    await world.apply(channel())
    await world.reconcile(SUPPORT_CHANNEL, "website")
    await audited(world)
    before = world.writes()
    await world.reconcile(SUPPORT_CHANNEL, "website")
    assert world.writes() == before
    assert "Audited" in await world.conditions(SUPPORT_CHANNEL, "website")


async def test_conditions_of_others_keep_nothing_from_being_told(world):
    await world.apply(channel())
    stale = await world.get(SUPPORT_CHANNEL, "website")
    await audited(world)
    await publish(world.cluster, stale, (), {"endpointURL": "http://early"}, world.now())
    live = await world.get(SUPPORT_CHANNEL, "website")
    assert live["status"]["endpointURL"] == "http://early"
    assert [each["type"] for each in live["status"]["conditions"]] == ["Audited"]
