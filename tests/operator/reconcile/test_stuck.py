"""Jobs whose pods do not start."""

from datetime import timedelta

import pytest
from operator_world import channel, documents, employee, secret

from fte_operator.cluster.kinds import JOB, POD
from fte_operator.reconcile.stuck import obstacle


def pod(phase="Pending", waiting=None, **conditions):
    statuses = [{"name": "migrate", "image": "x:1", "state": {"waiting": {"reason": waiting}}}] if waiting else []
    listed = [{"type": name, **values} for name, values in conditions.items()]
    return {
        "metadata": {"name": "p"},
        "status": {"phase": phase, "containerStatuses": statuses, "conditions": listed},
    }


UNSCHEDULABLE = {"status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available"}


@pytest.mark.parametrize(
    ("pods", "reason", "words"),
    [
        ([], "NoPod", "kubectl describe job j"),
        ([pod()], "PodPending", "pod p"),
        ([pod(PodScheduled=UNSCHEDULABLE)], "Unschedulable", "0/1 nodes are available"),
        ([pod(waiting="ImagePullBackOff")], "ImagePullBackOff", "image x:1"),
        ([pod(waiting="ErrImagePull")], "ImagePullBackOff", "image x:1"),
        ([pod(waiting="CreateContainerConfigError")], "CreateContainerConfigError", "kubectl describe pod p"),
    ],
)
def test_what_keeps_a_pod_from_starting_is_named(pods, reason, words):
    found = obstacle("j", pods)
    assert found.reason == reason
    assert words in found.message


@pytest.mark.parametrize("phase", ["Running", "Succeeded", "Failed"])
def test_a_pod_that_started_is_no_obstacle(phase):
    assert obstacle("j", [pod(phase)]) is None


@pytest.mark.control_plane
async def test_a_job_whose_image_cannot_be_pulled_says_so_after_a_while(world):
    world.kubelet.jobs["migrate"] = None
    await world.apply(secret(), documents(), channel(), employee())

    async def pending():
        return await world.cluster.list(POD, world.namespace)

    [waiting] = await world.until(pending)
    result = await world.reconcile()
    assert (await world.conditions())["DatabaseReady"]["reason"] == "MigrationRunning"
    assert 0 < result.requeue_after <= 30

    world.later = timedelta(seconds=31)
    statuses = pod(waiting="ErrImagePull")["status"]["containerStatuses"]
    statuses = [status | {"imageID": "", "ready": False, "restartCount": 0} for status in statuses]
    path = POD.path(world.namespace, waiting["metadata"]["name"], "status")
    await world.raw.patch(path, {"status": {"containerStatuses": statuses}})
    result = await world.reconcile()
    found = await world.conditions()
    assert found["Ready"]["reason"] == found["DatabaseReady"]["reason"] == "ImagePullBackOff"
    assert waiting["metadata"]["name"] in found["Ready"]["message"]
    assert 0 < result.requeue_after <= 30
    before = world.writes()
    statuses[0]["state"] = {"waiting": {"reason": "ImagePullBackOff"}}
    await world.raw.patch(path, {"status": {"containerStatuses": statuses}})
    await world.reconcile()
    assert world.writes() == before
    [job] = await world.cluster.list(JOB, world.namespace)
    assert job["spec"]["activeDeadlineSeconds"] == 600
