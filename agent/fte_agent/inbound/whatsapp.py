"""WhatsApp: the fields that Twilio posts for one message.

Fields as in https://www.twilio.com/docs/messaging/guides/webhook-request; new ones appear without notice and are
ignored. Of media only what they are and where they lie is kept: nothing is fetched.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from fte_agent.channels import PHONE_IDENTIFIER, WHATSAPP, WHATSAPP_USER_IDENTIFIER
from fte_agent.domain.messages import Attachment, Identifier, InboundMessage, ReplyTarget
from fte_agent.inbound.faults import invalid
from fte_agent.inbound.preferences import preference_of
from fte_agent.text.cleaning import clean, line

SOURCE = "twilio"
MAX_MEDIA = 10
LOCATION = "location"
UNKNOWN_MEDIA = "application/octet-stream"

_PREFIX = "whatsapp:"
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
"""``ENT`` stands in the id that linked businesses share, Meta's parent BSUID:
https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids/."""
_SID = re.compile(r"[A-Za-z0-9]{2,64}")
_MIME = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_URL = re.compile(r"https://[!-~]{1,2000}")
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")


def parse(
    fields: Mapping[str, object],
    *,
    channel_name: str,
    now: datetime,
    signed: bool = False,
    metadata: Mapping[str, str] = MappingProxyType({}),
) -> InboundMessage:
    """One message to the SupportChannel ``channel_name``, come in at ``now``.

    The sender is a phone number, or a business-scoped user id (``US.13491``, ``US.ENT.11815``) where a username hides
    the number; the conversation is keyed by the exact ``From``, where the reply goes, too. ``signed`` says that
    the caller checked Twilio's signature: only then is the sender proven. ``MessageSid`` is the message for ever:
    Twilio posts the same one again when it got no answer. ``metadata`` is what the caller knows besides.

    Raises:
        InvalidMessage: a field is missing or not as Twilio sends it.
    """
    sid = message_sid(fields)
    sender = _text(fields, "From")
    body = clean(_text(fields, "Body") or _text(fields, "ButtonText"))
    attachments = (*_media(fields), *_location(fields))
    replied = _text(fields, "OriginalRepliedMessageSid")
    payload = line(_text(fields, "ButtonPayload"))
    return InboundMessage(
        source=SOURCE,
        dedupe_key=sid,
        channel=WHATSAPP,
        channel_name=channel_name,
        thread_key=sender,
        sender=_identifier(sender, signed),
        body=body,
        occurred_at=now,
        display_name=line(_text(fields, "ProfileName")),
        external_id=sid,
        in_reply_to=replied if _SID.fullmatch(replied) else "",
        reply_target=ReplyTarget(sender),
        attachments=attachments,
        preference=None if attachments else preference_of(body),
        metadata={**metadata, "button_payload": payload} if payload else dict(metadata),
    )


def message_sid(fields: Mapping[str, object]) -> str:
    """The id Twilio gave the message that a post is about; raises `InvalidMessage`."""
    sid = _text(fields, "MessageSid")
    if not _SID.fullmatch(sid):
        raise invalid("MessageSid", "must be the id Twilio gave the message")
    return sid


def _identifier(sender: str, signed: bool) -> Identifier:
    address = sender.removeprefix(_PREFIX)
    if address == sender or not (_PHONE.fullmatch(address) or _BSUID.fullmatch(address)):
        raise invalid("From", "must be whatsapp: and a number such as +4915112345678, or a user's id")
    kind = PHONE_IDENTIFIER if _PHONE.fullmatch(address) else WHATSAPP_USER_IDENTIFIER
    return Identifier(kind, address, verified=signed)


def _media(fields: Mapping[str, object]) -> list[Attachment]:
    value = _text(fields, "NumMedia") or "0"
    if not re.fullmatch(r"[0-9]{1,2}", value) or int(value) > MAX_MEDIA:
        raise invalid("NumMedia", f"must be a number from 0 to {MAX_MEDIA}")
    return [_medium(fields, number) for number in range(int(value))]


def _medium(fields: Mapping[str, object], number: int) -> Attachment:
    """What a listing leaves out, or is no address for a person's browser, is left out here."""
    kind = _text(fields, f"MediaContentType{number}").partition(";")[0].strip().lower()
    url = _text(fields, f"MediaUrl{number}")
    return Attachment(kind if _MIME.fullmatch(kind) else UNKNOWN_MEDIA, url if _URL.fullmatch(url) else "")


def _location(fields: Mapping[str, object]) -> list[Attachment]:
    """A place as a ``geo:`` URI (RFC 5870), under the words the customer's phone gave it."""
    latitude, longitude = _text(fields, "Latitude"), _text(fields, "Longitude")
    words = ", ".join(filter(None, (line(_text(fields, name)) for name in ("Label", "Address"))))
    known = _DEGREES.fullmatch(latitude) and _DEGREES.fullmatch(longitude)
    if not known and not words:
        return []
    return [Attachment(LOCATION, f"geo:{latitude},{longitude}" if known else "", words)]


def _text(fields: Mapping[str, object], field: str) -> str:
    value = fields.get(field, "")
    if not isinstance(value, str):
        raise invalid(field, "must be text")
    return value
