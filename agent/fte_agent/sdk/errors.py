"""Translates what the SDK and the provider's client raise, once, into `ModelFailed`."""

import openai
from agents.exceptions import AgentsException

from fte_agent.errors import ModelFailed

_RETRYABLE_STATUS = frozenset({408, 409, 425, 429})


def model_failed(error: Exception) -> ModelFailed:
    """The error as the turn's caller knows it. It names the kind alone: messages may repeat the input."""
    kind = type(error).__name__
    match error:
        case TimeoutError() | openai.APIConnectionError():
            return ModelFailed(f"the model did not answer: {kind}", retryable=True)
        case openai.APIStatusError(status_code=status):
            retryable = status >= 500 or status in _RETRYABLE_STATUS
            return ModelFailed(f"the model's endpoint answered {status}", retryable=retryable)
        case UnicodeEncodeError() | RecursionError():  # the SDK on half a surrogate pair, and on JSON nested too deep
            return ModelFailed(f"the model's answer could not be used: {kind}", retryable=False)
        case AgentsException():
            return ModelFailed(f"the model's answer could not be used: {kind}", retryable=True)
        case _:  # for one, an HTML page with status 200 is an AttributeError inside the SDK
            return ModelFailed(f"the model's endpoint gave no usable answer: {kind}", retryable=True)
