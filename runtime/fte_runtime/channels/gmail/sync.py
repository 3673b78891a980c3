"""Every mail of a mailbox, from where the last reading ended: pushes are hints, and may be lost, doubled or late.

https://developers.google.com/workspace/gmail/api/guides/sync.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fte_agent.ports import Clock
from fte_runtime.channels.base import Cursors
from fte_runtime.channels.gmail.account import Account
from fte_runtime.channels.gmail.failures import NotFound
from fte_runtime.channels.gmail.position import POLL_SECONDS, ROLE, Position, begun
from fte_runtime.channels.gmail.progress import Reading
from fte_runtime.channels.gmail.pushes import HINTS, PROMPT, Pushes
from fte_runtime.channels.gmail.reading import LOOKS, SENT, Reader
from fte_runtime.channels.gmail.resources import Found
from fte_runtime.channels.parts import Report
from fte_runtime.metrics import SyncMetrics

logger = logging.getLogger(__name__)

PERIOD_SECONDS = 1.0
"""How often it is looked whether a push came."""

MARGIN = timedelta(hours=1)
"""How far before the last mail read a list begins where history is too old: mails are not taken in in order."""


class Sync:
    """A singleton: the position moves on when all up to it is on the bus, so whoever dies is read again from there."""

    role = ROLE
    period = PERIOD_SECONDS

    def __init__(
        self,
        *,
        channel: str,
        account: Account,
        reader: Reader,
        cursors: Cursors,
        clock: Clock,
        report: Report,
        pushes: Pushes,
        metrics: SyncMetrics,
    ) -> None:
        self.key = channel
        self._reading = Reading(channel=channel, cursors=cursors, report=report, clock=clock)
        self._pushes = pushes
        self._metrics = metrics
        self._account = account
        self._reader = reader
        self._cursors = cursors
        self._clock = clock
        self._hint: str | None = None
        self._due = float("-inf")
        self._polled = False

    async def step(self) -> None:
        """Read what is new, if a push says so or the last reading is `POLL_SECONDS` ago."""
        hint, now = await self._cursors.read(self.key, HINTS), self._clock.monotonic()
        if hint == self._hint and now < self._due:
            return
        began, self._polled = self._clock.now(), hint == self._hint
        try:
            with self._metrics.seconds.labels(self.key).time():
                await self._catch_up()
        except Exception as error:
            await self._reading.failed(error)
            raise
        self._reader.rest()
        self._hint, self._due = hint, now + POLL_SECONDS
        await self._reading.ended(began)

    async def _catch_up(self) -> None:
        text = await begun(self.key, self._account, self._cursors, self._clock)
        if text is None:
            return
        position = Position.read(text)
        reached = await self._history(position)
        if reached is None:
            reached = await self._listed(position)
        if reached != position:
            await self._cursors.move(self.key, ROLE, before=text, after=str(reached))

    async def _history(self, position: Position) -> Position | None:
        """Read all that history has since then; None where it does not reach back so far."""
        found: list[Found] = []
        deleted: set[str] = set()
        history_id, token = None, None
        while True:
            try:
                page = await self._account.history(position.history_id, page=token)
            except NotFound:
                return None
            self._metrics.pages.labels(self.key).inc()
            history_id = history_id or page.history_id  # the first page's: what came in since is read from there on
            found += page.messages
            deleted |= page.deleted
            if (token := page.next_page_token) is None:
                break
        newest = await self._take([each for each in found if each.id not in deleted], position.newest)
        return position.moved(history_id or position.history_id, newest)

    async def _listed(self, position: Position) -> Position:
        """Read all that came in since shortly before the newest mail that was read, as history would have told it.

        A list may not show yet what has just come, and history from here on does not name it: so it is asked for again.
        """
        logger.warning("history is too old; the mailbox is listed", extra={"channel": self.key})
        await self._reading.resyncs()
        history_id = (await self._account.profile()).history_id  # first: what comes in meanwhile is history's
        newest = position.newest
        since = min(newest, self._clock.now()) - MARGIN
        for look in range(LOOKS):
            if look:
                await asyncio.sleep(self._reader.again_seconds)
            newest = await self._take(await self._since(since), newest)
        return position.moved(history_id, newest)

    async def _since(self, moment: datetime) -> list[Found]:
        """What was sent since then, and what came in under each of the mailbox's labels; oldest first."""
        found: list[Found] = []
        for label in (SENT, *self._reader.labels):
            listed: list[Found] = []
            token = None
            while True:
                query = f"after:{int(moment.astimezone(UTC).timestamp())}"
                page = await self._account.listed(query, label=label, page=token)
                self._metrics.pages.labels(self.key).inc()
                listed += (replace(each, labels=frozenset({label})) for each in page.messages)
                if (token := page.next_page_token) is None:
                    break
            found += reversed(listed)
        return found

    async def _take(self, messages: Sequence[Found], newest: datetime) -> datetime:
        """What we sent first: the rest may be answered as soon as it is on the bus, and a colleague may have done so.

        A mail that was put into the mailbox may be of any date, which must not have a list begin after later ones.
        """
        for message in sorted(messages, key=lambda each: SENT not in each.labels):
            if (came := await self._reader.take(message)) is None:
                continue
            newest = max(newest, min(came, self._clock.now()))
            await self._took(message, came)
        return newest

    async def _took(self, message: Found, came: datetime) -> None:
        late = self._clock.now() - came
        self._metrics.mails.labels(self.key).inc()
        self._metrics.lag.labels(self.key).set(max(0.0, late.total_seconds()))
        if self._polled and late > PROMPT and self._pushes.tells(message):
            await self._pushes.missed(came)
