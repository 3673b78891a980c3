"""The way out of a WhatsApp channel: https://www.twilio.com/docs/messaging/api/message-resource."""

from datetime import timedelta

from fte_agent.domain.delivery import Delivery, Sent
from fte_agent.errors import SendFailed
from fte_agent.ports import Clock, DeliveryStore
from fte_runtime.channels.parts import CREDENTIALS, Report
from fte_runtime.channels.twilio_whatsapp.addresses import whatsapp
from fte_runtime.channels.twilio_whatsapp.client import Account, NotReached, Refused
from fte_runtime.channels.twilio_whatsapp.failures import send_failed
from fte_runtime.channels.twilio_whatsapp.health import REFUSED_CREDENTIALS
from fte_runtime.channels.twilio_whatsapp.listing import listed
from fte_runtime.channels.twilio_whatsapp.settings import Settings
from fte_runtime.channels.twilio_whatsapp.template import content_variables
from fte_runtime.config import ConfigError

LOOK_UP_MARGIN = timedelta(minutes=1)
"""How far the database's clock and Twilio's may be apart."""


class WhatsAppSender:
    """Sends free text while the customer may be written to, else the approved template, once.

    ``status_url`` is where Twilio reports what becomes of a message, None to ask for no reports; ``report`` tells this
    channel's health. Twilio knows no idempotency key, so what was not answered is looked up, never repeated.
    """

    def __init__(
        self,
        *,
        account: Account,
        settings: Settings,
        company_name: str,
        status_url: str | None,
        deliveries: DeliveryStore,
        report: Report,
        clock: Clock,
    ) -> None:
        self._account = account
        self._settings = settings
        self._company_name = company_name
        self._status_url = status_url
        self._deliveries = deliveries
        self._report = report
        self._clock = clock

    async def send(self, delivery: Delivery) -> Sent:
        """Hand one part, or the invitation to write, to Twilio; raises as `ReplySender.send`."""
        free = self._may_write(delivery)
        fields = {"body": delivery.body} if free else self._invitation(delivery)
        if self._status_url is not None:
            fields["status_callback"] = f"{self._status_url}?delivery={delivery.id}"
        try:
            message = await self._account.client().messages.create_async(
                from_=whatsapp(self._settings.sender), to=whatsapp(delivery.target.address), **fields
            )
        except NotReached as error:
            raise SendFailed("NotReached", str(error), retryable=True) from error
        except ConfigError as error:
            raise SendFailed("NoCredentials", "the channel's credentials cannot be read", retryable=True) from error
        except Refused as refused:
            if refused.unauthorised:
                await self._report(CREDENTIALS, REFUSED_CREDENTIALS)
            if (failure := send_failed(refused)) is None:
                raise
            if failure.window_closed and not free:
                raise SendFailed(
                    failure.code, "the template is refused as if it were free text", retryable=False
                ) from refused
            raise failure from refused
        return Sent(message.sid, placeholder=not free)

    async def look_up(self, delivery: Delivery) -> Sent | None:
        """The oldest message of this content to this customer since it was first sent that no other delivery has.

        The Message resource does not show its StatusCallback, so the delivery's id in there proves nothing here.
        """
        since = delivery.first_sent_at - LOOK_UP_MARGIN
        messages = await listed(
            self._account,
            since=since.replace(microsecond=0),  # Twilio's times have whole seconds
            to=whatsapp(delivery.target.address),
            sender=whatsapp(self._settings.sender),
        )
        alike = [message.sid for message in messages if message.body == delivery.body]
        if found := await self._oldest(delivery, alike):
            return Sent(found)
        if self._may_write(delivery):
            return None
        found = await self._oldest(delivery, [message.sid for message in messages])  # a template's text is not ours
        return Sent(found, placeholder=True) if found else None

    async def _oldest(self, delivery: Delivery, oldest_first: list[str]) -> str | None:
        if not oldest_first:
            return None
        unknown = await self._deliveries.unknown_ids(delivery.channel_name, oldest_first)
        return next((sid for sid in oldest_first if sid in unknown), None)

    def _may_write(self, delivery: Delivery) -> bool:
        return delivery.window_until is None or self._clock.now() < delivery.window_until

    def _invitation(self, delivery: Delivery) -> dict[str, str]:
        template = self._settings.templates.reopen
        if template is None:
            reason = "the 24-hour window is closed and the channel has no template to reopen it"
            raise SendFailed("WindowClosed", reason, retryable=False)
        variables = content_variables(template, delivery, self._company_name)
        return {"content_sid": template.content_sid, "content_variables": variables}
