"""Two employees that ask for the same topics."""

from uuid import uuid4

import pytest
from operator_world import channel, documents, employee, secret

from fte_operator.cluster.kinds import DEPLOYMENT, DIGITAL_FTE, JOB

pytestmark = pytest.mark.control_plane


def named(name, prefix, kafka="127.0.0.1:9"):
    made = employee()
    spec = made["spec"] | {"kafka": {"bootstrapServers": kafka, "topicPrefix": prefix}}
    return made | {"metadata": {"name": name}, "spec": spec}


async def test_the_younger_says_so_and_runs_once_the_older_is_gone(world):
    prefix = f"operator-{uuid4().hex[:8]}"
    await world.apply(secret(), documents(), channel(), named("elder", prefix, "elsewhere:9092"))
    await world.apply(named("helper", prefix))
    result = await world.reconcile()
    found = await world.conditions()
    assert found["Ready"]["reason"] == found["DependenciesReady"]["reason"] == "TopicPrefixTaken"
    assert found["Stalled"]["status"] == "True"
    assert prefix in found["Ready"]["message"] and "DigitalFTE elder" in found["Ready"]["message"]
    assert result.waiting, "nothing tells that the older one goes"
    assert await world.names(JOB) == await world.names(DEPLOYMENT) == set()
    before = world.writes()
    await world.reconcile()
    assert world.writes() == before

    await world.reconcile(name="elder")
    assert (await world.conditions(name="elder"))["DependenciesReady"]["status"] == "True"
    await world.delete(DIGITAL_FTE, "elder")
    await world.until_ready()


async def test_an_employee_of_another_namespace_is_not_named(world):
    prefix, elsewhere = f"operator-{uuid4().hex[:8]}", f"elder-{uuid4().hex[:8]}"
    await world.raw.call("POST", "/api/v1/namespaces", {"metadata": {"name": elsewhere}})
    elder = named("secretive", prefix)
    await world.hands.apply(elder | {"metadata": {"name": "secretive", "namespace": elsewhere}}, "somebody")
    await world.apply(secret(), documents(), channel(), named("helper", prefix))
    await world.reconcile()
    condition = (await world.conditions())["Ready"]
    assert condition["reason"] == "TopicPrefixTaken"
    assert "in another namespace" in condition["message"]
    assert "secretive" not in condition["message"] and elsewhere not in condition["message"]
    await world.raw.call("DELETE", f"/api/v1/namespaces/{elsewhere}")
