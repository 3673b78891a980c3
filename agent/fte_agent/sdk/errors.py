"""Translates what the SDK and the provider's client raise, once, into `ModelFailed`.

Everything that says nothing of this conversation is ``retryable``: the conversation waits, and goes to a person at the
deadline of an answer. A request refused for what it holds and an answer that was paid for count as attempts.
"""

import openai
from agents.exceptions import ModelTimeoutError

from fte_agent.errors import ModelFailed, ModelFault

_BY_STATUS = {
    401: ModelFault.CREDENTIALS,
    402: ModelFault.QUOTA,
    403: ModelFault.CREDENTIALS,
    404: ModelFault.MISCONFIGURED,
    405: ModelFault.MISCONFIGURED,
    408: ModelFault.TIMEOUT,
    409: ModelFault.UNAVAILABLE,
    425: ModelFault.UNAVAILABLE,
    429: ModelFault.RATE_LIMITED,
    501: ModelFault.MISCONFIGURED,
    504: ModelFault.TIMEOUT,
}
_BY_CODE = {
    "rate_limit_exceeded": ModelFault.RATE_LIMITED,
    "slow_down": ModelFault.RATE_LIMITED,
    "server_error": ModelFault.UNAVAILABLE,
    "server_is_overloaded": ModelFault.UNAVAILABLE,
    "invalid_api_key": ModelFault.CREDENTIALS,
    "invalid_prompt": ModelFault.REJECTED,
    "content_filter": ModelFault.REJECTED,
    "content_policy_violation": ModelFault.REJECTED,
    "context_length_exceeded": ModelFault.REJECTED,
    "model_not_found": ModelFault.MISCONFIGURED,
    "unsupported_parameter": ModelFault.MISCONFIGURED,
    "unsupported_value": ModelFault.MISCONFIGURED,
    "unknown_parameter": ModelFault.MISCONFIGURED,
    "invalid_function_parameters": ModelFault.MISCONFIGURED,
    "insufficient_quota": ModelFault.QUOTA,
    "credit_balance_exhausted": ModelFault.QUOTA,
    "organization_spend_limit_exceeded": ModelFault.QUOTA,
    "project_spend_limit_exceeded": ModelFault.QUOTA,
    "organization_usage_limit_exceeded": ModelFault.QUOTA,
    "billing_hard_limit_reached": ModelFault.QUOTA,
}
"""https://developers.openai.com/api/docs/guides/error-codes; the type of an error may be one of them, too."""


class UnusableAnswer(openai.OpenAIError):
    """What came with a status of success is no answer of the API; nothing says that a model was asked."""


class CutAnswer(openai.OpenAIError):
    """The model's answer ended before it was whole: out of tokens, or withheld by a filter."""


class FailedAnswer(openai.OpenAIError):
    """An answer with a status of success says that it came to nothing. ``status`` is None where it gives none."""

    def __init__(self, code: str | None = None, status: int | None = None) -> None:
        super().__init__("the answer says that it failed")
        self.code = code
        self.status = status


class Unpaid(openai.OpenAIError):
    """A request was not made, for what the ledger said or that it said nothing: ``reason`` is its own error.

    The client hands on what is an error of its own; of any other it makes a lost connection, and of the model's
    endpoint a broken one.
    """

    def __init__(self, reason: Exception) -> None:
        super().__init__("the request was not paid for")
        self.reason = reason


def model_failed(error: Exception) -> ModelFailed:
    """The error as the turn's caller knows it. It names the kind alone: messages may repeat the input."""
    kind = type(error).__name__
    match error:
        case TimeoutError() | ModelTimeoutError() | openai.APITimeoutError():
            return _waits(f"the model did not answer: {kind}", ModelFault.TIMEOUT)
        case openai.APIConnectionError():
            return _waits(f"the model did not answer: {kind}", ModelFault.UNAVAILABLE)
        case openai.APIStatusError(status_code=status):
            return _refused(f"the model's endpoint answered {status}", _fault(status, error.code, error.type))
        case FailedAnswer(status=status):
            return _refused("the model's endpoint said that it failed", _fault(status, error.code))
        case CutAnswer() | UnicodeEncodeError() | RecursionError():
            # the SDK fails on half a surrogate pair and on JSON nested too deep in what a model said
            return ModelFailed(f"the model's answer could not be used: {kind}")
        case _:
            return _waits(f"the model's answer could not be used: {kind}", ModelFault.UNUSABLE)


def _waits(message: str, reason: ModelFault) -> ModelFailed:
    return ModelFailed(message, retryable=True, reason=reason)


def _refused(message: str, reason: ModelFault) -> ModelFailed:
    return ModelFailed(message, retryable=reason is not ModelFault.REJECTED, reason=reason)


def _fault(status: int | None, *words: str | None) -> ModelFault:
    """What an error's code and type say, and otherwise its status, which says all of a server's own errors."""
    if status is None or status < 500:
        for word in words:
            if isinstance(word, str) and word in _BY_CODE:
                return _BY_CODE[word]
    if status is None or status >= 500:
        return _BY_STATUS.get(status or 500, ModelFault.UNAVAILABLE)
    return _BY_STATUS.get(status, ModelFault.MISCONFIGURED if status < 400 else ModelFault.REJECTED)
