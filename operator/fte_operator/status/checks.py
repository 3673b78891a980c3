"""Checks of one DigitalFTE: observations in, conditions out, in the order of the gates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fte_operator.status import budget, embedder, retention, work, workloads
from fte_operator.status import database as database_check
from fte_operator.status.conditions import FALSE, TRUE, UNKNOWN, Condition, ConditionType, summary
from fte_operator.status.database import REMEDIES, with_remedy
from fte_operator.status.health import KAFKA, TOPICS, Faults
from fte_operator.status.observed import JobPhase, JobState, Problem, ScalerState, WorkloadState, told

PASSING = frozenset({*database_check.PASSING, *embedder.PASSING, "SourceChanged"})
"""Reasons of failed Jobs that go away by themselves."""

NO_SECTIONS = "NoSections"
"""What the knowledge program says of documents in which it found nothing."""

WATCH = "digitalfte.dev/watch"
"""Label of an object whose changes are noticed at once."""

_KNOWLEDGE_REMEDIES = {
    **REMEDIES,
    "SourceChanged": "the documents are read again",
    "InvalidSource": "",  # the program's own words hold it
    "IngestionFailed": "see the logs of the Job's pod; delete the Job to try again",
}


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything a DigitalFTE's conditions are made of.

    `topics` and the Jobs are None while an earlier gate kept them from being looked at; `knowledge` is also None
    without sources (`has_sources` tells the two apart). `faults` is what the API itself reports, `known` what of the
    work it speaks of at all; `silent` says that it was asked in vain for a while, `heard` whether it answered before.
    `channels` is how many the spec names. `late_knowledge` and `late_secrets` name the ConfigMaps and Secrets whose
    changes no event tells of. `model_key` and `embedding_key` say where the keys of hosted ones stand. `retention` is
    the latest run of that Job, None where there is none."""

    dependencies: tuple[Problem, ...]
    topics: Problem | str | None
    migration: JobState | None
    knowledge: JobState | None
    has_sources: bool
    api: WorkloadState
    worker: WorkloadState
    faults: Faults = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    silent: bool = False
    heard: bool = True
    channels: int = 1
    late_knowledge: tuple[str, ...] = ()
    late_secrets: tuple[str, ...] = ()
    scalers: tuple[ScalerState, ...] = ()
    model_key: str = ""
    embedding_key: str = ""
    retention: JobState | None = None


def refused(problem: Problem) -> tuple[Condition, ...]:
    """Conditions of an object whose spec cannot be used."""
    accepted = Condition(ConditionType.ACCEPTED, FALSE, problem.reason, problem.message, stalled=True)
    return accepted, *summary((accepted,))


def conditions(seen: Observation) -> tuple[Condition, ...]:
    """Every condition of a DigitalFTE whose spec is accepted; ``Ready`` comes from the first gate not passed."""
    answering = work.answering(seen.faults, seen.known, seen.model_key, seen.embedding_key)
    budgeted = budget.available(seen.faults, seen.known)
    kept = retention.enforced(seen.retention)
    unheard = seen.silent and seen.api.available and (answering is None or answering.is_true)
    gates = (
        Condition(ConditionType.ACCEPTED, TRUE, "Accepted", "the spec is valid"),
        dependencies(seen.dependencies, seen.late_secrets),
        topics(seen.topics, seen.faults),
        database(seen.migration, seen.faults),
        knowledge(seen.knowledge, seen.late_knowledge, has_sources=seen.has_sources, key=seen.embedding_key),
        workloads.available(ConditionType.API_AVAILABLE, seen.api),
        workloads.available(ConditionType.WORKER_AVAILABLE, seen.worker),
        *((answering,) if answering and not unheard else ()),
        workloads.progressing(seen.api, seen.worker),
    )
    asides = (
        *((work.unheard(heard=seen.heard),) if unheard else ()),
        work.channels_bound(seen.channels),
        workloads.scaling(seen.scalers),
        *((budgeted,) if budgeted else ()),
        *((kept,) if kept else ()),
    )
    serving = seen.api.available and seen.worker.available
    return (*gates, *asides, *summary(gates, asides, serving=serving))


def dependencies(problems: Sequence[Problem], late: Sequence[str] = ()) -> Condition:
    """``DependenciesReady``: what the spec refers to exists, and no name of ours is somebody else's."""
    if not problems:
        message = "everything the spec refers to exists" + _noticed_late("Secret", late)
        return Condition(ConditionType.DEPENDENCIES_READY, TRUE, "Resolved", message)
    message = told(problems)
    return Condition(ConditionType.DEPENDENCIES_READY, FALSE, problems[0].reason, message, problems[0].stalled)


def topics(seen: Problem | str | None, faults: Faults) -> Condition:
    """``TopicsReady``; `seen` is what stands in the way, or a word on the topics when all is well.

    `faults` are the API's own experience, which counts once ours is good.
    """
    match seen:
        case None:
            return _waiting(ConditionType.TOPICS_READY, ConditionType.DEPENDENCIES_READY)
        case Problem():
            return Condition(ConditionType.TOPICS_READY, FALSE, seen.reason, seen.message, seen.stalled)
        case _ if KAFKA in faults:
            message = f"the API cannot use Kafka: {faults[KAFKA]}; check spec.kafka and the brokers"
            return Condition(ConditionType.TOPICS_READY, FALSE, "KafkaUnreachable", message)
        case _ if TOPICS in faults:
            message = f"{faults[TOPICS]}; a missing one is made again, what was in it is lost"
            return Condition(ConditionType.TOPICS_READY, FALSE, "TopicUnusable", message)
        case _:
            return Condition(ConditionType.TOPICS_READY, TRUE, "Ready", seen)


def database(job: JobState | None, faults: Faults) -> Condition:
    """``DatabaseReady``: this image's migration is done, and the API has no fault to report since."""
    if job is None:
        return _waiting(ConditionType.DATABASE_READY, ConditionType.DEPENDENCIES_READY)
    if job.phase is JobPhase.COMPLETE:
        return database_check.faulty(faults) or database_check.migrated(job.name)
    if job.phase is JobPhase.FAILED:
        return _failed(ConditionType.DATABASE_READY, job, "MigrationFailed", REMEDIES)
    return _under_way(ConditionType.DATABASE_READY, job, "MigrationRunning")


def knowledge(job: JobState | None, late: Sequence[str] = (), *, has_sources: bool, key: str = "") -> Condition:
    """``KnowledgeReady``: the documents as they were last read are ingested, by the embedder that the spec names.

    `key` says where the key of a hosted one stands.
    """
    if not has_sources:
        message = "there is nothing to answer from: spec.knowledge.sources is empty"
        return Condition(ConditionType.KNOWLEDGE_READY, TRUE, "NoSources", message, note=True)
    if job is None:
        return _waiting(ConditionType.KNOWLEDGE_READY, ConditionType.DATABASE_READY)
    if job.phase is JobPhase.COMPLETE:
        message = f"Job {job.name} is complete" + (f": {job.message}" if job.message else "")
        late_word = _noticed_late("ConfigMap", late)
        if job.reason == NO_SECTIONS:
            message = f"there is nothing to answer from: {job.message}; write documents into spec.knowledge.sources"
            return Condition(ConditionType.KNOWLEDGE_READY, TRUE, NO_SECTIONS, message + late_word, note=True)
        return Condition(ConditionType.KNOWLEDGE_READY, TRUE, "Ingested", message + late_word)
    if job.phase is JobPhase.FAILED:
        return _failed(
            ConditionType.KNOWLEDGE_READY, job, "IngestionFailed", {**_KNOWLEDGE_REMEDIES, **embedder.remedies(key)}
        )
    return _under_way(ConditionType.KNOWLEDGE_READY, job, "Ingesting")


def _noticed_late(kind: str, names: Sequence[str]) -> str:
    """A word on objects that are only looked at now and then."""
    if not names:
        return ""
    named = f"{kind} {' and '.join(names)}"
    return f"; {named} may have changed since: it is looked at every 10 minutes unless labelled {WATCH}=true"


def _waiting(condition: str, gate: str) -> Condition:
    return Condition(condition, UNKNOWN, "Waiting", f"not looked at before {gate} is True", under_way=True)


def _under_way(condition: str, job: JobState, reason: str) -> Condition:
    """A Job that has not ended, and why if its pods do not start."""
    message = f"Job {job.name} is not complete yet" + (f": {job.message}" if job.message else "")
    return Condition(condition, FALSE, job.reason or reason, message, under_way=not job.reason)


def _failed(condition: str, job: JobState, fallback: str, remedies: Mapping[str, str]) -> Condition:
    reason = job.reason if job.reason in remedies else fallback
    message = with_remedy(f"Job {job.name} failed: {job.message or job.reason}", remedies[reason])
    return Condition(condition, FALSE, reason, message, stalled=reason not in PASSING)
