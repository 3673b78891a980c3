"""What was seen of the world, as plain values; the only input of the checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the way, as a condition says it; `stalled` when only a person can remove it.

    `hint` is what else to do about it and about others of its kind: `told` says it once. `again` is in how many seconds
    to look again, if that is known.
    """

    reason: str
    message: str
    stalled: bool = False
    hint: str = ""
    again: float | None = None


def told(problems: Sequence[Problem]) -> str:
    """All of them in one text."""
    messages = [problem.message for problem in problems]
    return "; ".join(dict.fromkeys([*messages, *(problem.hint for problem in problems if problem.hint)]))


class JobPhase(StrEnum):
    """How far a Job is."""

    ABSENT = "absent"
    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class JobState:
    """A Job; `reason` and `message` are what the program wrote before it failed, or what keeps it from starting.

    `failed_at` is RFC 3339.
    """

    name: str
    phase: JobPhase
    reason: str = ""
    message: str = ""
    failed_at: str = ""


@dataclass(frozen=True, slots=True)
class WorkloadState:
    """A Deployment: whether it serves, and whether all of its pods are of the newest template."""

    name: str
    exists: bool
    available: bool = False
    rolled_out: bool = False
    deadline_exceeded: bool = False
    message: str = ""

    @property
    def settled(self) -> bool:
        """Whether it serves and nothing is under way."""
        return self.available and self.rolled_out


@dataclass(frozen=True, slots=True)
class ScalerState:
    """An autoscaler: whether it can scale by its own account (None: it has said nothing yet), and why."""

    name: str
    active: bool | None
    reason: str


def scaler_state(autoscaler: Object) -> ScalerState:
    """An autoscaler's state by its condition ``ScalingActive``."""
    said = (autoscaler.get("status") or {}).get("conditions") or ()
    found: Mapping[str, Any] = next((each for each in said if each["type"] == "ScalingActive"), {})
    active = {"True": True, "False": False}.get(found.get("status", ""))
    return ScalerState(autoscaler["metadata"]["name"], active, found.get("reason") or "Unknown")


def job_state(name: str, job: Object | None) -> JobState:
    """The phase of a Job by its conditions, without the program's own words."""
    if job is None:
        return JobState(name, JobPhase.ABSENT)
    conditions = _true_conditions(job)
    if "Complete" in conditions:
        return JobState(name, JobPhase.COMPLETE)
    failed = conditions.get("Failed")
    if failed is None:
        return JobState(name, JobPhase.RUNNING)
    return JobState(
        name, JobPhase.FAILED, failed.get("reason", ""), failed.get("message", ""), failed.get("lastTransitionTime", "")
    )


def workload_state(name: str, deployment: Object | None) -> WorkloadState:
    """A Deployment's state; a status older than its spec counts as not rolled out."""
    if deployment is None:
        return WorkloadState(name, exists=False)
    status = deployment.get("status") or {}
    conditions = {c["type"]: c for c in status.get("conditions", ())}
    available, progressing = conditions.get("Available", {}), conditions.get("Progressing", {})
    current = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    replicas = status.get("replicas", 0)
    failure = conditions.get("ReplicaFailure", {}).get("message", "")
    return WorkloadState(
        name,
        exists=True,
        available=available.get("status") == "True",
        rolled_out=current and replicas > 0 and status.get("updatedReplicas", 0) == replicas,
        deadline_exceeded=current and progressing.get("reason") == "ProgressDeadlineExceeded",
        message=failure or ("" if available.get("status") == "True" else available.get("message", "")),
    )


def _true_conditions(obj: Object) -> dict[str, Mapping[str, Any]]:
    return {c["type"]: c for c in (obj.get("status") or {}).get("conditions", ()) if c.get("status") == "True"}
