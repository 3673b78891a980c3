"""What stands on a Job or its pod may be anybody's: it is read, and nothing else happens."""

import pytest

from fte_operator.reconcile import jobs

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
