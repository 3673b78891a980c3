"""Jobs whose pods do not start."""

from datetime import timedelta
from uuid import uuid4

import pytest
from operator_world import OURS, channel, documents, employee, secret

from fte_operator.cluster.allowance import Allowance
from fte_operator.cluster.kinds import DIGITAL_FTE, EVENT, JOB, POD
from fte_operator.reconcile.stuck import hindrance, obstacle, refusal


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


def test_a_pod_that_is_just_being_started_hinders_nothing():
    assert hindrance(pod()) is hindrance(pod(waiting="ContainerCreating")) is None
    assert hindrance(pod("Running", waiting="CrashLoopBackOff")).reason == "CrashLoopBackOff"


@pytest.mark.control_plane
async def test_a_deployment_quotes_what_its_pods_wait_for(employed):
    employed.kubelet.ready = False
    for each in await employed.cluster.list(POD, employed.namespace, "app.kubernetes.io/component=message-processor"):
        await employed.delete(POD, each["metadata"]["name"])
    [waiting] = await employed.until(lambda: fresh(employed))
    path = POD.path(employed.namespace, waiting["metadata"]["name"], "status")
    await employed.raw.patch(path, {"status": {"conditions": [{"type": "PodScheduled", **UNSCHEDULABLE}]}})
    result = await employed.reconcile()
    found = (await employed.conditions())["WorkerAvailable"]
    assert found["status"] == "False"
    assert "0/1 nodes are available" in found["message"]
    assert result.requeue_after <= 30, "pods are not watched"


@pytest.mark.control_plane
async def test_a_rollout_quotes_what_its_new_pod_waits_for_while_the_old_ones_serve(employed):
    employed.kubelet.ready = False
    live = await employed.get(DIGITAL_FTE, "helper")
    await employed.apply(employee() | {"spec": live["spec"] | {"worker": live["spec"]["worker"] | {"concurrency": 9}}})
    await employed.until_condition("Progressing", "ReplicaSetUpdated")
    [waiting] = await employed.until(lambda: fresh(employed))
    path = POD.path(employed.namespace, waiting["metadata"]["name"], "status")
    await employed.raw.patch(path, {"status": {"conditions": [{"type": "PodScheduled", **UNSCHEDULABLE}]}})
    await employed.reconcile()
    found = await employed.conditions()
    assert found["Ready"]["status"] == found["WorkerAvailable"]["status"] == found["Progressing"]["status"] == "True"
    for condition in ("Progressing", "Ready"):
        assert "0/1 nodes are available" in found[condition]["message"]


@pytest.mark.control_plane
async def test_more_events_than_the_operator_reads_cost_their_words_alone(world, monkeypatch):
    """Anybody who may write Events in a namespace may write many about a Job of ours."""
    job = {"metadata": {"name": "j", "namespace": world.namespace, "uid": str(uuid4())}}
    about = {"apiVersion": JOB.api_version, "kind": JOB.name, **job["metadata"]}
    event = {"apiVersion": EVENT.api_version, "kind": EVENT.name, "involvedObject": about, "reason": "FailedCreate"}
    for number in range(3):
        metadata = {"name": f"j.{number}", "namespace": world.namespace}
        told = {"message": f"no room {number}", "lastTimestamp": f"2026-01-01T00:00:0{number}Z"}
        await world.cluster.create(event | told | {"metadata": metadata})
    assert await refusal(world.cluster, job) == "no room 2"
    monkeypatch.setattr("fte_operator.cluster.client.Allowance", lambda: Allowance(left=1000))
    assert await refusal(world.cluster, job) == ""


async def fresh(world):
    pods = await world.cluster.list(POD, world.namespace, "app.kubernetes.io/component=message-processor")
    return [each for each in pods if not (each.get("status") or {}).get("conditions")]


REFUSALS = [
    ("resourcequotas", {"kind": "ResourceQuota", "spec": {"hard": {"pods": "0"}}}, "exceeded quota: tight"),
    (
        "limitranges",
        {"kind": "LimitRange", "spec": {"limits": [{"type": "Container", "max": {"memory": "64Mi"}}]}},
        "maximum memory usage per Container is 64Mi",
    ),
]


@pytest.mark.control_plane
@pytest.mark.parametrize(("plural", "policy", "words"), REFUSALS, ids=["quota", "limits"])
async def test_a_policy_that_refuses_a_job_s_pods_is_quoted(world, plural, policy, words):
    body = {"apiVersion": "v1", "metadata": {"name": "tight"}, **policy}
    await world.raw.call("POST", f"/api/v1/namespaces/{world.namespace}/{plural}", body)
    await world.apply(secret(), documents(), channel(), employee())
    await world.reconcile()
    world.later = timedelta(seconds=31)

    async def quoted():
        found = (await world.conditions())["DatabaseReady"]
        return found["reason"] == "NoPod" and words in found["message"]

    await world.until(quoted)


@pytest.mark.parametrize("phase", ["Running", "Succeeded", "Failed"])
def test_a_pod_that_started_is_no_obstacle(phase):
    assert obstacle("j", [pod(phase)]) is None


@pytest.mark.control_plane
async def test_a_job_whose_image_cannot_be_pulled_says_so_after_a_while(world):
    world.kubelet.jobs["migrate"] = None
    await world.apply(secret(), documents(), channel(), employee())

    async def pending():
        return await world.cluster.list(POD, world.namespace, OURS)

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
    [job] = await world.cluster.list(JOB, world.namespace, OURS)
    assert job["spec"]["activeDeadlineSeconds"] == 600
