"""Jobs: made once per template, read when they fail, made again when that may help."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fte_operator.cluster import apply
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import Object
from fte_operator.reconcile import stuck
from fte_operator.reconcile.children import Children
from fte_operator.status.database import REMEDIES
from fte_operator.status.embedder import PASSING, remedies
from fte_operator.status.observed import JobPhase, JobState, job_state
from fte_operator.workqueue import LAST_RETRY_SECONDS, backoff

PREVIOUS = "digitalfte.dev/previous-failure"
"""Annotation of a Job made again: attempt, reason and message of the one before, as JSON."""

_MOST_ATTEMPTS = 1_000_000
_PERMANENT = frozenset({"InvalidSource"})  # other content is another Job, unless it lies on a volume
_OUT_OF_MEMORY = "raise spec.worker.resources.limits.memory; its pod ran out of memory (OOMKilled)"
_SOON = frozenset({*REMEDIES, *PASSING, "SourceChanged"}) - {"MigrationFailed", "OwnedByAnother", "PgvectorMissing"}
"""Reasons of the way to the database or to an embedder, mended outside at any time: the Job is made again
with growing pauses."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A Job's state, and in how many seconds it should be looked at again."""

    state: JobState
    requeue_after: float | None = None


async def ensure(
    cluster: Cluster, desired: Object, children: Children, now: datetime, *, words: bool = False
) -> Progress:
    """Make the Job if it is missing, else report on it; one whose failure may pass is made again after a while.

    `words` asks for the program's own words of a success too, for as long as its pod is there.
    """
    live = children.matching(desired)
    _, current = await apply.apply(cluster, desired, live)
    children.record(current)
    name = desired["metadata"]["name"]
    state = job_state(name, current)
    previous = _previous(current)
    if state.phase is JobPhase.RUNNING:
        return await _under_way(cluster, current, state, now)
    if state.phase is JobPhase.COMPLETE and not words:
        return Progress(state)
    state = await with_own_words(cluster, current, state)
    if state.phase is JobPhase.COMPLETE:
        return Progress(state)
    attempt = _attempt(previous)
    wait = _seconds_to_wait(state, attempt, now, on_volume=_reads_volume(current))
    if wait is None or wait > 0:
        return Progress(state, wait)
    await apply.delete(cluster, current)
    note = {"attempt": attempt, "reason": state.reason, "message": state.message}
    _, made = await apply.apply(cluster, desired, None, {PREVIOUS: json.dumps(note, sort_keys=True)})
    children.record(made)
    return Progress(state)


def is_refused(state: JobState) -> bool:
    """Whether knowledge waits for a person: not for what passes, nor for an embedder that they would ask, too."""
    return state.phase is JobPhase.FAILED and state.reason not in _SOON | remedies("").keys()


async def _under_way(cluster: Cluster, job: Object, state: JobState, now: datetime) -> Progress:
    """A Job that has not ended; pods are not watched, so it is looked at again while nothing else tells of them."""
    age, previous = stuck.age(job, now), _previous(job)
    obstacle = None
    if age >= stuck.PATIENCE_SECONDS:
        pods = await stuck.pods_of(cluster, job)
        obstacle = stuck.obstacle(state.name, pods, "" if pods else await stuck.refusal(cluster, job))
    again = max(stuck.PATIENCE_SECONDS - age, 1.0) if age < stuck.PATIENCE_SECONDS else stuck.PATIENCE_SECONDS
    if obstacle is not None:
        return Progress(replace(state, reason=obstacle.reason, message=obstacle.message), again)
    return Progress(_again(state, previous) if previous else state, again)


def _reads_volume(job: Object) -> bool:
    """Whether it reads what can change without anybody's notice."""
    volumes = job["spec"]["template"]["spec"].get("volumes") or ()
    return any("persistentVolumeClaim" in volume for volume in volumes)


def _seconds_to_wait(state: JobState, attempt: int, now: datetime, *, on_volume: bool) -> float | None:
    """Until the Job is made again; None for a failure that only other content can cure."""
    if state.reason in _PERMANENT and not on_volume:
        return None
    pause = backoff(attempt) if state.reason in _SOON else LAST_RETRY_SECONDS
    return pause - (now - datetime.fromisoformat(state.failed_at)).total_seconds() if state.failed_at else pause


async def with_own_words(cluster: Cluster, job: Object, state: JobState) -> JobState:
    """`state` with the reason and message that the program left in its termination message."""
    for pod in await stuck.pods_of(cluster, job):
        for container in (pod.get("status") or {}).get("containerStatuses", ()):
            ended = container.get("state", {}).get("terminated", {})
            if ended.get("reason") == "OOMKilled":
                return replace(state, message=_OUT_OF_MEMORY)
            if said := _parsed(ended.get("message")):
                return replace(state, reason=said["reason"], message=said["message"])
    return state


def _parsed(message: str | None) -> dict[str, str] | None:
    """The program's words; None for anything else (a log's tail may hold what no status should)."""
    try:
        said = json.loads(message or "")
    except (ValueError, RecursionError):
        return None
    if isinstance(said, dict) and isinstance(said.get("reason"), str) and isinstance(said.get("message"), str):
        return {"reason": said["reason"], "message": said["message"]}
    return None


def _attempt(previous: Mapping[str, Any]) -> int:
    """The number of this attempt; anybody who may write the note may write anything."""
    before = previous.get("attempt")
    return before + 1 if isinstance(before, int) and 0 < before < _MOST_ATTEMPTS else 1


def _previous(job: Object) -> Mapping[str, Any]:
    try:
        note = json.loads(job["metadata"].get("annotations", {}).get(PREVIOUS, "{}"))
    except (ValueError, RecursionError):
        return {}
    return note if isinstance(note, dict) else {}


def _again(state: JobState, previous: Mapping[str, Any]) -> JobState:
    """A Job on its next attempt keeps showing why the one before failed."""
    return replace(
        state, phase=JobPhase.FAILED, reason=str(previous.get("reason", "")), message=str(previous.get("message", ""))
    )
