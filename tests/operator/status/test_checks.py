from dataclasses import replace

import pytest

from fte_agent.errors import ModelFault
from fte_operator.status.checks import Observation, conditions, refused
from fte_operator.status.observed import (
    JobPhase,
    JobState,
    Problem,
    ScalerState,
    WorkloadState,
    job_state,
    scaler_state,
    workload_state,
)

DONE = JobState("helper-migrate-1", JobPhase.COMPLETE)
SERVING = WorkloadState("helper-api", exists=True, available=True, rolled_out=True)
ALL_WELL = Observation(
    dependencies=(),
    topics="7 topics",
    migration=DONE,
    knowledge=DONE,
    has_sources=True,
    api=SERVING,
    worker=SERVING,
    known=frozenset({"workers"}),
    scalers=(ScalerState("helper-api", True, "ValidMetricFound"),),
)
MODEL_REASONS = {
    ModelFault.CREDENTIALS: "KeyRefused",
    ModelFault.QUOTA: "QuotaSpent",
    ModelFault.MISCONFIGURED: "Misconfigured",
    ModelFault.RATE_LIMITED: "RateLimited",
    ModelFault.UNAVAILABLE: "Unavailable",
    ModelFault.TIMEOUT: "Timeout",
    ModelFault.UNUSABLE: "Unusable",
}
SERVING_OLD = replace(SERVING, rolled_out=False)


def seen(**changes):
    values = {name: getattr(ALL_WELL, name) for name in Observation.__slots__}
    return {c.type: c for c in conditions(Observation(**values | changes))}


def failed(reason, message="it said so"):
    return JobState("helper-migrate-1", JobPhase.FAILED, reason, message)


def test_all_well_is_ready():
    found = seen()
    assert {c.status for c in found.values()} == {"True"}
    assert not {"Stalled", "Reconciling"} & found.keys()
    assert found["Ready"].message == "everything is in place"


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
        ("TimedOut", "TimedOut", False),
        ("WrongCredentials", "WrongCredentials", True),
        ("DatabaseMissing", "DatabaseMissing", True),
        ("InvalidURL", "InvalidURL", True),
        ("HostNotFound", "HostNotFound", True),
        ("TLSFailed", "TLSFailed", True),
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


def test_many_problems_are_all_told_and_their_hint_once():
    taken = [
        Problem("NameTaken", f"ConfigMap c-{n} exists and belongs to somebody else", hint="rename") for n in range(99)
    ]
    message = seen(dependencies=tuple(taken), topics=None, migration=None, knowledge=None)["Ready"].message
    assert all(problem.message in message for problem in taken)
    assert message.count("rename") == 1


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
    ("state", "available", "progressing", "ready"),
    [
        (WorkloadState("w", exists=False), "MinimumReplicasUnavailable", "Waiting", "MinimumReplicasUnavailable"),
        (
            WorkloadState("w", exists=True),
            "MinimumReplicasUnavailable",
            "ReplicaSetUpdated",
            "MinimumReplicasUnavailable",
        ),
        (SERVING_OLD, "MinimumReplicasAvailable", "ReplicaSetUpdated", "Ready"),
        (
            replace(SERVING_OLD, deadline_exceeded=True),
            "MinimumReplicasAvailable",
            "ProgressDeadlineExceeded",
            "ProgressDeadlineExceeded",
        ),
        (SERVING, "MinimumReplicasAvailable", "NewReplicaSetAvailable", "Ready"),
    ],
)
def test_a_workload_that_serves_is_available_and_its_rollout_is_told_beside_it(state, available, progressing, ready):
    for side in ("api", "worker"):
        found = seen(**{side: state})
        condition = "APIAvailable" if side == "api" else "WorkerAvailable"
        assert (found[condition].reason, found["Progressing"].reason) == (available, progressing)
        assert found["Ready"].reason == ready
        assert (found["Ready"].status == "True") == (ready == "Ready")


def test_a_rollout_whose_old_pods_serve_is_reconciling_and_ready():
    found = seen(worker=SERVING_OLD)
    assert found["Ready"].status == found["Reconciling"].status == found["Progressing"].status == "True"
    assert "is being rolled out" in found["Ready"].message


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"migration": JobState("j", JobPhase.RUNNING), "knowledge": None}, "MigrationRunning"),
        ({"knowledge": JobState("j", JobPhase.RUNNING)}, "Ingesting"),
    ],
)
def test_a_job_that_runs_takes_nothing_from_what_serves(changes, reason):
    found = seen(**changes)
    assert (found["Ready"].status, found["Reconciling"].reason) == ("True", reason)
    first = seen(**changes, worker=WorkloadState("w", exists=False))
    assert (first["Ready"].status, first["Ready"].reason) == ("False", reason), "there is nothing yet that serves"


def test_a_job_that_cannot_run_is_told_although_the_old_pods_serve():
    stuck = JobState("j", JobPhase.RUNNING, "Unschedulable", "0/1 nodes are available")
    found = seen(knowledge=stuck)
    assert (found["Ready"].status, found["Ready"].reason) == ("False", "Unschedulable")


@pytest.mark.parametrize(
    ("part", "condition", "reason"),
    [
        ("kafka", "TopicsReady", "KafkaUnreachable"),
        ("topics", "TopicsReady", "TopicUnusable"),
        ("database", "DatabaseReady", "Unreachable"),
        ("writes", "DatabaseReady", "NotWritable"),
        ("workers", "Answering", "WorkersSilent"),
        ("roles", "Answering", "WorkerFailing"),
        ("readers", "Answering", "PartitionsUnread"),
        ("unread", "Answering", "MessagesUnread"),
        ("unanswered", "Answering", "MessagesUnanswered"),
        ("sight", "Answering", "WorkNotSeen"),
    ],
)
def test_what_the_api_reports_is_told_with_a_reason_of_its_own(part, condition, reason):
    found = seen(faults={part: "it said so"})
    assert (found[condition].status, found[condition].reason) == ("False", reason)
    assert (found["Ready"].status, found["Ready"].reason) == ("False", reason)
    assert "it said so" in found["Ready"].message
    assert "Stalled" not in found
    assert {c.type for c in found.values() if c.status == "False"} == {condition, "Ready"}


@pytest.mark.parametrize("reason", ModelFault)
def test_a_fault_of_the_model_is_told_with_a_reason_of_its_own_and_the_key_s_place(reason):
    """Each word of the agent's but one, which is about a conversation and reaches no report."""
    key = "key api-key of Secret model (spec.model.apiKeySecretRef)"
    found = seen(faults={"model": f"{reason}: no luck", "unanswered": "old"}, model_key=key)["Answering"]
    name = "Failing" if reason is ModelFault.REJECTED else MODEL_REASONS[reason]
    assert (found.status, found.reason) == ("False", f"Model{name}")
    assert f"{reason}: no luck" in found.message and "old" in found.message
    assert "a person takes over" in found.message
    assert (key in found.message) == (reason in (ModelFault.CREDENTIALS, ModelFault.QUOTA))


EMBEDDING_REASONS = {
    "credentials": "EmbeddingKeyRefused",
    "quota": "EmbeddingQuotaSpent",
    "misconfigured": "EmbeddingMisconfigured",
    "rate_limited": "EmbeddingRateLimited",
    "unavailable": "EmbeddingUnavailable",
    "timeout": "EmbeddingTimeout",
    "unusable": "EmbeddingUnusable",
    "rejected": "EmbeddingRejected",
}
EMBEDDING_KEY = "key api-key of Secret embedder (spec.embedding.apiKeySecretRef)"


@pytest.mark.parametrize("reason", ModelFault)
def test_a_fault_of_the_embedder_is_told_after_and_before_the_job_with_the_key_s_place(reason):
    """By the words of the workers' report, and by the reasons that the Job ends with."""
    found = seen(faults={"embedder": f"{reason}: no luck"}, embedding_key=EMBEDDING_KEY)["Answering"]
    assert (found.status, found.reason) == ("False", EMBEDDING_REASONS[reason])
    assert f"{reason}: no luck" in found.message and "a person takes over" in found.message
    job = seen(knowledge=failed(EMBEDDING_REASONS[reason]), embedding_key=EMBEDDING_KEY)
    assert job["KnowledgeReady"].reason == found.reason
    asks_for_the_key = reason in (ModelFault.CREDENTIALS, ModelFault.QUOTA)
    assert (EMBEDDING_KEY in found.message, EMBEDDING_KEY in job["KnowledgeReady"].message) == (asks_for_the_key,) * 2
    passes = reason in (ModelFault.RATE_LIMITED, ModelFault.UNAVAILABLE, ModelFault.TIMEOUT)
    assert ("Stalled" in job) == (not passes)


def test_of_several_faults_of_the_work_the_one_that_explains_most_is_the_reason():
    found = seen(faults={"unread": "old", "readers": "none", "roles": "no"})
    assert found["Answering"].reason == "WorkerFailing"
    assert all(said in found["Answering"].message for said in ("old", "none", "no"))


def test_an_api_of_an_earlier_release_says_nothing_of_the_work():
    found = seen(known=frozenset({"channel website credentials"}))
    assert "Answering" not in found
    assert found["Ready"].status == "True"


@pytest.mark.parametrize(
    ("changes", "condition", "reason", "word"),
    [
        ({"channels": 0}, "ChannelsBound", "NoChannels", "nobody can write to it"),
        ({"knowledge": None, "has_sources": False}, "KnowledgeReady", "NoSources", "nothing to answer from"),
        ({"knowledge": replace(DONE, reason="NoSections")}, "KnowledgeReady", "NoSections", "nothing to answer from"),
        (
            {"scalers": (ScalerState("helper-api", False, "FailedGetResourceMetric"),)},
            "ScalingActive",
            "FailedGetResourceMetric",
            "metrics-server",
        ),
    ],
)
def test_what_a_person_may_want_to_know_is_said_and_takes_nothing_away(changes, condition, reason, word):
    found = seen(**changes)
    assert found[condition].reason == reason
    assert word in found[condition].message
    assert (found["Ready"].status, found["Ready"].reason) == ("True", "Ready")
    assert found[condition].message in found["Ready"].message
    assert not {"Stalled", "Reconciling"} & found.keys()


def test_a_spent_budget_takes_nothing_from_ready_for_somebody_answers():
    found = seen(faults={"budget": "day_spent: nothing is left"})
    assert (found["BudgetAvailable"].status, found["Ready"].status) == ("False", "True")
    assert "it serves, but: nothing is left" in found["Ready"].message
    assert seen(known=frozenset({"workers", "budget"}))["BudgetAvailable"].status == "True"
    assert "BudgetAvailable" not in seen()


def test_an_autoscaler_says_itself_whether_it_scales():
    def scaler(*conditions):
        return {"metadata": {"name": "a"}, "status": {"conditions": list(conditions)}}

    assert scaler_state({"metadata": {"name": "a"}}) == ScalerState("a", None, "Unknown")
    assert scaler_state(scaler({"type": "AbleToScale", "status": "True"})).active is None
    for status, active in (("True", True), ("False", False)):
        said = scaler({"type": "ScalingActive", "status": status, "reason": "R"})
        assert scaler_state(said) == ScalerState("a", active, "R")
    waiting = seen(scalers=(ScalerState("a", None, "Unknown"),))
    assert (waiting["ScalingActive"].status, waiting["Ready"].status) == ("Unknown", "True")


def test_what_is_noticed_late_is_told_with_how_late():
    found = seen(late_knowledge=("handbook",), late_secrets=("helper-database",))
    for condition, name in (("KnowledgeReady", "ConfigMap handbook"), ("DependenciesReady", "Secret helper-database")):
        assert found[condition].status == "True"
        assert name in found[condition].message
        assert "10 minutes" in found[condition].message
    assert found["Ready"].message == "everything is in place"


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


@pytest.mark.parametrize("share", ["", " (1 of 2 pods)"])
def test_a_fault_of_some_pods_has_the_reason_and_the_remedy_that_it_has_of_all(share):
    found = seen(faults={"database": f"refuses the log-in{share}"})
    assert (found["DatabaseReady"].reason, "Stalled" in found) == ("WrongCredentials", True)
    assert f"it refuses the log-in{share}; " in found["DatabaseReady"].message


def test_an_api_that_is_down_is_not_called_silent_as_well():
    down = replace(SERVING, available=False, rolled_out=False)
    assert seen(silent=True)["Answering"].reason == "NotReported"
    assert "Answering" not in seen(silent=True, api=down, known=frozenset())


@pytest.mark.parametrize(("heard", "words"), [(True, "as it was last heard"), (False, "was not heard yet")])
def test_what_is_said_of_a_silent_api_tells_whether_it_ever_spoke(heard, words):
    assert words in seen(silent=True, heard=heard)["Answering"].message


def test_retention_is_told_only_while_it_fails_and_takes_nothing_from_ready():
    assert "RetentionEnforced" not in seen(retention=None)
    assert "RetentionEnforced" not in seen(retention=JobState("helper-retention-1", JobPhase.COMPLETE))
    found = seen(retention=JobState("helper-retention-1", JobPhase.FAILED, "RetentionFailed", "it said so"))
    told = found["RetentionEnforced"]
    assert (told.status, told.reason) == ("False", "RetentionFailed")
    assert "helper-retention-1 failed: it said so" in told.message and "the next night" in told.message
    assert found["Ready"].status == "True" and "it said so" in found["Ready"].message


@pytest.mark.parametrize("reason", ["WrongCredentials", "TimedOut", "BackoffLimitExceeded", ""])
def test_a_failed_retention_has_the_database_s_reason_if_it_is_its(reason):
    told = seen(retention=JobState("r", JobPhase.FAILED, reason, "m"))["RetentionEnforced"]
    assert told.reason == (reason if reason in ("WrongCredentials", "TimedOut") else "RetentionFailed")
