"""What is seen of something that may answer late, or not at all: it is never taken for well because nobody looked."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from fte_agent.ports import Clock
from fte_runtime.errors import is_retryable, public_sentence
from fte_runtime.logs import redact

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How long one who asks waits for a look. The checks before take up to 1.5 s, and the operator waits 3 s for all."""

END_SECONDS = 6.0
"""A look that takes longer is ended."""

AGAIN_SECONDS = 5.0
"""How long after a look that came late, or saw nothing, the next one comes by itself."""

SEEN_SECONDS = 15.0
"""For how long what was seen stands for now, and for how long it may be looked in vain before that is a fault."""

_MESSAGE_LIMIT = 300

T = TypeVar("T")


class Sight(Generic[T]):
    """Looks when asked, and goes on by itself while looks come late or fail; ``what`` names it for people."""

    def __init__(self, what: str, look: Callable[[], Awaitable[T]], clock: Clock) -> None:
        self.what = what
        self._see = look
        self._clock = clock
        self._seen: T | None = None
        self._at = 0.0
        self._vain: float | None = None
        self._why = "takes too long"
        self._logged: str | None = None
        self._wanted = True
        self._asked, self._ended = asyncio.Event(), asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def now(self, reachable: bool = True) -> T | None:
        """What is seen, at most `SEEN_SECONDS` old; None while it is not known, which `lost` tells after a while.

        What it is seen through is not ``reachable``: that is told elsewhere, and afterwards it is looked as at first.
        """
        self._wanted = reachable
        if not reachable:
            self._vain = None
            return None
        ended = self._ended
        self._asked.set()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on(), name=self.what)
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await ended.wait()
        return self._seen if self._clock.monotonic() - self._at <= SEEN_SECONDS else None

    @property
    def lost(self) -> str | None:
        """Why nothing was seen for `SEEN_SECONDS`, in words that anybody may read."""
        vain = self._wanted and self._vain is not None and self._clock.monotonic() - self._vain > SEEN_SECONDS
        return self._why if vain else None

    async def aclose(self) -> None:
        """End a look that still runs."""
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking

    async def _look_on(self) -> None:
        """Until one look is well and in time, or nobody wants to know."""
        while True:
            self._asked.clear()
            in_time = await self._look()
            ended, self._ended = self._ended, asyncio.Event()
            ended.set()
            if in_time or not self._wanted:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_SECONDS):
                    await self._asked.wait()

    async def _look(self) -> bool:
        began = self._clock.monotonic()
        if self._vain is None:
            self._vain = began
        try:
            async with asyncio.timeout(END_SECONDS):
                self._seen = await self._see()
        except Exception as error:
            if self._failed(error) and not is_retryable(error):
                logger.exception("look failed unexpectedly", extra={"what": self.what})
            return False
        self._at, self._vain, self._logged = began, None, None
        return self._clock.monotonic() - began < LOOK_SECONDS

    def _failed(self, error: Exception) -> bool:
        """Keep why, and log it once a change; whether it is news and no mere time-out."""
        late = isinstance(error, TimeoutError)
        self._why = "does not answer in time" if late else public_sentence(error)
        said = redact(f"{type(error).__name__}: {error}")[:_MESSAGE_LIMIT]
        before, self._logged = self._logged, said
        if said != before:
            logger.warning("not seen", extra={"what": self.what, "error": said})
        return said != before and not late


def unseen(sights: Iterable[Sight[Any]]) -> str | None:
    """One sentence for all that are lost; None if none is."""
    lost = [f"{sight.what} ({why})" for sight in sights if (why := sight.lost)]
    return f"cannot be seen: {', '.join(lost)}" if lost else None
