"""A form's customer confirms their address on the ticket's page: they ask for a code, and give it."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from fte_agent.channels import EMAIL, EMAIL_IDENTIFIER
from fte_agent.inbound.web_form_confirmation import confirmation_message, parse_confirmation
from fte_runtime.channels.base import ApiContext
from fte_runtime.channels.web_form.limits import Latest
from fte_runtime.channels.web_form.tickets import TicketPage
from fte_runtime.config import ChannelSettings
from fte_runtime.errors import AlreadyConfirmed, NoMailbox, NotYetStored, Paused
from fte_runtime.events import TRACEPARENT

PER_MINUTE = 6
"""Wishes and codes of one ticket that this process takes; how many codes are sent is the store's to bound."""


class Confirmations:
    """Confirmations to the bus, for whoever holds the ticket's token."""

    def __init__(self, context: ApiContext, forms: Sequence[ChannelSettings], tickets: TicketPage) -> None:
        self._context = context
        self._forms = {form.name: form for form in forms}
        self._tickets = tickets
        self._limits = Latest(context.clock, PER_MINUTE)

    async def take(self, ticket: UUID, token: str, raw: bytes, traceparent: str) -> str:
        """Take one, and tell its form's name.

        Raises:
            InvalidMessage: the body is neither empty nor a code.
            Unauthorised: the token proves nothing about this ticket.
            TooManyRequests: this ticket's limit was hit.
            NotYetStored: the ticket is not stored; it may be sent again.
            AlreadyConfirmed, NoMailbox: there is nothing to confirm, or no way to send a code.
            Paused: the form takes nothing in.
            BusUnavailable: not confirmed; the same may be sent again.
        """
        code = parse_confirmation(raw)
        found = await self._tickets.sender_of(ticket, token)
        self._limits.get(str(ticket)).bucket.take()
        if found is None:
            raise NotYetStored
        form = self._forms.get(found.channel_name)
        if form is None or form.paused:
            raise Paused
        if found.address_confirmed:
            raise AlreadyConfirmed
        if EMAIL not in self._context.kinds or found.sender.kind != EMAIL_IDENTIFIER:
            raise NoMailbox
        message = confirmation_message(
            ticket,
            found.sender,
            code,
            channel_name=form.name,
            attempt=uuid4().hex,
            now=self._context.clock.now(),
            metadata={TRACEPARENT: traceparent},
        )
        await self._context.publisher.publish(message, raw)
        return form.name
