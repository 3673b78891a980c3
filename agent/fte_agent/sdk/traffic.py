"""A model's traffic as values: what was asked by its digest, and what came back. For who records or replays it."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

_NAMES = frozenset({"id", "call_id", "tool_call_id"})


class NoAnswer(StrEnum):
    """Why a request got no answer. ``OVER``: the time of the run that it belonged to was up."""

    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: a status with the headers that count and the body, None where that was too long.

    ``fault`` stands in the place of all that where nothing came back.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = b""
    fault: NoAnswer | None = None


class Traffic(Protocol):
    """Stands between the client and the endpoint."""

    async def exchange(self, asked: str, ask: Callable[[], Awaitable[Answered]]) -> Answered | None:
        """The answer to the request of that digest, from ``ask`` or from elsewhere; None where there is none."""


def digest(method: str, path: str, body: bytes) -> str:
    """The same for the same request, wherever its endpoint is and whenever it is made.

    Neither headers nor the order of a body's keys count. Of the names that an endpoint gave its own calls, others in
    each run, counts which are the same.
    """
    try:
        told = json.dumps(_named_anew(json.loads(body), {}), sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        told = body
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), told))).hexdigest()


def _named_anew(told: Any, names: dict[str, str]) -> Any:
    """``told`` with its names of calls numbered as they come."""
    if isinstance(told, list):
        return [_named_anew(each, names) for each in told]
    if not isinstance(told, dict):
        return told
    return {
        key: names.setdefault(value, f"#{len(names)}")
        if key in _NAMES and isinstance(value, str)
        else _named_anew(value, names)
        for key, value in sorted(told.items())
    }
