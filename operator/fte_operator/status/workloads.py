"""Checks of Deployments and their autoscalers: whether pods serve, whether a rollout goes on, who sets their number."""

from collections.abc import Sequence

from fte_operator.status.conditions import FALSE, TRUE, UNKNOWN, Condition, ConditionType
from fte_operator.status.observed import ScalerState, WorkloadState

_SCALING_REMEDY = "the number of pods stays as it is; see kubectl describe hpa, and that metrics-server runs"


def available(condition: str, seen: WorkloadState) -> Condition:
    """``APIAvailable`` or ``WorkerAvailable``: enough pods serve, of whichever template."""
    if seen.available:
        return Condition(condition, TRUE, "MinimumReplicasAvailable", f"Deployment {seen.name} is available")
    how = "has too few ready pods" if seen.exists else "is made once the gates before it are passed"
    message = f"Deployment {seen.name} {how}. {seen.message}".strip()
    return Condition(condition, FALSE, "MinimumReplicasUnavailable", message)


def progressing(*workloads: WorkloadState) -> Condition:
    """``Progressing``, with the reasons of a Deployment's own: whether the newest template gets everywhere.

    True also when it is everywhere; False only when a rollout stands still.
    """
    kind = ConditionType.PROGRESSING
    stuck = [each for each in workloads if each.deadline_exceeded]
    if stuck:
        said = "; ".join(f"Deployment {each.name} makes no progress. {each.message}".strip() for each in stuck)
        message = f"{said}; see kubectl describe deployment,pods"
        return Condition(kind, FALSE, "ProgressDeadlineExceeded", message)
    rolling = [each for each in workloads if each.exists and not each.rolled_out]
    if rolling:
        said = "; ".join(f"Deployment {each.name} is being rolled out. {each.message}".rstrip(". ") for each in rolling)
        return Condition(kind, TRUE, "ReplicaSetUpdated", said, under_way=True)
    absent = [each.name for each in workloads if not each.exists]
    if absent:
        said = "; ".join(f"Deployment {name} is made once the gates before it are passed" for name in absent)
        return Condition(kind, UNKNOWN, "Waiting", said, under_way=True)
    return Condition(kind, TRUE, "NewReplicaSetAvailable", "every pod is of the newest template")


def scaling(scalers: Sequence[ScalerState]) -> Condition:
    """``ScalingActive``, with the reasons of an autoscaler's own: whether load changes the number of pods."""
    kind = ConditionType.SCALING_ACTIVE
    idle = [each for each in scalers if each.active is False]
    if idle:
        said = "; ".join(f"HorizontalPodAutoscaler {each.name} does not scale ({each.reason})" for each in idle)
        return Condition(kind, FALSE, idle[0].reason, f"{said}; {_SCALING_REMEDY}", note=True)
    if not scalers or any(each.active is None for each in scalers):
        return Condition(kind, UNKNOWN, "NotReported", "the autoscalers have not said yet whether they can scale")
    return Condition(kind, TRUE, scalers[0].reason, "load changes the number of pods")
