"""A form's JSON, read at a cost that its length bounds."""

import json
import re

from pydantic_core import from_json

from fte_agent.inbound.faults import InvalidMessage, invalid

MAX_COMMAS = 5000
"""More than a form's texts hold at their limits; what bounds the values that a reader makes of it."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def read_json(raw: bytes) -> object:
    """What is in JSON. Half a surrogate pair, such as an emoji that a script cut in two, becomes ``?`` later on.

    RFC 8259 §8.2 leaves it to the reader; the fast one here refuses it, so the lenient one has the second word.

    Raises:
        InvalidMessage: it is no JSON, or holds thousands of values.
    """
    if raw.count(b",") > MAX_COMMAS:
        raise invalid("body", f"must have at most {MAX_COMMAS} commas", "too_many_values")
    try:
        return from_json(raw, cache_strings="keys")
    except ValueError:
        if _SURROGATE.search(raw) is None:
            raise _no_json() from None  # the parser's error quotes the form
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise _no_json() from None


def _no_json() -> InvalidMessage:
    return invalid("body", "must be valid JSON", "invalid_json")
