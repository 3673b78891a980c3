"""What stands on a Job or its pod may be anybody's: it is read, and nothing else happens."""

from datetime import UTC, datetime

import pytest

from fte_operator.reconcile import jobs
from fte_operator.status.observed import JobPhase, JobState
from fte_operator.workqueue import LAST_RETRY_SECONDS

DEEP, LONG = "[" * 9_999, "9" * 5_000


@pytest.mark.parametrize(
    ("note", "attempt"),
    [
        ('{"attempt": 2}', 3),
        ("{}", 1),
        ('{"attempt": "many"}', 1),
        ('{"attempt": [1]}', 1),
        ('{"attempt": Infinity}', 1),
        ('{"attempt": ' + LONG + "}", 1),
        ('{"attempt": ' + LONG[:4300] + "}", 1),
        ('{"attempt": "' + LONG + '"}', 1),
        (DEEP, 1),
        ("[]", 1),
    ],
)
def test_a_note_on_a_job_is_a_number_or_nothing(note, attempt):
    found = jobs._previous({"metadata": {"annotations": {jobs.PREVIOUS: note}}})
    assert jobs._attempt(found) == attempt


@pytest.mark.parametrize("words", [DEEP, LONG, '{"reason": ' + LONG + "}", "cut {"])
def test_a_pod_s_last_words_are_a_reason_or_nothing(words):
    assert jobs._parsed(words) is None


async def test_a_pod_that_ran_out_of_memory_says_what_to_raise(monkeypatch):
    terminated = {"exitCode": 137, "reason": "OOMKilled", "message": '{"reason": "Ingested", "message": "x"}'}
    pod = {"status": {"containerStatuses": [{"state": {"terminated": terminated}}]}}

    async def pods_of(*_):
        return [pod]

    monkeypatch.setattr(jobs.stuck, "pods_of", pods_of)
    state = await jobs.with_own_words(None, {}, JobState("j", JobPhase.FAILED, "BackoffLimitExceeded", "failed"))
    assert "spec.worker.resources.limits.memory" in state.message and "OOMKilled" in state.message


@pytest.mark.parametrize(("volumes", "again"), [([{"persistentVolumeClaim": {}}], True), ([{"configMap": {}}], False)])
def test_a_faulty_document_is_read_again_where_it_can_change_without_notice(volumes, again):
    job = {"spec": {"template": {"spec": {"volumes": volumes}}}}
    state = JobState("j", JobPhase.FAILED, "InvalidSource", "manual/a.json:1: is no JSON")
    wait = jobs._seconds_to_wait(state, 1, datetime.now(UTC), on_volume=jobs._reads_volume(job))
    assert wait == (LAST_RETRY_SECONDS if again else None)
