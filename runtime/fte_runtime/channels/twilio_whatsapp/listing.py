"""What Twilio lists: https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources."""

from datetime import datetime

from twilio.base import values
from twilio.rest.api.v2010.account.message import MessageInstance

from fte_runtime.channels.twilio_whatsapp.client import Account

MAX_LISTED = 1000


async def listed(
    account: Account, *, since: datetime, to: str | None = None, sender: str | None = None
) -> list[MessageInstance]:
    """The messages made since then, to and from these addresses where given; oldest first, the newest 1,000.

    Twilio promises to bound a list by days only, though it understands times; so they are looked at here, too.
    """
    found: list[MessageInstance] = await account.client().messages.list_async(
        to=to or values.unset, from_=sender or values.unset, date_sent_after=since, limit=MAX_LISTED
    )
    return [message for message in reversed(found) if message.date_created and message.date_created >= since]
