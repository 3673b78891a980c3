"""What Twilio lists: https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from twilio.base import values
from twilio.rest.api.v2010.account.message import MessageInstance

from fte_agent.ports import Clock
from fte_runtime.channels.base import Cursors
from fte_runtime.channels.twilio_whatsapp.client import Account

PAGE = 1000
"""The most that one page may have."""

OVERLAP = timedelta(minutes=10)
"""What is read again each time: a list shows a message late, and some are left for the next look."""

MOST = timedelta(days=7)
"""How far back a reader goes after a pause or an outage, at most."""


@asynccontextmanager
async def unread(cursors: Cursors, channel: str, reader: str, clock: Clock) -> AsyncIterator[datetime]:
    """Since when ``reader`` has to look; once the block is through, all until its beginning is read.

    A reader that never read begins with the last minutes: what was written before a channel was declared is not its.
    """
    now, before = clock.now(), await cursors.read(channel, reader)
    read = min(now, datetime.fromisoformat(before)) if before else now
    yield max(read, now - MOST) - OVERLAP
    await cursors.move(channel, reader, before=before, after=now.isoformat())


async def listed(
    account: Account, *, since: datetime, to: str | None = None, sender: str | None = None
) -> list[MessageInstance]:
    """The messages made since then, to and from these addresses where given; oldest first.

    Twilio promises to bound a list by days only, though it understands times; so they are looked at here, too.
    """
    found: list[MessageInstance] = await account.client().messages.list_async(
        to=to or values.unset, from_=sender or values.unset, date_sent_after=since, page_size=PAGE
    )
    return [message for message in reversed(found) if message.date_created and message.date_created >= since]
