import json

import pytest

from fte_operator.cluster import errors


def classify(status, message="", headers=None, **fields):
    body = json.dumps({"kind": "Status", "message": message, **fields}).encode()
    return errors.classify("PATCH /x", status, body, headers or {})


@pytest.mark.parametrize(
    ("status", "expected", "retryable"),
    [
        (400, errors.Invalid, False),
        (401, errors.Forbidden, False),
        (403, errors.Forbidden, False),
        (404, errors.NotFound, True),
        (409, errors.Conflict, True),
        (422, errors.Invalid, False),
        (429, errors.Throttled, True),
        (500, errors.ServerError, True),
        (503, errors.ServerError, True),
    ],
)
def test_a_status_has_one_class(status, expected, retryable):
    error = classify(status, "because")
    assert type(error) is expected
    assert error.retryable is retryable
    assert str(error) == f"PATCH /x: {status} because"


def test_an_untyped_patch_is_the_objects_fault_although_it_comes_as_500():
    assert type(classify(500, 'failed to create typed patch object (x; apps/v1): unknown field "y"')) is errors.Invalid


def test_a_terminating_namespace_is_told_from_a_missing_right():
    details = {"causes": [{"reason": "NamespaceTerminating", "message": "…"}]}
    assert type(classify(403, details=details)) is errors.NamespaceTerminating


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_asked_for_is_kept(status):
    error = classify(status, headers={"Retry-After": "7"})
    assert isinstance(error, errors.Throttled)
    assert error.retry_after == 7


def test_an_answer_that_is_no_status_object_is_quoted():
    error = errors.classify("GET /x", 502, b"<html>bad gateway", {})
    assert str(error) == "GET /x: 502 <html>bad gateway"
