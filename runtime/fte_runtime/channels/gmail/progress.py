"""How a mailbox's reading goes, kept in the store: whoever reads it may hang, die or be another by now.

The sync writes it, and the channel's check, which may run elsewhere, tells of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fte_agent.ports import Clock
from fte_runtime.channels.base import Cursors
from fte_runtime.channels.gmail.failures import GmailError, NoCredentials, Rejected
from fte_runtime.channels.gmail.health import tell_refused
from fte_runtime.channels.parts import READ, SYNC, Report
from fte_runtime.errors import public_sentence
from fte_runtime.failures import sentence

TROUBLE = "gmail-trouble"
STALE = timedelta(minutes=15)
"""Three polls: a mailbox that was not read to its end for longer is told."""

GRACE = timedelta(minutes=1)
"""A worker that just started, as after a pause, has this long for its first reading."""


@dataclass(frozen=True, slots=True)
class Progress:
    """``read``: the mailbox was read to its end as it was then, or that was first tried then.

    ``resync``: history does not reach back so far, so that the inbox is listed. ``error`` is the last one since, in
    words that anybody may read, empty for none.
    """

    read: datetime
    resync: bool = False
    error: str = ""

    @classmethod
    def of(cls, read: str, trouble: str | None) -> "Progress":
        """From what is in the store, ``trouble`` as in `trouble`."""
        way, _, error = (trouble or "").partition(" ")
        return cls(datetime.fromisoformat(read), way == "list", error)

    @property
    def trouble(self) -> str:
        """What keeps it from its end, for the store."""
        return f"{'list' if self.resync else 'history'} {self.error}"

    def fault(self, now: datetime) -> str | None:
        """What is to be told of it."""
        since = f"{self.read:%Y-%m-%d %H:%M} UTC"
        if self.resync:
            said = f"; {self.error}" if self.error else ""
            return f"Gmail's history does not reach back to {since}; all mail since then is listed and read{said}."
        if now - self.read <= STALE:
            return None
        return f"The mailbox has not been read to its end since {since}: {self.error or 'the reading takes too long'}."


class Reading:
    """What the sync tells of each of its readings."""

    def __init__(self, *, channel: str, cursors: Cursors, report: Report, clock: Clock) -> None:
        self._channel = channel
        self._cursors = cursors
        self._report = report
        self._clock = clock
        self._began = clock.now()

    async def resyncs(self) -> None:
        """History is too old."""
        await self._keep(resync=True)

    async def failed(self, error: Exception) -> None:
        """It did not come to its end, and is tried again."""
        if isinstance(error, NoCredentials | Rejected):
            await tell_refused(self._report, error)
        await self._keep(error=_why(error))

    async def ended(self, began: datetime) -> None:
        """All that there was when it ``began`` is read."""
        read, trouble = await _stored(self._cursors, self._channel)
        await self._cursors.move(self._channel, READ, before=read, after=began.isoformat())
        if trouble is not None:
            await self._trouble(trouble, Progress(began))
        await self._report(SYNC, None)

    async def _keep(self, *, resync: bool = False, error: str = "") -> None:
        read, trouble = await _stored(self._cursors, self._channel)
        if read is None:
            read = self._clock.now().isoformat()
            await self._cursors.move(self._channel, READ, before=None, after=read)
        before = Progress.of(read, trouble)
        progress = Progress(before.read, resync or before.resync, error or before.error)
        await self._trouble(trouble, progress)
        now = self._clock.now()
        if (fault := progress.fault(now)) and (progress.resync or now - self._began > GRACE):
            await self._report(SYNC, fault)

    async def _trouble(self, before: str | None, progress: Progress) -> None:
        if progress.trouble != before:
            await self._cursors.move(self._channel, TROUBLE, before=before, after=progress.trouble)


class ReadingCheck:
    """Looks how old the last whole reading is, whoever reads. A channel that is ``paused`` is not to be read."""

    def __init__(self, *, channel: str, cursors: Cursors, report: Report, clock: Clock, paused: bool = False) -> None:
        self._channel = channel
        self._cursors = cursors
        self._report = report
        self._clock = clock
        self._paused = paused
        self._began = clock.now()

    async def step(self) -> None:
        """Look, and tell."""
        if self._paused:
            await self._report(SYNC, None)
            return
        now = self._clock.now()
        read, trouble = await _stored(self._cursors, self._channel)
        progress = Progress.of(read, trouble) if read else Progress(self._began)
        fault = progress.fault(now)
        if fault is None or progress.resync or now - self._began > GRACE:
            await self._report(SYNC, fault)


async def _stored(cursors: Cursors, channel: str) -> tuple[str | None, str | None]:
    return await cursors.read(channel, READ), await cursors.read(channel, TROUBLE)


def _why(error: Exception) -> str:
    match error:
        case Rejected():
            return f"Google {public_sentence(error)}"
        case GmailError():
            return f"Gmail {public_sentence(error)}"
        case NoCredentials():
            return f"the worker {public_sentence(error)}"
    return sentence(error)
