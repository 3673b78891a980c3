"""Checks of one DigitalFTE: observations in, conditions out, in the order of the gates."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fte_operator.status.conditions import FALSE, TRUE, UNKNOWN, Condition, ConditionType, summary
from fte_operator.status.health import DATABASE, KAFKA, Faults
from fte_operator.status.observed import JobPhase, JobState, Problem, WorkloadState

RETRIED = frozenset({"Unreachable", "SourceChanged"})
"""Reasons of failed Jobs that go away by themselves: the Job is made again."""

_MIGRATION_REMEDY = {
    "Unreachable": "check spec.database.urlSecretRef and that the database accepts connections",
    "OwnedByAnother": "give this employee a database of its own",
    "PgvectorMissing": "install the extension vector in that database",
    "MigrationFailed": "see the logs of the Job's pod; delete the Job to try again",
}
_KNOWLEDGE_REMEDY = {
    "Unreachable": "check that the database accepts connections",
    "SourceChanged": "the documents changed meanwhile and are read again",
    "InvalidSource": "correct the documents in spec.knowledge.sources",
    "IngestionFailed": "see the logs of the Job's pod; delete the Job to try again",
}


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything a DigitalFTE's conditions are made of.

    `topics` and the Jobs are None while an earlier gate kept them from being looked at; `knowledge` is also None
    without sources (`has_sources` tells the two apart). `faults` is what the API itself reports.
    """

    dependencies: tuple[Problem, ...]
    topics: Problem | str | None
    migration: JobState | None
    knowledge: JobState | None
    has_sources: bool
    api: WorkloadState
    worker: WorkloadState
    faults: Faults = field(default_factory=dict)


def refused(problem: Problem) -> tuple[Condition, ...]:
    """Conditions of an object whose spec cannot be used."""
    accepted = Condition(ConditionType.ACCEPTED, FALSE, problem.reason, problem.message, stalled=True)
    return accepted, *summary((accepted,))


def conditions(seen: Observation) -> tuple[Condition, ...]:
    """Every condition of a DigitalFTE whose spec is accepted; ``Ready`` comes from the first gate not passed."""
    gates = (
        Condition(ConditionType.ACCEPTED, TRUE, "Accepted", "the spec is valid"),
        dependencies(seen.dependencies),
        topics(seen.topics, seen.faults.get(KAFKA)),
        database(seen.migration, seen.faults.get(DATABASE)),
        knowledge(seen.knowledge, has_sources=seen.has_sources),
        workload(ConditionType.API_AVAILABLE, seen.api),
        workload(ConditionType.WORKER_AVAILABLE, seen.worker),
    )
    return (*gates, *summary(gates))


def dependencies(problems: Sequence[Problem]) -> Condition:
    """``DependenciesReady``: what the spec refers to exists, and no name of ours is somebody else's."""
    if not problems:
        return Condition(ConditionType.DEPENDENCIES_READY, TRUE, "Resolved", "everything the spec refers to exists")
    message = "; ".join(problem.message for problem in problems)
    return Condition(ConditionType.DEPENDENCIES_READY, FALSE, problems[0].reason, message, problems[0].stalled)


def topics(seen: Problem | str | None, fault: str | None = None) -> Condition:
    """``TopicsReady``; `seen` is what stands in the way, or a word on the topics when all is well.

    `fault` is the API's own experience, which counts once ours is good.
    """
    match seen:
        case None:
            return _waiting(ConditionType.TOPICS_READY, ConditionType.DEPENDENCIES_READY)
        case Problem():
            return Condition(ConditionType.TOPICS_READY, FALSE, seen.reason, seen.message, seen.stalled)
        case _ if fault is not None:
            message = f"the API cannot use Kafka: {fault}; check spec.kafka and the brokers"
            return Condition(ConditionType.TOPICS_READY, FALSE, "KafkaUnreachable", message)
        case _:
            return Condition(ConditionType.TOPICS_READY, TRUE, "Ready", seen)


def database(job: JobState | None, fault: str | None = None) -> Condition:
    """``DatabaseReady``: this image's migration is done, and the API has no `fault` to report since."""
    if job is None:
        return _waiting(ConditionType.DATABASE_READY, ConditionType.DEPENDENCIES_READY)
    if job.phase is JobPhase.COMPLETE and fault is not None:
        message = f"the API cannot use the database: {fault}; {_MIGRATION_REMEDY['Unreachable']}"
        return Condition(ConditionType.DATABASE_READY, FALSE, "Unreachable", message)
    if job.phase is JobPhase.COMPLETE:
        return Condition(ConditionType.DATABASE_READY, TRUE, "Migrated", f"Job {job.name} is complete")
    if job.phase is JobPhase.FAILED:
        return _failed(ConditionType.DATABASE_READY, job, "MigrationFailed", _MIGRATION_REMEDY)
    return _under_way(ConditionType.DATABASE_READY, job, "MigrationRunning")


def knowledge(job: JobState | None, *, has_sources: bool) -> Condition:
    """``KnowledgeReady``: the newest documents are ingested."""
    if not has_sources:
        return Condition(ConditionType.KNOWLEDGE_READY, TRUE, "NoSources", "spec.knowledge.sources is empty")
    if job is None:
        return _waiting(ConditionType.KNOWLEDGE_READY, ConditionType.DATABASE_READY)
    if job.phase is JobPhase.COMPLETE:
        return Condition(ConditionType.KNOWLEDGE_READY, TRUE, "Ingested", f"Job {job.name} is complete")
    if job.phase is JobPhase.FAILED:
        return _failed(ConditionType.KNOWLEDGE_READY, job, "IngestionFailed", _KNOWLEDGE_REMEDY)
    return _under_way(ConditionType.KNOWLEDGE_READY, job, "Ingesting")


def workload(condition: str, seen: WorkloadState) -> Condition:
    """``APIAvailable`` or ``WorkerAvailable``: enough pods serve and none of an older template is left."""
    if seen.deadline_exceeded:
        message = f"Deployment {seen.name} makes no progress; see kubectl describe deployment,pods. {seen.message}"
        return Condition(condition, FALSE, "ProgressDeadlineExceeded", message.strip())
    if seen.available and seen.rolled_out:
        return Condition(condition, TRUE, "MinimumReplicasAvailable", f"Deployment {seen.name} is available")
    how = "is made once the gates before it are passed"
    if seen.exists:
        how = "has too few ready pods" if seen.rolled_out else "is being rolled out"
    return Condition(condition, FALSE, "Progressing", f"Deployment {seen.name} {how}. {seen.message}".strip())


def _waiting(condition: str, gate: str) -> Condition:
    return Condition(condition, UNKNOWN, "Waiting", f"not looked at before {gate} is True")


def _under_way(condition: str, job: JobState, reason: str) -> Condition:
    """A Job that has not ended, and why if its pods do not start."""
    message = f"Job {job.name} is not complete yet" + (f": {job.message}" if job.message else "")
    return Condition(condition, FALSE, job.reason or reason, message)


def _failed(condition: str, job: JobState, fallback: str, remedies: dict[str, str]) -> Condition:
    reason = job.reason if job.reason in remedies else fallback
    said = job.message or job.reason
    message = f"Job {job.name} failed: {said}; {remedies[reason]}"
    return Condition(condition, FALSE, reason, message, stalled=reason not in RETRIED)
