"""Role sessions: what a frozen worker or API has locked in the database comes free.

No singleton: the one that is frozen may hold the right to it.
"""

import logging
from typing import Protocol

from fte_runtime.worker.loop import Loop

logger = logging.getLogger(__name__)

PERIOD_SECONDS = 5.0


class SessionStore(Protocol):
    """The sessions of the store."""

    async def end(self) -> list[str]:
        """End those whose client fell silent; the program of each."""


class Sessions:
    """Looks every `PERIOD_SECONDS`."""

    def __init__(self, *, sessions: SessionStore, loop: Loop) -> None:
        self._sessions = sessions
        self._loop = loop

    async def run(self) -> None:
        """Look until told to stop."""
        await self._loop.run(self.step)

    async def step(self) -> bool:
        """Look once; False, for there is nothing more to do."""
        for program in await self._sessions.end():
            logger.warning("session of a silent client ended", extra={"program": program})
        return False
