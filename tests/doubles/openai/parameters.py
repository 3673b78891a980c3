"""Names and kinds of parameters, as the vendor's own types have them (tests/contract/test_openai_double.py)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doubles.openai.refusals import invalid, unknown, unsupported, wrong_type

_RESPONSES = """
access_programs background background_options context_management conversation image include input instructions
max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt
prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream
stream_options temperature text tool_choice tools top_logprobs top_p truncation user
"""
_CHAT = """
audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages
metadata modalities model moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key
prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier
stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options
"""
RESPONSES = frozenset(_RESPONSES.split())
CHAT = frozenset(_CHAT.split())
EMBEDDINGS = frozenset({"dimensions", "encoding_format", "input", "model", "user"})

BOOLEANS = ("store", "stream", "parallel_tool_calls", "background")
LEAST_OUTPUT_TOKENS = 16
ONLY_WITH_TOOLS = ("tool_choice", "parallel_tool_calls")


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this endpoint takes. Each parameter that it lacks is refused by name; a route, with 404.

    ``foreign_calls``: calls in the input that its own model did not make, which some hosts refuse for want of a
    signature. ``max_tokens``: Chat Completions' bound under its old name, which newer models refuse.
    """

    responses: bool = True
    chat: bool = True
    embeddings: bool = True
    store: bool = True
    parallel_tool_calls: bool = True
    tool_choice: bool = True
    prompt_cache_key: bool = True
    max_tokens: bool = True
    foreign_calls: bool = True


def check_parameters(body: Mapping[str, Any], known: frozenset[str], able: Capabilities) -> None:
    """Refuse a parameter that nobody knows, that this endpoint lacks, or whose kind is wrong."""
    for name in body:
        if name not in known:
            raise unknown(name)
    for name in ("store", "parallel_tool_calls", "tool_choice", "prompt_cache_key", "max_tokens"):
        if name in body and not getattr(able, name):
            raise unsupported(name)
    for name in BOOLEANS:
        if name in body and not isinstance(body[name], bool | None):
            raise wrong_type(name, "a boolean")
    temperature = body.get("temperature")
    if temperature is not None and not (isinstance(temperature, int | float) and 0 <= temperature <= 2):
        raise invalid("Invalid 'temperature': expected a number between 0 and 2.", "temperature")
    for name in ONLY_WITH_TOOLS:
        if body.get(name) not in (None, "none", "auto") and not body.get("tools"):
            raise invalid(f"'{name}' is only allowed when 'tools' are specified.", name)
    for name in ("max_output_tokens", "max_tokens", "max_completion_tokens"):
        _check_bound(name, body.get(name))
    if "stream_options" in body and not body.get("stream"):
        raise invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")


def check_choice(choice: Any, names: set[str]) -> None:
    """Refuse a tool choice that is no word of the API and names no tool."""
    if isinstance(choice, str) and choice in ("none", "auto", "required"):
        return
    named = choice.get("function", choice).get("name") if isinstance(choice, Mapping) else None
    if named not in names:
        raise invalid("Invalid value for 'tool_choice': no such tool.", "tool_choice")


def _check_bound(name: str, bound: Any) -> None:
    if bound is None:
        return
    if not isinstance(bound, int) or isinstance(bound, bool):
        raise wrong_type(name, "an integer")
    least = LEAST_OUTPUT_TOKENS if name == "max_output_tokens" else 1
    if bound < least:
        said = f"Invalid '{name}': integer below minimum value. Expected a value >= {least}, but got {bound} instead."
        raise invalid(said, name, "integer_below_min_value")
