"""When a person's consent ends by itself, told before it does.

https://developers.google.com/identity/protocols/oauth2#expiration: an OAuth app that is in testing loses its refresh
tokens after seven days, however much they are used. One that was not used for six months ends, too; each use begins
them anew, and every worker uses it hourly, for an access token: a token of any age that works is as good as new, so its
age alone is no reason to warn. It is kept because Google need not say when a consent ends: where one was lost after
about a week, the next one will be.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fte_agent.ports import Clock
from fte_runtime.channels.base import Cursors
from fte_runtime.channels.gmail.credentials import Grant
from fte_runtime.channels.parts import CONSENT, Report

ROLE = "gmail-consent"
SOON = timedelta(days=7)
"""What ends sooner is told: an app in testing from its first day on, as nothing else makes it lasting."""

ABOUT_A_WEEK = timedelta(days=6), timedelta(days=8)
SAME = timedelta(minutes=1)
"""Ends that are no farther apart are one: each answer takes its time."""

REMEDY = (
    "mail is neither read nor sent then. An OAuth app in testing has seven days: make it Internal, publish it, or use "
    "a service account, then put new credentials into the channel's Secret."
)


@dataclass(frozen=True, slots=True)
class Consent:
    """What is remembered: the consent in use, since when it was, and when it ends. ``short``: one before had a week."""

    key: str
    seen: datetime
    ends: datetime | None = None
    short: bool = False

    @classmethod
    def read(cls, text: str) -> "Consent":
        """What `str` wrote."""
        key, seen, ends, short = text.split(" ")
        return cls(
            key, datetime.fromisoformat(seen), None if ends == "-" else datetime.fromisoformat(ends), short == "week"
        )

    def __str__(self) -> str:
        ends = self.ends.isoformat() if self.ends else "-"
        return f"{self.key} {self.seen.isoformat()} {ends} {'week' if self.short else '-'}"

    def warning(self, now: datetime) -> str | None:
        """The sentence that is due now; None while nothing is known to end."""
        if self.ends is not None and self.ends - now <= SOON:
            return f"Google ends the mailbox's consent on {_day(self.ends)}; {REMEDY}"
        if self.ends is None and self.short and now < (likely := self.seen + SOON):
            return f"The last consent ended after a week, so this one may on {_day(likely)}; {REMEDY}"
        return None


def seen(before: Consent | None, grant: Grant, now: datetime) -> Consent:
    """After Google took the consent. An end that was told never moves on, unless it passed and was none."""
    if before is None or before.key != grant.key:
        before = Consent(grant.key, now, now + grant.lifetime if grant.lifetime else None, _short(before))
    ends = before.ends if before.ends is not None and before.ends > now else None
    if grant.ends is not None and (ends is None or grant.ends < ends - SAME):
        ends = grant.ends
    return replace(before, ends=ends)


def lost(before: Consent | None, grant: Grant, now: datetime) -> Consent | None:
    """After Google refused it for good."""
    if before is None or before.key != grant.key:
        return before
    shortest, longest = ABOUT_A_WEEK
    return replace(before, short=shortest <= now - before.seen <= longest)


class Consents:
    """What is remembered of one channel's consent, and the part of its health that comes of it."""

    def __init__(self, *, channel: str, cursors: Cursors, report: Report, clock: Clock) -> None:
        self._channel = channel
        self._cursors = cursors
        self._report = report
        self._clock = clock

    async def taken(self, grant: Grant | None) -> None:
        """Google took the credentials; without a ``grant`` they need no consent."""
        if grant is None:
            await self._report(CONSENT, None)
            return
        text, now = await self._cursors.read(self._channel, ROLE), self._clock.now()
        consent = seen(Consent.read(text) if text else None, grant, now)
        await self._keep(text, consent)
        await self._report(CONSENT, consent.warning(now))

    async def refused(self, grant: Grant | None) -> None:
        """Google ended the consent."""
        text = await self._cursors.read(self._channel, ROLE)
        if grant is not None and text:
            await self._keep(text, lost(Consent.read(text), grant, self._clock.now()))

    async def _keep(self, text: str | None, consent: Consent | None) -> None:
        if consent is not None and str(consent) != text:
            await self._cursors.move(self._channel, ROLE, before=text, after=str(consent))


def _short(before: Consent | None) -> bool:
    return before is not None and before.short


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d at %H:%M} UTC"
