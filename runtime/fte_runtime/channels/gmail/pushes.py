"""Whether pushes come, seen by what they miss: mail of a watched label that a poll finds and no push told of.

A watch that holds proves nothing of the topic's subscription, and one that a person set cannot be asked for at all.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fte_runtime.channels.base import Cursors
from fte_runtime.channels.gmail.resources import Found
from fte_runtime.channels.gmail.settings import Settings
from fte_runtime.channels.parts import REGISTRATION, Report

ROLE = "gmail-unpushed"
HINTS = "gmail-hint"
PROMPT = timedelta(minutes=1)
"""A push may take as long: what a poll finds sooner shows nothing."""

LONG = timedelta(hours=24)
"""So far apart were the first and the latest mail without a push when that is told: one lost push is none."""


@dataclass(frozen=True, slots=True)
class Unpushed:
    """Mail that no push told of: when the ``first`` and the ``last`` came in. ``hint`` is the push that came before."""

    first: datetime
    last: datetime
    hint: str

    @classmethod
    def read(cls, text: str) -> "Unpushed":
        """What `str` wrote."""
        first, last, hint = text.split(" ", 2)
        return cls(datetime.fromisoformat(first), datetime.fromisoformat(last), hint)

    def __str__(self) -> str:
        return f"{self.first.isoformat()} {self.last.isoformat()} {self.hint}"

    def fault(self, hint: str) -> str | None:
        """What is to be told of it while the latest push is ``hint``."""
        if self.hint != hint or self.last - self.first < LONG:
            return None
        return (
            f"No push has come since {self.first:%Y-%m-%d %H:%M} UTC though mail has, so it is read up to five minutes "
            "late; check the watch, the topic and the push subscription to the API."
        )


class Pushes:
    """What is remembered of one mailbox's pushes."""

    def __init__(self, *, channel: str, settings: Settings, cursors: Cursors) -> None:
        self._channel = channel
        self._labels = frozenset(settings.label_ids)
        self._wanted = settings.pub_sub is not None
        self._cursors = cursors

    def tells(self, message: Found) -> bool:
        """Whether Gmail pushes for a message that history names."""
        return bool(message.labels & self._labels)

    async def missed(self, came: datetime) -> None:
        """A poll found a message that came in then, and no push."""
        text, hint = await self._cursors.read(self._channel, ROLE), await self._hint()
        before = Unpushed.read(text) if text else None
        again = before is not None and before.hint == hint
        after = replace(before, last=max(before.last, came)) if before and again else Unpushed(came, came, hint)
        if after != before:
            await self._cursors.move(self._channel, ROLE, before=text, after=str(after))

    async def fault(self) -> str | None:
        """What is wrong with them; None too where none are wanted."""
        text = await self._cursors.read(self._channel, ROLE) if self._wanted else None
        return Unpushed.read(text).fault(await self._hint()) if text else None

    async def _hint(self) -> str:
        return await self._cursors.read(self._channel, HINTS) or "-"


class PushesCheck:
    """For a mailbox whose watch a person set, or that has none."""

    def __init__(self, *, pushes: Pushes, report: Report) -> None:
        self._pushes = pushes
        self._report = report

    async def step(self) -> None:
        """Look, and tell."""
        await self._report(REGISTRATION, await self._pushes.fault())
