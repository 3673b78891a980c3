"""Quota units: https://developers.google.com/workspace/gmail/api/reference/quota (projects made since May 2026)."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from doubles.google.refusals import Refusal

UNITS = {
    "profile": 1,
    "watch": 100,
    "stop": 50,
    "history": 2,
    "list": 5,
    "get": 20,
    "send": 100,
    "thread": 40,
    "aliases": 1,
}
MINUTE = 60.0
EXCEEDED = "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'"


@dataclass
class Quota:
    """Units of each mailbox in the running minute. ``status`` of the refusal is 403 or 429: Google gives both."""

    clock: Callable[[], float]
    per_minute: int = 6000
    status: int = 403
    reason: str = "rateLimitExceeded"
    used: dict[str, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))

    def take(self, mailbox: str, operation: str) -> Refusal | None:
        """Count an operation; the refusal when it is one too many, which costs nothing."""
        now, units = self.clock(), UNITS[operation]
        kept = [(at, cost) for at, cost in self.used[mailbox] if now - at < MINUTE]
        if sum(cost for _, cost in kept) + units > self.per_minute:
            return Refusal(self.status, self.reason, EXCEEDED)
        self.used[mailbox] = [*kept, (now, units)]
        return None

    def spent(self, mailbox: str) -> int:
        """Units of the running minute."""
        return sum(cost for at, cost in self.used[mailbox] if self.clock() - at < MINUTE)
