"""WhatsApp: the form fields that Twilio posts for one message.

Fields as in https://www.twilio.com/docs/messaging/guides/webhook-request; new ones appear without notice and
are ignored.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from fte_agent.channels import WHATSAPP
from fte_agent.domain.messages import Identifier, InboundMessage
from fte_agent.inbound.faults import invalid
from fte_agent.text.cleaning import clean, line

SOURCE = "twilio"
MAX_MEDIA = 10

_PREFIX = "whatsapp:"
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_BSUID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9]{1,128}")
_SID = re.compile(r"[A-Za-z0-9]{2,64}")


def parse(fields: Mapping[str, str], *, now: datetime, signed: bool = False) -> InboundMessage:
    """One message that came in at ``now``.

    The sender is a phone number, or a business-scoped user id (``US.13491``) where a username hides the number;
    the conversation is keyed by the exact ``From``. ``signed`` says that the caller checked Twilio's signature:
    only then is the sender proven. Media are counted and not read.

    Raises:
        InvalidMessage: a field is missing or not as Twilio sends it.
    """
    sid = _matching(fields, "MessageSid", _SID, "must be the id Twilio gave the message")
    sender = _text(fields, "From")
    media = _media(fields)
    return InboundMessage(
        source=SOURCE,
        dedupe_key=sid,
        channel=WHATSAPP,
        channel_name=_address(fields, "To", _PHONE),
        thread_key=sender,
        sender=_identifier(fields, signed),
        body=clean(_text(fields, "Body") or _text(fields, "ButtonText")),
        occurred_at=now,
        display_name=line(_text(fields, "ProfileName")),
        metadata={"media": str(media)} if media else {},
    )


def _identifier(fields: Mapping[str, str], signed: bool) -> Identifier:
    address = _text(fields, "From").removeprefix(_PREFIX)
    if _BSUID.fullmatch(address):
        return Identifier("wa_bsuid", address, verified=signed)
    return Identifier("phone", _address(fields, "From", _PHONE), verified=signed)


def _address(fields: Mapping[str, str], field: str, shape: re.Pattern[str]) -> str:
    value = _text(fields, field)
    address = value.removeprefix(_PREFIX)
    if address == value or not shape.fullmatch(address):
        raise invalid(field, "must be whatsapp: and a number such as +4915112345678")
    return address


def _media(fields: Mapping[str, str]) -> int:
    value = _text(fields, "NumMedia") or "0"
    if not re.fullmatch(r"[0-9]{1,2}", value) or int(value) > MAX_MEDIA:
        raise invalid("NumMedia", f"must be a number from 0 to {MAX_MEDIA}")
    return int(value)


def _matching(fields: Mapping[str, str], field: str, shape: re.Pattern[str], remedy: str) -> str:
    value = _text(fields, field)
    if not shape.fullmatch(value):
        raise invalid(field, remedy)
    return value


def _text(fields: Mapping[str, str], field: str) -> str:
    value: object = fields.get(field, "")
    if not isinstance(value, str):
        raise invalid(field, "must be text")
    return value
