"""Limits that protect the process; exact counts per sender are taken where messages are stored."""

import math
from dataclasses import dataclass, field

from fte_agent.ports import Clock
from fte_runtime.errors import DataPlaneError, TooManyRequests

MAX_BODY_BYTES = 64 * 1024


class BodyTooLarge(DataPlaneError):
    """The request's body is over the limit."""


@dataclass(slots=True)
class Bucket:
    """A token bucket: ``per_minute`` on average, as many at once. One per channel and process."""

    clock: Clock
    per_minute: int
    _level: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._level = float(self.per_minute)
        self._at = self.clock.monotonic()

    def take(self) -> None:
        """Take one; raises `TooManyRequests` with the seconds until there is one again."""
        now = self.clock.monotonic()
        rate = self.per_minute / 60
        self._level = min(float(self.per_minute), self._level + (now - self._at) * rate)
        self._at = now
        if self._level < 1:
            raise TooManyRequests(max(1, math.ceil((1 - self._level) / rate)))
        self._level -= 1
