"""Why a Job or a Deployment does not get going: what its pods wait for, and why there are none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from fte_operator.cluster.allowance import Allowance
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import TooLarge
from fte_operator.cluster.kinds import EVENT, POD, Object
from fte_operator.status.observed import Problem, WorkloadState

PATIENCE_SECONDS = 30.0

_STEADY = {"ErrImagePull": "ImagePullBackOff", "ErrImageNeverPull": "ImagePullBackOff"}
"""Waiting reasons that alternate, as one."""

_STARTING = frozenset({"ContainerCreating", "PodInitializing"})


def age(job: Object, now: datetime) -> float:
    """Seconds since a Job was made."""
    return (now - datetime.fromisoformat(job["metadata"]["creationTimestamp"])).total_seconds()


async def pods_of(cluster: Cluster, job: Object) -> list[Object]:
    """The pods that a Job made."""
    metadata = job["metadata"]
    selector = f"batch.kubernetes.io/controller-uid={metadata['uid']}"
    return await cluster.list(POD, metadata["namespace"], selector)


async def refusal(cluster: Cluster, job: Object) -> str:
    """Why the server made no pod for a Job, in its own words: a quota's, a LimitRange's. Only Events have them.

    Anybody who may write Events can write many; then there are no words.
    """
    metadata = job["metadata"]
    about = f"involvedObject.uid={metadata['uid']},reason=FailedCreate"
    try:
        found = await cluster.list(EVENT, metadata["namespace"], fields=about)
    except TooLarge:
        return ""
    return max(((each.get("lastTimestamp") or "", each.get("message") or "") for each in found), default=("", ""))[1]


def obstacle(job: str, pods: Sequence[Object], refused: str = "") -> Problem | None:
    """What keeps a Job's pods from starting; None while one runs."""
    if not pods:
        return Problem("NoPod", f"no pod could be made; {refused or f'see kubectl describe job {job}'}")
    if any((pod.get("status") or {}).get("phase") != "Pending" for pod in pods):
        return None
    name = pods[0]["metadata"]["name"]
    unknown = Problem("PodPending", f"pod {name} was not started yet; see kubectl describe pod {name}")
    return hindrance(pods[0]) or unknown


def hindrance(pod: Object) -> Problem | None:
    """What a pod itself says that it waits for: a node, an image, the end of a pause after it crashed."""
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    for condition in status.get("conditions", ()):
        if (condition["type"], condition["status"]) == ("PodScheduled", "False"):
            said = condition.get("message", "")
            return Problem(condition.get("reason") or "Unschedulable", f"pod {name} is not scheduled: {said}")
    for container, reason in _waiting(status):
        image = container.get("image", "")
        steady = _STEADY.get(reason, reason)
        return Problem(steady, f"pod {name} waits: {steady}, image {image}; see kubectl describe pod {name}")
    return None


async def explained(
    cluster: Cluster, namespace: str, selector: Mapping[str, str], seen: WorkloadState
) -> WorkloadState:
    """A Deployment that lacks pods, or whose rollout goes on, with the first reason that one of its pods gives.

    Anybody who may make pods can make many with these labels; then there is no reason.
    """
    if not seen.exists or seen.settled:
        return seen
    labels = ",".join(f"{key}={value}" for key, value in selector.items())
    try:
        pods = await cluster.list(POD, namespace, labels, within=Allowance("what has its pods' labels"))
    except TooLarge:
        return seen
    found = next((problem for pod in sorted(pods, key=_name) if (problem := hindrance(pod))), None)
    if found is None:
        return seen
    return replace(seen, message=f"{seen.message} {found.message}".strip())


def _name(pod: Object) -> str:
    return str(pod["metadata"]["name"])


def _waiting(status: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    for kind in ("initContainerStatuses", "containerStatuses"):
        for container in status.get(kind) or ():
            reason = (container.get("state") or {}).get("waiting", {}).get("reason")
            if reason and reason not in _STARTING:
                yield container, reason
