"""The named parts of a channel's health that workers tell, and the check of credentials that every provider needs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

CREDENTIALS = "credentials"
REGISTRATION = "registration"
SYNC = "sync"
CONSENT = "consent"
"""When the credentials end by themselves, though they work."""

WARNINGS = frozenset({CONSENT})
"""Parts of which a fault keeps nothing from working yet."""

READ = "read"
"""The reader (`Cursors`) that moves whenever a channel's history was read to its end, to the time when that began."""

ENOUGH = 2
"""So many refusals in a row that may each be chance are none."""

AGAIN_SECONDS = 5.0
"""How soon it is looked again after the first of them."""

Report = Callable[[str, str | None], Awaitable[None]]
"""Tells a named part of a channel's health: what is wrong with it, in a sentence of ours, or None."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with credentials. ``chance``: one such answer may come of a rotation at the provider."""

    sentence: str
    chance: bool = False


class CredentialsCheck:
    """A singleton that tries a channel's credentials on the account itself; each provider's names ``role``, ``usual``.

    An outage says nothing about them and changes nothing: then `fault` raises. ``period`` is ``usual`` but in doubt.
    """

    role: str
    usual: float

    def __init__(self, *, channel: str, report: Report) -> None:
        self.key = channel
        self._tell = report
        self._doubts = 0

    @property
    def period(self) -> float:
        """Seconds until the next look."""
        return AGAIN_SECONDS if 0 < self._doubts < ENOUGH else self.usual

    async def step(self) -> None:
        """One real call."""
        fault = await self.fault()
        self._doubts = self._doubts + 1 if fault is not None and fault.chance else 0
        if not 0 < self._doubts < ENOUGH:
            await self._tell(CREDENTIALS, fault.sentence if fault else None)

    async def fault(self) -> Fault | None:
        """What is wrong with the credentials; raises what says nothing about them."""
        raise NotImplementedError
