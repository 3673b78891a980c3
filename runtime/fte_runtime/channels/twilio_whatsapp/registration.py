"""The webhooks of a WhatsApp sender at Twilio: set, or only compared.

https://www.twilio.com/docs/whatsapp/api/senders. The sandbox's number and one that belongs to another account are not
listed there; with ``registration: Manual`` nothing is said of those.
"""

from dataclasses import dataclass

from twilio.rest.messaging.v2.channels_sender import ChannelsSenderContext, ChannelsSenderInstance

from fte_runtime.channels.parts import REGISTRATION, Report
from fte_runtime.channels.twilio_whatsapp.addresses import MESSAGES, STATUSES, whatsapp
from fte_runtime.channels.twilio_whatsapp.client import Account
from fte_runtime.channels.twilio_whatsapp.settings import Settings

PERIOD_SECONDS = 300.0
MAX_SENDERS = 1000


@dataclass(frozen=True, slots=True)
class WebhookUrls:
    """Where Twilio finds the API: for messages, and for what becomes of ours."""

    inbound: str
    status: str


def webhook_urls(public_url: str | None) -> WebhookUrls | None:
    """The API's URLs as the outside knows them; None when it does not reach them."""
    if public_url is None:
        return None
    base = public_url.rstrip("/")
    return WebhookUrls(base + MESSAGES, base + STATUSES)


class Registration:
    """Compares and, when managed, sets. A URL that somebody changes at Twilio is set back."""

    role = "twilio-registration"
    period = PERIOD_SECONDS

    def __init__(
        self, *, channel: str, account: Account, settings: Settings, wanted: WebhookUrls | None, report: Report
    ) -> None:
        self.key = channel
        self._account = account
        self._settings = settings
        self._wanted = wanted
        self._report = report

    async def step(self) -> None:
        """Look once, and act once."""
        await self._report(REGISTRATION, await self._fault())

    async def _fault(self) -> str | None:
        """What is wrong with the sender's webhooks after this step."""
        managed = self._settings.registration == "Managed"
        if self._wanted is None:
            return "The public URL is not set, so Twilio's webhooks cannot be." if managed else None
        sender = await self._sender()
        if sender is None:
            return "The account has no WhatsApp sender with this number." if managed else None
        webhook: dict[str, str | None] = sender.webhook or {}  # the library leaves it as JSON
        if not managed:
            right = _leads_to(webhook, self._wanted.inbound)
            return None if right else f"At Twilio, set the sender's webhook to {self._wanted.inbound} by POST."
        wanted = self._webhook(self._wanted)
        if all(webhook.get(name) == value for name, value in wanted.items()):
            return None
        await sender.update_async(ChannelsSenderContext.MessagingV2ChannelsSenderRequestsUpdate({"webhook": wanted}))
        return None

    async def _sender(self) -> ChannelsSenderInstance | None:
        senders = self._account.client().messaging.v2.channels_senders
        async for sender in await senders.stream_async(channel="whatsapp", limit=MAX_SENDERS):
            if sender.sender_id == whatsapp(self._settings.sender):
                return sender
        return None

    def _webhook(self, urls: WebhookUrls) -> dict[str, str]:
        """What of the sender's webhook is ours to set."""
        messages = {"callback_url": urls.inbound, "callback_method": "POST"}
        if not self._settings.status_callback:
            return messages
        return messages | {"status_callback_url": urls.status, "status_callback_method": "POST"}


def _leads_to(webhook: dict[str, str | None], inbound: str) -> bool:
    """Whether messages arrive. A person may add connection overrides, which are a fragment; each message of ours
    names its status callback itself."""
    given = (webhook.get("callback_url") or "").partition("#")[0]
    return given == inbound and (webhook.get("callback_method") or "POST") == "POST"
