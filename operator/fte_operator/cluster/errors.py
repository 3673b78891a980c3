"""Answers of the API server, classified once.

ClusterError
├── Unreachable         no answer within the deadline, or no connection
├── NotFound            404
├── Conflict            409: exists already, or changed since it was read
├── Invalid             400, 422, and 500 "failed to create typed patch object": the object is wrong
├── Forbidden           401, 403
│   └── NamespaceTerminating   403: nothing can be created there any more
├── Throttled           429 or 503 with Retry-After, in `retry_after` seconds
└── ServerError         any other 5xx
"""

import json
from collections.abc import Mapping
from typing import Any

from fte_operator.errors import OperatorError

_TYPED_PATCH = "failed to create typed patch object"


class ClusterError(OperatorError):
    """Base of this family; the message is the server's, with verb and object before it."""

    reason = "APIServerError"


class Unreachable(ClusterError):
    """No connection, or no answer within the deadline."""

    reason = "APIServerUnreachable"


class NotFound(ClusterError):
    """The object, its namespace or its kind does not exist."""


class TooLarge(ClusterError):
    """More was found than is read; the message names the path, `remedy` what makes it less."""

    reason = "TooLarge"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class Conflict(ClusterError):
    """It exists already, or changed since it was read."""


class Invalid(ClusterError):
    """The server refuses the object itself; the same again cannot succeed."""

    retryable = False


class Forbidden(ClusterError):
    """Missing rights; the message names verb and resource."""

    retryable = False


class NamespaceTerminating(Forbidden):
    """The namespace is on its way out: nothing is created there, and nothing needs to be."""


class Throttled(ClusterError):
    """The server asks for a pause."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ServerError(ClusterError):
    """The server failed; the same may work later."""


_BY_STATUS: dict[int, type[ClusterError]] = {
    401: Forbidden,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    410: Conflict,
}


def classify(what: str, status: int, body: bytes, headers: Mapping[str, str]) -> ClusterError:
    """The error for an answer with a status of 400 or more; `what` is verb and object, for the message."""
    answer = _status_object(body)
    message = f"{what}: {status} {answer.get('message') or body[:200].decode(errors='replace')}"
    retry_after = headers.get("Retry-After", "")
    if status == 429 or (status == 503 and retry_after.isdigit()):
        return Throttled(message, float(retry_after) if retry_after.isdigit() else 1.0)
    if status == 403 and _is_terminating(answer):
        return NamespaceTerminating(message)
    if status in (400, 422) or _TYPED_PATCH in str(answer.get("message")):
        return Invalid(message)
    return _BY_STATUS.get(status, ServerError)(message)


def _status_object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _is_terminating(answer: Mapping[str, Any]) -> bool:
    causes = (answer.get("details") or {}).get("causes") or []
    return any(cause.get("reason") == "NamespaceTerminating" for cause in causes)
