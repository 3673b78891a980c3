"""Gmail's pushes, asked for and renewed: https://developers.google.com/workspace/gmail/api/guides/push.

A watch ends after seven days without a word; Google says to renew it daily.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import SystemRandom

from fte_agent.ports import Clock
from fte_runtime.channels.base import Cursors
from fte_runtime.channels.gmail.account import Account
from fte_runtime.channels.gmail.failures import GmailError, NoAnswer, Unreachable
from fte_runtime.channels.gmail.pushes import Pushes
from fte_runtime.channels.gmail.reading import SENT
from fte_runtime.channels.parts import REGISTRATION, Report
from fte_runtime.errors import public_sentence

ROLE = "gmail-watch"
PERIOD_SECONDS = 60.0
RENEWED_AFTER = timedelta(hours=24)
JITTER = timedelta(hours=2)
"""At most how much earlier a watch is renewed, so that what was registered together is not renewed together."""

WORRYING = timedelta(hours=48)
"""A watch that ends sooner, and could not be renewed, is told."""

_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class Watched:
    """When a watch is renewed, and when it ends. ``asked`` stands for what was asked for; empty where nobody noted."""

    renew: datetime
    expires: datetime
    asked: str = ""

    @classmethod
    def read(cls, text: str) -> "Watched":
        """What `str` wrote."""
        renew, expires, *asked = text.split(" ")
        return cls(datetime.fromisoformat(renew), datetime.fromisoformat(expires), "".join(asked))

    def __str__(self) -> str:
        return f"{self.renew.isoformat()} {self.expires.isoformat()} {self.asked}".rstrip()


class Watch:
    """A singleton; whoever has the right finds in the store when the next one is due.

    What is sent is watched, too: a colleague's answer stops ours, and would else be known at the next poll only.
    """

    role = ROLE
    period = PERIOD_SECONDS

    def __init__(
        self,
        *,
        channel: str,
        account: Account,
        topic: str,
        cursors: Cursors,
        report: Report,
        clock: Clock,
        pushes: Pushes,
    ) -> None:
        self.key = channel
        self._pushes = pushes
        self._account = account
        self._topic = topic
        self._cursors = cursors
        self._report = report
        self._clock = clock

    async def step(self) -> None:
        """Renew it if it is time, or if it is another that is wanted by now."""
        text = await self._cursors.read(self.key, ROLE)
        watched = Watched.read(text) if text else None
        now, asked = self._clock.now(), self._asked()
        other = watched is not None and watched.asked not in ("", asked)
        if watched is not None and not other and now < watched.renew:
            await self._report(REGISTRATION, await self._pushes.fault())
            return
        try:
            if other:  # Gmail refuses a second topic while the first is pushed to
                await self._account.stop()
                watched = None
            expires = (await self._account.watch(self._topic, also=(SENT,))).expires
        except GmailError as error:
            if watched is None or watched.expires - now < WORRYING:
                await self._report(REGISTRATION, f"Pushes cannot be asked for: Gmail {public_sentence(error)}.")
            if not isinstance(
                error, NoAnswer | Unreachable
            ):  # a refusal stands, and each request costs what a reply does
                error.retry_after = max(error.retry_after or 0.0, PERIOD_SECONDS)
            raise
        renewed = Watched(now + RENEWED_AFTER - _random.random() * JITTER, expires, asked)
        await self._cursors.move(self.key, ROLE, before=text, after=str(renewed))
        await self._report(REGISTRATION, await self._pushes.fault())

    def _asked(self) -> str:
        told = json.dumps(self._account.watching(self._topic, also=(SENT,)), sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]
