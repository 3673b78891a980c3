"""Why a Job does not get going: what its pods wait for."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import POD, Object
from fte_operator.status.observed import Problem

PATIENCE_SECONDS = 30.0

_STEADY = {"ErrImagePull": "ImagePullBackOff", "ErrImageNeverPull": "ImagePullBackOff"}
"""Waiting reasons that alternate, as one."""


def age(job: Object, now: datetime) -> float:
    """Seconds since a Job was made."""
    return (now - datetime.fromisoformat(job["metadata"]["creationTimestamp"])).total_seconds()


async def pods_of(cluster: Cluster, job: Object) -> list[Object]:
    """The pods that a Job made."""
    metadata = job["metadata"]
    selector = f"batch.kubernetes.io/controller-uid={metadata['uid']}"
    return await cluster.list(POD, metadata["namespace"], selector)


def obstacle(job: str, pods: Sequence[Object]) -> Problem | None:
    """What keeps a Job's pods from starting; None while one runs."""
    if not pods:
        return Problem("NoPod", f"no pod could be made; see kubectl describe job {job}")
    if any((pod.get("status") or {}).get("phase") != "Pending" for pod in pods):
        return None
    pod = pods[0]
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    for condition in status.get("conditions", ()):
        if (condition["type"], condition["status"]) == ("PodScheduled", "False"):
            said = condition.get("message", "")
            return Problem(condition.get("reason") or "Unschedulable", f"pod {name} is not scheduled: {said}")
    for container, reason in _waiting(status):
        image = container.get("image", "")
        steady = _STEADY.get(reason, reason)
        return Problem(steady, f"pod {name} waits: {steady}, image {image}; see kubectl describe pod {name}")
    return Problem("PodPending", f"pod {name} was not started yet; see kubectl describe pod {name}")


def _waiting(status: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    for kind in ("initContainerStatuses", "containerStatuses"):
        for container in status.get(kind) or ():
            reason = (container.get("state") or {}).get("waiting", {}).get("reason")
            if reason:
                yield container, reason
