"""Colleagues who answer by other means than ours, such as Twilio's console."""

from datetime import datetime, timedelta

from twilio.rest.api.v2010.account.message import MessageInstance

from fte_agent.channels import WHATSAPP
from fte_agent.domain.delivery import OutsideReply
from fte_agent.ports import Clock, DeliveryStore, TakeoverStore
from fte_runtime.channels.base import Cursors
from fte_runtime.channels.twilio_whatsapp.addresses import whatsapp
from fte_runtime.channels.twilio_whatsapp.client import Account
from fte_runtime.channels.twilio_whatsapp.listing import listed, unread

PERIOD_SECONDS = 10.0
GRACE = timedelta(seconds=5)
"""How young a message may be to be left for the next look: our own are recorded within that as a rule."""


class OutsideReplies:
    """Finds messages from our number that no delivery has; each gives its conversation to a person.

    A part of ours whose fate is open may be among them, so a customer with such a part is left for later: this is
    asked before the known ids are, since a part that is recorded in between then counts as known.
    """

    role = "twilio-outside-replies"
    period = PERIOD_SECONDS

    def __init__(
        self,
        *,
        channel: str,
        account: Account,
        sender: str,
        deliveries: DeliveryStore,
        takeovers: TakeoverStore,
        cursors: Cursors,
        clock: Clock,
    ) -> None:
        self.key = channel
        self._account = account
        self._sender = sender
        self._deliveries = deliveries
        self._takeovers = takeovers
        self._cursors = cursors
        self._clock = clock

    async def step(self) -> None:
        """Look at what was sent since the last look."""
        async with unread(self._cursors, self.key, self.role, self._clock) as stretch:
            stretch.done = not await self.look(stretch.since)

    async def look(self, since: datetime) -> set[str]:
        """Take over what was sent since then; the customers who are left for later."""
        settled_before = self._clock.now() - GRACE
        messages = await listed(self._account, since=since, sender=whatsapp(self._sender))
        settled = [m for m in messages if m.date_created and m.date_created <= settled_before and m.status != "failed"]
        if not settled:
            return set()
        unknown = await self._deliveries.unknown_ids(self.key, [message.sid for message in settled])
        return {m.to for m in settled if m.sid in unknown and not await self._settle(m)}

    async def _settle(self, message: MessageInstance) -> bool:
        """Whether it is told or known to be ours; False while it may be a part whose fate is open."""
        if await self._deliveries.has_unconfirmed(self.key, message.to):
            return False
        if not await self._deliveries.unknown_ids(self.key, [message.sid]):
            return True
        await self._takeovers.take_over(
            OutsideReply(
                channel=WHATSAPP,
                channel_name=self.key,
                thread_key=message.to,
                external_id=message.sid,
                body=message.body or "",
                occurred_at=message.date_created,
            )
        )
        return True
