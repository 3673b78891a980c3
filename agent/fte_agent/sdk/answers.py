"""What an endpoint's answer is, before a client that trusts its shape reads it."""

import json
from collections.abc import Mapping
from typing import Any

from fte_agent.sdk.errors import CutAnswer, FailedAnswer, UnusableAnswer

_CUT = frozenset({"length", "content_filter"})


def examine(body: bytes) -> None:
    """Let an answer of either API pass, whole or refusing; the client reads a page and an empty body as text.

    Raises:
        UnusableAnswer: it is no answer of either API.
        FailedAnswer: it says that it came to nothing.
        CutAnswer: the model's answer is not whole.
    """
    told = told_in(body)
    if isinstance(told.get("output"), list):
        return _examine_response(told)
    choices = told.get("choices")
    if not (isinstance(choices, list) and choices and isinstance(choices[0], dict)):
        raise UnusableAnswer("the answer has neither output nor choices")
    if not isinstance(choices[0].get("message"), dict):
        raise UnusableAnswer("the answer has no message")
    if choices[0].get("finish_reason") in _CUT:
        raise CutAnswer("the answer was cut")
    return None


def told_in(body: bytes) -> Mapping[str, Any]:
    """The object that an answer is, and no error.

    Raises:
        UnusableAnswer: it is none.
        FailedAnswer: it is an error, as hosts between us and a provider tell with status 200.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise UnusableAnswer("the answer is no JSON") from None
    if not isinstance(told, dict):
        raise UnusableAnswer("the answer is no object")
    if isinstance(error := told.get("error"), dict):
        raise FailedAnswer(*error_code(error))
    return told


def _examine_response(told: Mapping[str, Any]) -> None:
    if told.get("status") == "failed":
        raise FailedAnswer
    if told.get("status") == "incomplete":
        raise CutAnswer("the answer was cut")


def error_code(error: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """An error's code: a word, or with some hosts a status of HTTP."""
    code = error.get("code")
    if isinstance(code, int) and not isinstance(code, bool):
        return None, code
    return (code, None) if isinstance(code, str) else (None, None)
