"""What an endpoint says a request has used, in the words of either API."""

import json
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

from fte_agent.domain.turns import Usage

MOST_TOKENS = 100_000_000
"""Of one request; who says more, or less than none, says nothing."""


def usage_of(raw: object) -> Usage:
    """The tokens in an answer's ``usage``, unknown where it does not say."""
    if not isinstance(raw, Mapping):
        return Usage()
    details = raw.get("input_tokens_details") or raw.get("prompt_tokens_details")
    return Usage(
        _tokens(raw, "input_tokens", "prompt_tokens"),
        _tokens(raw, "output_tokens", "completion_tokens"),
        _tokens(details, "cached_tokens") if isinstance(details, Mapping) else None,
    )


def usage_in(body: bytes | None) -> Usage:
    """The tokens that a whole answer of the API says it used."""
    try:
        told = json.loads(body or b"")
    except (ValueError, RecursionError):
        return Usage()
    return usage_of(told.get("usage")) if isinstance(told, dict) else Usage()


def summed(usages: Iterable[Usage]) -> Usage:
    """All together; unknown if there is none."""
    first, *rest = [*usages] or [Usage()]
    return reduce(Usage.plus, rest, first)


def _tokens(raw: Mapping[str, Any], *names: str) -> int | None:
    tokens = next((raw[name] for name in names if name in raw), None)
    if not isinstance(tokens, int) or isinstance(tokens, bool) or not 0 <= tokens <= MOST_TOKENS:
        return None
    return tokens
