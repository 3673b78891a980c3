"""The account at Twilio: its messages, its WhatsApp senders and who may be written to freely."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from uuid import uuid4

# https://www.twilio.com/docs/whatsapp/key-concepts#customer-service-windows
WINDOW = timedelta(hours=24)
RANKS = {"accepted": 0, "queued": 1, "sending": 2, "sent": 3, "delivered": 4, "read": 5, "failed": 6, "undelivered": 6}


def new_sid(kind: str) -> str:
    """A name as Twilio gives it: two letters and 32 hexadecimal digits."""
    return kind + uuid4().hex


def rfc2822(moment: datetime | None) -> str | None:
    return None if moment is None else format_datetime(moment)


@dataclass(slots=True)
class Message:
    """One message of either direction; fields as in the Message resource.

    https://www.twilio.com/docs/messaging/api/message-resource
    """

    sid: str
    to: str
    sender: str
    body: str
    direction: str
    status: str
    created: datetime
    updated: datetime
    sent: datetime | None = None
    error_code: int | None = None
    num_media: int = 0
    status_callback: str | None = None
    hidden_lists: int = 0
    hidden_until: datetime | None = None

    def resource(self, account_sid: str) -> dict[str, Any]:
        uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{self.sid}"
        return {
            "account_sid": account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": rfc2822(self.created),
            "date_sent": rfc2822(self.sent),
            "date_updated": rfc2822(self.updated),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None if self.error_code is None else f"Error {self.error_code}",
            "from": self.sender,
            "messaging_service_sid": None,
            "num_media": str(self.num_media),
            "num_segments": "1",
            "price": None,
            "price_unit": None,
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


@dataclass(slots=True)
class Sender:
    """A WhatsApp sender with its webhook's settings: https://www.twilio.com/docs/whatsapp/api/senders.

    ``address`` is ``whatsapp:+E164``. The SID follows from it, so that a double started again has the same senders.
    """

    address: str
    status: str = "ONLINE"
    webhook: dict[str, str] = field(default_factory=dict)

    @property
    def sid(self) -> str:
        return "XE" + hashlib.sha256(self.address.encode()).hexdigest()[:32]

    def resource(self, base: str) -> dict[str, Any]:
        names = ("callback_url", "fallback_url", "status_callback_url")
        unset = dict.fromkeys(names) | {name.replace("_url", "_method"): "POST" for name in names}
        return {
            "sid": self.sid,
            "status": self.status,
            "sender_id": self.address,
            "configuration": {"waba_id": "1" * 15},
            "webhook": unset | self.webhook,
            "profile": {"name": "Example Ltd"},
            "properties": {"quality_rating": "HIGH", "messaging_limit": "1K Customers/24hr"},
            "offline_reasons": None,
            "url": f"{base}/v2/Channels/Senders/{self.sid}",
        }


@dataclass(slots=True)
class Account:
    """State without I/O. ``auth_token`` may be changed at any time: a rotation, or a wrong one.

    ``outside_window`` is what becomes of free-form text outside the 24 hours: it is accepted and fails afterwards
    (https://www.twilio.com/docs/api/errors/63016 stands among the errors of delivery, and a create that was
    answered 201 is what clients report). Set ``undelivered:63016`` for the other final status.
    """

    sid: str = "AC" + "0" * 32
    auth_token: str = "not-a-token"
    senders: list[Sender] = field(default_factory=lambda: [Sender("whatsapp:+14155238886")])
    statuses: tuple[str, ...] = ("sent", "delivered")
    outside_window: tuple[str, ...] = ("failed:63016",)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    messages: dict[str, Message] = field(default_factory=dict)
    heard: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def sender(self, address: str) -> Sender:
        return next(sender for sender in self.senders if sender.address == address)

    def window_open(self, sender: str, customer: str) -> bool:
        heard = self.heard.get((sender, customer))
        return heard is not None and self.clock() - heard < WINDOW

    def take(self, form: Mapping[str, str]) -> Message:
        """A message of ours, after its checks."""
        now = self.clock()
        return self._keep(
            Message(
                new_sid("SM"),
                to=form["To"],
                sender=form["From"],
                body=form.get("Body", "") if "ContentSid" not in form else "",
                direction="outbound-api",
                status="queued",
                created=now,
                updated=now,
                status_callback=form.get("StatusCallback"),
            )
        )

    def hear(self, sid: str, *, customer: str, sender: str, body: str, media: int, at: datetime) -> Message:
        """A message of a customer; it opens the window."""
        self.heard[sender, customer] = max(at, self.heard.get((sender, customer), at))
        message = Message(sid, sender, customer, body, "inbound", "received", at, at, sent=at, num_media=media)
        return self._keep(message)

    def progress(self, sid: str, status: str, error_code: int | None) -> Message:
        """The resource's own status moves only forward, in whatever order callbacks are sent."""
        message = self.messages[sid]
        if RANKS[status] > RANKS[message.status]:
            message.status, message.updated = status, self.clock()
            message.sent = message.sent or message.updated
            message.error_code = error_code
        return message

    def _keep(self, message: Message) -> Message:
        self.messages[message.sid] = message
        return message
