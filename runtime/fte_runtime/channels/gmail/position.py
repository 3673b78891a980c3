"""How far a mailbox was read, kept among the cursors; and where that begins."""

from dataclasses import dataclass
from datetime import datetime

from fte_agent.ports import Clock
from fte_runtime.channels.base import Cursors
from fte_runtime.channels.gmail.account import Account

ROLE = "gmail-sync"
POLL_SECONDS = 300.0
"""After this long the mailbox is asked without a push."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far the mailbox was read: the history id, and when the newest mail that was read came in."""

    history_id: int
    newest: datetime

    @classmethod
    def read(cls, text: str) -> "Position":
        """What `str` wrote."""
        history_id, _, newest = text.partition(" ")
        return cls(int(history_id), datetime.fromisoformat(newest))

    def __str__(self) -> str:
        return f"{self.history_id} {self.newest.isoformat()}"

    def moved(self, history_id: int, newest: datetime) -> "Position":
        """Further on; never back."""
        return Position(max(history_id, self.history_id), max(newest, self.newest))


async def begun(channel: str, account: Account, cursors: Cursors, clock: Clock) -> str | None:
    """How far a mailbox was read; None where it is read from now on."""
    text = await cursors.read(channel, ROLE)
    if text is None:
        began = Position((await account.profile()).history_id, clock.now())
        await cursors.move(channel, ROLE, before=None, after=str(began))
    return text


class Start:
    """A singleton for a paused mailbox: what comes in while it is paused for the first time is read after that, too."""

    role = ROLE
    period = POLL_SECONDS

    def __init__(self, *, channel: str, account: Account, cursors: Cursors, clock: Clock) -> None:
        self.key = channel
        self._account = account
        self._cursors = cursors
        self._clock = clock

    async def step(self) -> None:
        """Note where its history is, once."""
        await begun(self.key, self._account, self._cursors, self._clock)
