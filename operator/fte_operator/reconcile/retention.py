"""The latest run of the Job that lets go of what is too old."""

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import CRON_JOB, JOB
from fte_operator.desired import metadata
from fte_operator.reconcile import jobs
from fte_operator.reconcile.children import Children, controller
from fte_operator.status.observed import JobPhase, JobState, job_state

_ENDED = (JobPhase.COMPLETE, JobPhase.FAILED)


async def latest(cluster: Cluster, fte: DigitalFTE, children: Children) -> JobState | None:
    """The run of the employee's CronJob that ended last, with the program's words if it failed; None without any."""
    made_by = children.get(CRON_JOB, metadata.derived_name(fte, metadata.RETENTION))
    if made_by is None or not fte.spec.retention.ages:
        return None
    uid = made_by["metadata"]["uid"]
    runs = [job for job in children.of(JOB) if controller(job).get("uid") == uid]
    ended = [job for job in runs if job_state("", job).phase in _ENDED]
    if not ended:
        return None
    newest = max(ended, key=lambda job: (job["metadata"]["creationTimestamp"], job["metadata"]["name"]))
    state = job_state(newest["metadata"]["name"], newest)
    return await jobs.with_own_words(cluster, newest, state) if state.phase is JobPhase.FAILED else state
