"""A model's traffic as values: what was asked by its digest, and what came back. For who records or replays it."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


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
    """The same for the same request, wherever its endpoint is: neither headers nor the order of a body's keys count."""
    try:
        told = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        told = body
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), told))).hexdigest()
