"""Messages whose webhook never came: Twilio gives up on a server that answers an error or is away.

https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides: a 5xx is not tried again by default.
"""

from datetime import timedelta
from urllib.parse import urlencode

from twilio.rest.api.v2010.account.message import MessageInstance

from fte_agent.domain.messages import InboundMessage
from fte_agent.inbound.faults import InvalidMessage, invalid
from fte_agent.inbound.whatsapp import parse
from fte_agent.ports import Clock
from fte_runtime.channels.base import Cursors, InboundPublisher
from fte_runtime.channels.twilio_whatsapp.addresses import whatsapp
from fte_runtime.channels.twilio_whatsapp.client import Account
from fte_runtime.channels.twilio_whatsapp.listing import begin, listed, unread
from fte_runtime.channels.twilio_whatsapp.outside import OutsideReplies
from fte_runtime.errors import RecordTooLarge

ROLE = "twilio-gap-poll"
PERIOD_SECONDS = 60.0
GRACE = timedelta(seconds=20)
"""How young a message may be to be left to its webhook: Twilio's own attempts end after 15 s."""

_REMEMBERED = 10_000


class GapPoll:
    """Publishes what Twilio has of messages to us, under the key its webhook has, so a doubled one is harmless.

    What this process published itself is not published again; what came by webhook is known to the store. A message
    that is at fault itself is put aside, and the rest goes on. What colleagues answered by other means meanwhile is
    told first: the employee may answer as soon as a message is published.
    """

    role = ROLE
    period = PERIOD_SECONDS

    def __init__(
        self,
        *,
        channel: str,
        sender: str,
        account: Account,
        publisher: InboundPublisher,
        outside: OutsideReplies,
        cursors: Cursors,
        clock: Clock,
    ) -> None:
        self.key = channel
        self._sender = sender
        self._account = account
        self._publisher = publisher
        self._outside = outside
        self._cursors = cursors
        self._clock = clock
        self._done: dict[str, None] = {}

    async def step(self) -> None:
        """Look at what came since the last look; however long that is ago, such as a pause or an outage."""
        late = self._clock.now() - GRACE
        async with unread(self._cursors, self.key, self.role, self._clock) as stretch:
            messages = await listed(self._account, since=stretch.since, to=whatsapp(self._sender))
            undecided = await self._outside.look(stretch.since)
            for message in messages:
                young = message.date_created and message.date_created > late
                if young or message.direction != "inbound" or message.sid in self._done:
                    continue
                if message.from_ in undecided:
                    stretch.done = False
                else:
                    await self._take(message)

    async def _take(self, message: MessageInstance) -> None:
        """Publish it, or put it aside when it is at fault; an error of the bus or of Twilio is not its fault."""
        raw = urlencode(webhook_fields(message), errors="replace").encode()
        try:
            await self._publisher.publish(inbound(message, self.key), raw)
        except (InvalidMessage, RecordTooLarge) as error:
            cause = "too_large" if isinstance(error, RecordTooLarge) else "invalid"
            await self._publisher.put_aside(
                raw, channel_name=self.key, external_id=message.sid or "", cause=cause, error=error
            )
        self._done[message.sid] = None
        while len(self._done) > _REMEMBERED:
            self._done.pop(next(iter(self._done)))


class GapStart:
    """In place of the poll while a channel is paused: notes where it begins, if it never ran."""

    role = ROLE
    period = PERIOD_SECONDS

    def __init__(self, *, channel: str, cursors: Cursors, clock: Clock) -> None:
        self.key = channel
        self._cursors = cursors
        self._clock = clock

    async def step(self) -> None:
        """Note it unless that was done."""
        await begin(self._cursors, self.key, self.role, self._clock)


def inbound(message: MessageInstance, channel_name: str) -> InboundMessage:
    """A listed message as one that came in, its sender proven: Twilio says who wrote. Raises `InvalidMessage`."""
    if message.date_created is None:
        raise invalid("date_created", "must be a time as in RFC 2822")
    return parse(webhook_fields(message), channel_name=channel_name, now=message.date_created, signed=True)


def webhook_fields(message: MessageInstance) -> dict[str, str]:
    """A listed message as its webhook would have had it, as far as the resource tells: no name of the customer."""
    return {
        "MessageSid": message.sid or "",
        "AccountSid": message.account_sid or "",
        "From": message.from_ or "",
        "To": message.to or "",
        "Body": message.body or "",
        "NumMedia": str(message.num_media or 0),
    }
