"""The fields of a customer's message as Twilio posts them.

https://www.twilio.com/docs/messaging/guides/webhook-request names the fields; ``MessageType``, ``Forwarded``,
``ChannelMetadata`` and ``ExternalUserId`` are not on that page but in recorded requests. New ones come without
notice, so ``extra`` adds any.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Inbound:
    """What a customer does.

    ``customer``: ``whatsapp:+E164``, or ``whatsapp:US.1349…`` where a username hides the phone. ``media``: pairs of URL
    and content type. ``location``: latitude, longitude, address, label. ``button``: text and payload. ``reply_to``: the
    SID of the message replied to. ``extra``: fields appended as they are, so a blank value or a name already there is
    possible. ``ago``: how long ago it was said, which moves the 24-hour window. ``as_json`` posts JSON under
    ``bodySHA256``. ``lost``: it is listed in the account and no webhook is sent.
    """

    customer: str
    body: str = ""
    profile_name: str = "Ada"
    media: Pairs = ()
    location: tuple[str, str, str, str] | None = None
    button: tuple[str, str] | None = None
    reply_to: str | None = None
    external_user_id: str | None = None
    extra: Pairs = ()
    ago: timedelta = timedelta()
    as_json: bool = False
    lost: bool = False

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> "Inbound":
        """A message from JSON: the same names, lists for tuples, ``ago`` in seconds."""
        if unknown := set(written) - {known.name for known in fields(cls)}:
            raise ValueError(f"a message has no {', '.join(sorted(unknown))}")
        plain = dict(written) | {"ago": timedelta(seconds=written.get("ago", 0))}
        for name in ("media", "extra"):
            plain[name] = tuple((first, second) for first, second in plain.get(name, ()))
        return cls(**plain)

    def fields(self, sid: str, *, account_sid: str, sender: str) -> Pairs:
        """The form in the order of a recorded request."""
        phone = self.customer.partition(":+")[2]
        pairs = {
            "SmsMessageSid": sid,
            "NumMedia": str(len(self.media)),
            "ProfileName": self.profile_name,
            "MessageType": self._type(),
            "SmsSid": sid,
            "SmsStatus": "received",
            "Body": self.body,
            "To": sender,
            "NumSegments": "1",
            "ReferralNumMedia": "0",
            "MessageSid": sid,
            "AccountSid": account_sid,
            "ChannelMetadata": self._metadata(phone),
            "From": self.customer,
            "ApiVersion": "2010-04-01",
        }
        if phone:
            pairs["WaId"] = phone
        if user := self.external_user_id or (None if phone else self.customer):
            pairs["ExternalUserId"] = user
        return (*pairs.items(), *self._parts(sender), *self.extra)

    def _type(self) -> str:
        if self.media:
            return self.media[0][1].partition("/")[0].replace("application", "document")
        if self.location:
            return "location"
        return "button" if self.button else "text"

    def _metadata(self, phone: str) -> str:
        context = {"ProfileName": self.profile_name} | ({"WaId": phone} if phone else {})
        return json.dumps({"type": "whatsapp", "data": {"context": context}}, separators=(",", ":"))

    def _parts(self, sender: str) -> list[tuple[str, str]]:
        parts = []
        for number, (url, content_type) in enumerate(self.media):
            parts += [(f"MediaUrl{number}", url), (f"MediaContentType{number}", content_type)]
        if self.location:
            parts += zip(("Latitude", "Longitude", "Address", "Label"), self.location, strict=True)
        if self.button:
            parts += zip(("ButtonText", "ButtonPayload"), self.button, strict=True)
        if self.reply_to:
            parts += [("OriginalRepliedMessageSid", self.reply_to), ("OriginalRepliedMessageSender", sender)]
        return parts
