"""What a mailbox costs of Google's quota: https://developers.google.com/workspace/gmail/api/reference/quota.

A user of a project made since May 2026 has 6,000 units a minute (before: 15,000, and reading was cheaper). Reading can
wait, a reply should not: what runs in the background spends at most `PER_MINUTE` of them, so that what is left always
sends.
"""

import asyncio
from collections.abc import Awaitable, Callable
from secrets import SystemRandom

from fte_agent.ports import Clock

PROFILE, HISTORY, LIST, GET, THREAD, SEND, WATCH, STOP, ALIASES = 1, 2, 5, 20, 40, 100, 100, 50, 1
"""Units of a request."""

PER_MINUTE = 3000
BURST = 1000
"""Units that may be spent at once after a rest: fifty mails."""

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 64.0
"""Seconds to wait after a refusal, doubled with each: https://developers.google.com/workspace/gmail/api/guides/handle-errors."""

_random = SystemRandom()


class Pace:
    """Spends units evenly, by everybody who shares it; ``sleep`` waits so many seconds."""

    def __init__(self, clock: Clock, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._clock = clock
        self._sleep = sleep
        self._left = float(BURST)
        self._at = clock.monotonic()
        self._refused = self._too_much = 0
        self._turn = asyncio.Lock()

    async def spend(self, units: int) -> None:
        """Return once they may be spent."""
        async with self._turn:
            if (lacking := units - self._now()) > 0:
                await self._sleep(lacking * 60 / PER_MINUTE)
                self._now()
            self._left -= units

    def taken(self, units: int) -> None:
        """Google took a request of so many; a smaller one than it refused proves nothing."""
        if units >= self._too_much:
            self._refused = self._too_much = 0

    def refused(self, units: int, retry_after: float | None) -> float:
        """Google refused one for its quota: seconds to wait, what it asks for at least; never the same for all."""
        self._too_much = units
        pause: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._refused, 10))
        self._refused += 1
        return max(pause, retry_after or 0.0) * _random.uniform(1, 1.25)

    def _now(self) -> float:
        now = self._clock.monotonic()
        self._left = min(float(BURST), self._left + (now - self._at) * PER_MINUTE / 60)
        self._at = now
        return self._left
