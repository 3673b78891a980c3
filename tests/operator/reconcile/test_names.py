"""Objects of somebody else under names of ours."""

import pytest
from operator_world import IMAGE, channel, documents, employee, secret

from fte_operator.cluster.kinds import DEPLOYMENT, DIGITAL_FTE, JOB, SECRET, SERVICE, SUPPORT_CHANNEL
from fte_operator.reconcile.digital_fte import DigitalFTEReconciler
from fte_operator.reconcile.health_cache import HealthCache

pytestmark = pytest.mark.control_plane
SERVICE_OF_SOMEBODY = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "helper-api"},
    "spec": {"selector": {"app": "theirs"}, "ports": [{"port": 9}]},
}


async def test_an_object_of_somebody_else_is_named_and_never_touched(world):
    await world.apply(secret(), documents(), channel(), SERVICE_OF_SOMEBODY, employee())
    theirs = await world.get(SERVICE, "helper-api")
    result = await world.reconcile()
    found = await world.conditions()
    assert found["Ready"]["reason"] == found["DependenciesReady"]["reason"] == found["Stalled"]["reason"] == "NameTaken"
    assert "Service helper-api exists and belongs to somebody else" in found["Ready"]["message"]
    assert "delete" in found["Ready"]["message"]
    assert result.waiting
    assert await world.get(SERVICE, "helper-api") == theirs
    assert await world.names(JOB) == set(), "nothing is begun that cannot be ended"

    await world.delete(SERVICE, "helper-api")
    await world.until_ready()


async def test_a_secret_of_somebody_else_is_not_taken_for_the_generated_one(world):
    await world.apply(secret(), secret("helper-runtime", theirs="x"), documents(), channel(), employee())
    theirs = await world.get(SECRET, "helper-runtime")
    await world.reconcile()
    found = await world.conditions()
    assert found["Ready"]["reason"] == "NameTaken"
    assert "Secret helper-runtime" in found["Ready"]["message"]
    assert await world.get(SECRET, "helper-runtime") == theirs


async def test_what_runs_goes_on_when_a_name_is_taken_later(employed):
    await employed.delete(SERVICE, "helper-api")
    await employed.apply(SERVICE_OF_SOMEBODY)
    await employed.reconcile()
    found = await employed.conditions()
    assert found["Ready"]["reason"] == "NameTaken"
    assert found["APIAvailable"]["status"] == "True"


async def test_a_child_that_lost_its_label_is_still_a_child(employed):
    path = SERVICE.path(employed.namespace, "helper-api")
    await employed.raw.patch(path, {"metadata": {"labels": {"digitalfte.dev/owner-uid": None}}})
    await employed.reconcile()
    live = await employed.get(SERVICE, "helper-api")
    assert "digitalfte.dev/owner-uid" in live["metadata"]["labels"]
    assert "Stalled" not in await employed.conditions()


async def test_a_predecessors_objects_are_waited_for(employed):
    """An employee made again under its name meets what the garbage collector has not come to yet."""
    live = await employed.get(DIGITAL_FTE, "helper")
    reborn = {**live, "metadata": {**live["metadata"], "uid": "00000000-0000-4000-8000-000000000000"}}
    before = employed.writes()
    reconciler = DigitalFTEReconciler(employed.cluster, employed.topics, IMAGE, HealthCache())
    result = await reconciler.reconcile(reborn, employed.now())
    found = await employed.conditions()
    assert found["Ready"]["reason"] == found["DependenciesReady"]["reason"] == "NameInUse"
    assert "Secret helper-runtime" in found["Ready"]["message"]
    assert "Stalled" not in found
    assert result.waiting
    assert set(employed.writes()[len(before) :]) == {"patch digitalftes/helper"}

    await employed.delete(DIGITAL_FTE, "helper")
    await employed.apply(employee())
    await employed.until_ready()


async def test_a_deployment_of_somebody_else_serves_no_channel(employed):
    await employed.delete(DEPLOYMENT, "helper-api")
    ours = await employed.get(DEPLOYMENT, "helper-message-processor")
    theirs = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "helper-api"},
        "spec": {
            "selector": {"matchLabels": ours["spec"]["selector"]["matchLabels"]},
            "template": ours["spec"]["template"],
        },
    }
    await employed.apply(theirs)

    async def available():
        status = (await employed.get(DEPLOYMENT, "helper-api")).get("status", {})
        await employed.kubelet.tick()
        return {"Available": "True"}.items() <= {c["type"]: c["status"] for c in status.get("conditions", ())}.items()

    await employed.until(available, reconcile=False)
    await employed.reconcile(SUPPORT_CHANNEL, "website")
    found = await employed.conditions(SUPPORT_CHANNEL, "website")
    assert found["EndpointReady"]["reason"] == "APIUnavailable"
