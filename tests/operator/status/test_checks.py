import pytest

from fte_operator.status.checks import Observation, conditions, refused
from fte_operator.status.observed import JobPhase, JobState, Problem, WorkloadState, job_state, workload_state

DONE = JobState("helper-migrate-1", JobPhase.COMPLETE)
SERVING = WorkloadState("helper-api", exists=True, available=True, rolled_out=True)
ALL_WELL = Observation(
    dependencies=(), topics="7 topics", migration=DONE, knowledge=DONE, has_sources=True, api=SERVING, worker=SERVING
)


def seen(**changes):
    values = {name: getattr(ALL_WELL, name) for name in Observation.__slots__}
    return {c.type: c for c in conditions(Observation(**values | changes))}


def failed(reason, message="it said so"):
    return JobState("helper-migrate-1", JobPhase.FAILED, reason, message)


def test_all_well_is_ready():
    found = seen()
    assert {c.status for c in found.values()} == {"True"}
    assert "Stalled" not in found


def test_a_refused_spec_is_stalled_and_says_why():
    found = {c.type: c for c in refused(Problem("InvalidSpec", "spec.kafka: wrong"))}
    assert found["Ready"].reason == found["Stalled"].reason == found["Accepted"].reason == "InvalidSpec"


def test_missing_dependencies_are_all_named_and_later_gates_wait():
    problems = (Problem("SecretNotFound", "Secret db is missing"), Problem("ChannelNotFound", "channel x is missing"))
    found = seen(dependencies=problems, topics=None, migration=None, knowledge=None)
    assert found["DependenciesReady"].reason == found["Ready"].reason == "SecretNotFound"
    assert "Secret db" in found["Ready"].message and "channel x" in found["Ready"].message
    assert {found[name].status for name in ("TopicsReady", "DatabaseReady", "KnowledgeReady")} == {"Unknown"}
    assert found["APIAvailable"].status == "True"  # what runs keeps running
    assert "Stalled" not in found


def test_a_topic_problem_is_passed_on():
    found = seen(topics=Problem("KafkaUnreachable", "Kafka at a:1 cannot be reached"))
    assert (found["TopicsReady"].reason, found["Ready"].reason) == ("KafkaUnreachable", "KafkaUnreachable")


@pytest.mark.parametrize(
    ("reason", "shown", "stalled"),
    [
        ("Unreachable", "Unreachable", False),
        ("OwnedByAnother", "OwnedByAnother", True),
        ("PgvectorMissing", "PgvectorMissing", True),
        ("MigrationFailed", "MigrationFailed", True),
        ("DeadlineExceeded", "MigrationFailed", True),
    ],
)
def test_a_failed_migration_says_what_to_do(reason, shown, stalled):
    found = seen(migration=failed(reason), knowledge=None)
    assert found["DatabaseReady"].reason == shown
    assert "it said so" in found["DatabaseReady"].message and "helper-migrate-1" in found["DatabaseReady"].message
    assert ("Stalled" in found) == stalled


@pytest.mark.parametrize(
    ("reason", "stalled"),
    [("SourceChanged", False), ("Unreachable", False), ("InvalidSource", True), ("IngestionFailed", True)],
)
def test_a_failed_ingestion_says_what_to_do(reason, stalled):
    found = seen(knowledge=failed(reason))
    assert found["KnowledgeReady"].reason == reason
    assert ("Stalled" in found) == stalled


def test_running_jobs_are_waited_for():
    running = JobState("j", JobPhase.RUNNING)
    assert seen(migration=running, knowledge=None)["DatabaseReady"].reason == "MigrationRunning"
    assert seen(knowledge=running)["KnowledgeReady"].reason == "Ingesting"


def test_no_sources_is_ready():
    found = seen(knowledge=None, has_sources=False)
    assert (found["KnowledgeReady"].status, found["KnowledgeReady"].reason) == ("True", "NoSources")


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (WorkloadState("w", exists=False), "Progressing"),
        (WorkloadState("w", exists=True), "Progressing"),
        (WorkloadState("w", exists=True, available=True), "Progressing"),
        (WorkloadState("w", exists=True, available=True, deadline_exceeded=True), "ProgressDeadlineExceeded"),
        (WorkloadState("w", exists=True, available=True, rolled_out=True), "MinimumReplicasAvailable"),
    ],
)
def test_a_workload_is_available_once_rolled_out(state, reason):
    found = seen(worker=state)
    assert found["WorkerAvailable"].reason == reason
    assert (found["Ready"].status == "True") == (reason == "MinimumReplicasAvailable")


def test_the_state_of_a_job_is_its_true_condition():
    def job(*conditions):
        return {"status": {"conditions": list(conditions)}}

    assert job_state("j", None).phase is JobPhase.ABSENT
    assert job_state("j", {}).phase is JobPhase.RUNNING
    assert job_state("j", job({"type": "FailureTarget", "status": "True"})).phase is JobPhase.RUNNING
    assert job_state("j", job({"type": "Complete", "status": "True"})).phase is JobPhase.COMPLETE
    assert job_state("j", job({"type": "Failed", "status": "False"})).phase is JobPhase.RUNNING
    failure = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "lastTransitionTime": "t"}
    assert job_state("j", job(failure)) == JobState("j", JobPhase.FAILED, "BackoffLimitExceeded", "", "t")


def deployment(generation=2, observed=2, replicas=3, updated=3, **conditions):
    return {
        "metadata": {"generation": generation},
        "status": {
            "observedGeneration": observed,
            "replicas": replicas,
            "updatedReplicas": updated,
            "conditions": [{"type": k, **v} for k, v in conditions.items()],
        },
    }


def test_a_deployment_is_rolled_out_when_its_newest_template_is_everywhere():
    available = {"Available": {"status": "True"}}
    assert workload_state("d", deployment(**available)).rolled_out
    assert not workload_state("d", deployment(observed=1, **available)).rolled_out
    assert not workload_state("d", deployment(updated=1, **available)).rolled_out
    assert not workload_state("d", deployment(replicas=0, updated=0, **available)).rolled_out
    stuck = {"Progressing": {"status": "False", "reason": "ProgressDeadlineExceeded"}}
    assert workload_state("d", deployment(**stuck)).deadline_exceeded
    assert not workload_state("d", deployment(observed=1, **stuck)).deadline_exceeded
