"""Check of the daily Job of ``spec.retention``."""

from fte_operator.status.conditions import FALSE, Condition, ConditionType
from fte_operator.status.database import REMEDIES, with_remedy
from fte_operator.status.observed import JobPhase, JobState

FAILED = "RetentionFailed"
_REMEDY = "it begins again the next night; see the logs of the Job's pod"


def enforced(job: JobState | None) -> Condition | None:
    """``RetentionEnforced``, False while what should be gone is still there: the latest run failed; else None."""
    if job is None or job.phase is not JobPhase.FAILED:
        return None
    known = job.reason in REMEDIES
    remedy = f"{REMEDIES[job.reason]}; {_REMEDY}" if known and REMEDIES[job.reason] else _REMEDY
    message = with_remedy(f"Job {job.name} failed: {job.message or job.reason}", remedy)
    kind, reason = ConditionType.RETENTION_ENFORCED, job.reason if known else FAILED
    return Condition(kind, FALSE, reason, message, note=True, warning=True)
