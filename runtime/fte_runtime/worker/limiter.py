"""The window: how far ingest may run ahead of answering.

Bounding intake by unanswered conversations, not by turns, lets a burst arrive whole before its turn.
"""

from collections.abc import Sequence
from uuid import UUID

from fte_agent.ports import Clock, TicketStore

REFRESH_SECONDS = 2.0


class IngestLimiter:
    """The unanswered conversations this worker took in, oldest first."""

    def __init__(self, limit: int, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._mine: dict[UUID, None] = {}
        self._full = False
        self._refreshed = clock.monotonic()

    def __len__(self) -> int:
        return len(self._mine)

    @property
    def conversations(self) -> Sequence[UUID]:
        """In the order they were taken in."""
        return list(self._mine)

    @property
    def full(self) -> bool:
        """True from the limit on, until half of it is answered."""
        return self._full

    def add(self, conversation: UUID) -> None:
        """A message of it was stored."""
        self._mine[conversation] = None
        if len(self._mine) >= self._limit:
            self._full = True

    def discard(self, conversation: UUID) -> None:
        """It was answered."""
        self._mine.pop(conversation, None)
        if len(self._mine) <= self._limit // 2:
            self._full = False

    async def refresh(self, tickets: TicketStore) -> None:
        """Forget what others answered or took over, asking at most every `REFRESH_SECONDS`."""
        now = self._clock.monotonic()
        if not self._mine or now - self._refreshed < REFRESH_SECONDS:
            return
        self._refreshed = now
        asked = list(self._mine)
        waiting = await tickets.unanswered(asked)
        for conversation in asked:
            if conversation not in waiting:
                self.discard(conversation)
