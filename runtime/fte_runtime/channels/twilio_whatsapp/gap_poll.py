"""Messages whose webhook never came: Twilio gives up on a server that answers an error or is away.

https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides: a 5xx is not tried again by default.
"""

from datetime import timedelta
from urllib.parse import urlencode

from twilio.rest.api.v2010.account.message import MessageInstance

from fte_agent.inbound.whatsapp import parse
from fte_agent.ports import Clock
from fte_runtime.channels.base import Cursors, InboundPublisher
from fte_runtime.channels.twilio_whatsapp.addresses import whatsapp
from fte_runtime.channels.twilio_whatsapp.client import Account
from fte_runtime.channels.twilio_whatsapp.listing import listed, unread

PERIOD_SECONDS = 60.0
GRACE = timedelta(seconds=20)
"""How young a message may be to be left to its webhook: Twilio's own attempts end after 15 s."""

_REMEMBERED = 10_000


class GapPoll:
    """Publishes what Twilio has of messages to us, under the key its webhook has, so a doubled one is harmless.

    What this process published itself is not published again; what came by webhook is known to the store.
    """

    role = "twilio-gap-poll"
    period = PERIOD_SECONDS

    def __init__(
        self,
        *,
        channel: str,
        sender: str,
        account: Account,
        publisher: InboundPublisher,
        cursors: Cursors,
        clock: Clock,
    ) -> None:
        self.key = channel
        self._sender = sender
        self._account = account
        self._publisher = publisher
        self._cursors = cursors
        self._clock = clock
        self._published: dict[str, None] = {}

    async def step(self) -> None:
        """Look at what came since the last look; however long that is ago, such as a pause or an outage."""
        now = self._clock.now()
        async with unread(self._cursors, self.key, self.role, self._clock) as since:
            for message in await listed(self._account, since=since, to=whatsapp(self._sender)):
                late = message.date_created <= now - GRACE
                if late and message.direction == "inbound" and message.sid not in self._published:
                    await self._publish(message)

    async def _publish(self, message: MessageInstance) -> None:
        fields = webhook_fields(message)
        inbound = parse(fields, channel_name=self.key, now=message.date_created, signed=True)  # Twilio says who wrote
        await self._publisher.publish(inbound, urlencode(fields).encode())
        self._published[message.sid] = None
        while len(self._published) > _REMEMBERED:
            self._published.pop(next(iter(self._published)))


def webhook_fields(message: MessageInstance) -> dict[str, str]:
    """A listed message as its webhook would have had it, as far as the resource tells: no name of the customer."""
    return {
        "MessageSid": message.sid or "",
        "AccountSid": message.account_sid or "",
        "From": message.from_ or "",
        "To": message.to or "",
        "Body": message.body or "",
        "NumMedia": message.num_media or "0",
    }
