"""What Twilio lists: https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
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


@dataclass(slots=True)
class Unread:
    """What a reader has to look at: all ``since`` then. What is not ``done`` with is read again."""

    since: datetime
    done: bool = True


@asynccontextmanager
async def unread(cursors: Cursors, channel: str, reader: str, clock: Clock) -> AsyncIterator[Unread]:
    """What ``reader`` has to look at; once the block is through with it, all until the block's beginning is read.

    A reader that never read begins with the last minutes: what was written before a channel was declared is not its.
    """
    now, before = clock.now(), await cursors.read(channel, reader)
    read = min(now, datetime.fromisoformat(before)) if before else now
    stretch = Unread(max(read, now - MOST) - OVERLAP)
    yield stretch
    after = now if stretch.done else read
    await cursors.move(channel, reader, before=before, after=after.isoformat())


async def begin(cursors: Cursors, channel: str, reader: str, clock: Clock) -> None:
    """Let ``reader`` begin now, whenever it reads first; nothing when it has begun."""
    await cursors.move(channel, reader, before=None, after=clock.now().isoformat())


async def listed(
    account: Account, *, since: datetime, to: str | None = None, sender: str | None = None
) -> list[MessageInstance]:
    """The messages made since then, to and from these addresses where given; oldest first.

    One whose time cannot be read (``date_created`` None) is among them, since Twilio's own bound let it through.
    Twilio promises to bound a list by days only, though it understands times; so they are looked at here, too.
    """
    found: list[MessageInstance] = await account.client().messages.list_async(
        to=to or values.unset, from_=sender or values.unset, date_sent_after=since, page_size=PAGE
    )
    return [message for message in reversed(found) if not message.date_created or message.date_created >= since]
