"""What an employee lacks although it is ready is said, and what is under way is told beside it."""

import pytest
import yaml
from operator_world import channel, documents, employee, secret

from fte_operator.cluster.kinds import AUTOSCALER, CONFIG_MAP, DEPLOYMENT, DIGITAL_FTE, JOB, SUPPORT_CHANNEL
from fte_operator.desired.documents import CONFIG_KEY, documents_in_use

pytestmark = pytest.mark.control_plane
UNLABELLED = {"metadata": {"labels": {"digitalfte.dev/watch": None}}}


async def changed(world, **spec):
    """Apply the employee with another spec."""
    live = await world.get(DIGITAL_FTE, "helper")
    await world.apply(employee() | {"spec": live["spec"] | spec})


async def test_ready_stays_true_during_a_rollout_whose_old_pods_serve(employed):
    employed.kubelet.ready = False
    await changed(employed, worker={"concurrency": 9, "autoscaling": {"minReplicas": 1, "maxReplicas": 2}})
    found = await employed.until_condition("Progressing", "ReplicaSetUpdated")
    assert found["status"] == "True"
    found = await employed.conditions()
    generation = (await employed.get(DIGITAL_FTE, "helper"))["metadata"]["generation"]
    for condition in ("Ready", "APIAvailable", "WorkerAvailable", "Reconciling"):
        assert (found[condition]["status"], found[condition]["observedGeneration"]) == ("True", generation)
    assert "Deployment helper-message-processor is being rolled out" in found["Ready"]["message"]
    since = found["Ready"]["lastTransitionTime"]
    employed.kubelet.ready = True
    await employed.until_ready()
    found = await employed.conditions()
    assert found["Progressing"]["reason"] == "NewReplicaSetAvailable"
    assert found["Ready"]["lastTransitionTime"] == since, "it was ready all the time"


async def test_an_employee_that_nobody_can_write_to_says_so(world):
    await world.apply(secret(), documents(), employee(channels=[]))
    await world.until_ready()
    found = await world.conditions()
    assert (found["ChannelsBound"]["status"], found["ChannelsBound"]["reason"]) == ("False", "NoChannels")
    assert "nobody can write to it" in found["Ready"]["message"]
    await world.apply(channel())
    await changed(world, channels=[{"channelRef": "website"}])
    await world.until_ready()
    assert (await world.conditions())["Ready"]["message"] == "everything is in place"


async def test_documents_without_a_section_are_told(world):
    world.kubelet.succeeded["knowledge"] = ("NoSections", "the documents hold no section")
    await world.apply(secret(), documents(), channel(), employee())
    await world.until_ready()
    found = await world.conditions()
    assert (found["KnowledgeReady"]["status"], found["KnowledgeReady"]["reason"]) == ("True", "NoSections")
    assert "nothing to answer from" in found["Ready"]["message"]


async def test_an_autoscaler_that_cannot_scale_is_told_until_it_can(employed):
    async def says(status, reason):
        said = {"type": "ScalingActive", "status": status, "reason": reason}
        path = AUTOSCALER.path(employed.namespace, "helper-api", "status")
        await employed.raw.patch(path, {"status": {"conditions": [said], "desiredReplicas": 2}})
        await employed.reconcile()
        return await employed.conditions()

    found = await says("False", "FailedGetResourceMetric")
    assert (found["ScalingActive"]["status"], found["Ready"]["status"]) == ("False", "True")
    assert "HorizontalPodAutoscaler helper-api does not scale (FailedGetResourceMetric)" in found["Ready"]["message"]
    found = await says("True", "ValidMetricFound")
    assert found["Ready"]["message"] == "everything is in place"


async def test_what_carries_no_label_says_how_old_it_may_be(employed):
    for path, condition, name in (
        (CONFIG_MAP.path(employed.namespace, "helper-knowledge"), "KnowledgeReady", "ConfigMap helper-knowledge"),
        (f"/api/v1/namespaces/{employed.namespace}/secrets/helper-database", "DependenciesReady", "Secret helper-d"),
    ):
        await employed.raw.patch(path, UNLABELLED)
        await employed.reconcile()
        found = (await employed.conditions())[condition]
        assert found["status"] == "True"
        assert name in found["message"]
        assert "every 10 minutes unless labelled digitalfte.dev/watch=true" in found["message"]


async def test_failed_jobs_of_wrong_secrets_do_not_pile_up(world):
    world.kubelet.jobs["migrate"] = ("WrongCredentials", "password authentication failed")
    await world.apply(documents(), channel(), employee())
    for number in range(3):
        await world.apply(secret(url=f"postgresql://canary-{number}@nowhere/db"))
        await world.until_condition("DatabaseReady", "WrongCredentials")
        await world.reconcile()
    assert "Stalled" in await world.conditions()
    assert len(await world.names(JOB)) == 1


async def channels_of(world):
    """The channels in the document that the API's pods mount."""
    live = await world.get(DEPLOYMENT, "helper-api")
    [name] = [each for each in documents_in_use([live]) if "-api-" in each]
    document = await world.get(CONFIG_MAP, name)
    return {each["name"] for each in yaml.safe_load(document["data"][CONFIG_KEY])["channels"]}


async def test_a_removed_channel_is_taken_from_the_api_at_once_and_the_others_stay(employed):
    await employed.apply(channel("shop"))
    await changed(employed, channels=[{"channelRef": "website"}, {"channelRef": "shop"}])
    await employed.until_ready()
    assert await channels_of(employed) == {"website", "shop"}
    await employed.delete(SUPPORT_CHANNEL, "shop")
    await employed.reconcile()
    assert await channels_of(employed) == {"website"}
    await employed.delete(SUPPORT_CHANNEL, "website")
    await employed.reconcile()
    assert await channels_of(employed) == set(), "also the last one"
    found = await employed.conditions()
    assert (found["Ready"]["status"], found["Ready"]["reason"]) == ("False", "ChannelNotFound")
    await employed.apply(channel("shop"))
    await employed.reconcile()
    assert await channels_of(employed) == {"shop"}


async def test_an_unbound_channel_is_taken_from_the_api_at_once(employed):
    await changed(employed, channels=[])
    await employed.reconcile()
    assert await channels_of(employed) == set()
