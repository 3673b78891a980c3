"""What Twilio refuses at once when a message is created. Each code: https://www.twilio.com/docs/api/errors/<code>."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

BODY_LIMIT = 1600

# E.164, or a business-scoped user id: two letters of a country, optionally ENT, and up to 128 characters
# (https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids/).
ADDRESS = re.compile(r"whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128})")
CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of the REST API: https://www.twilio.com/docs/usage/twilios-response#exceptions."""

    status: int
    code: int
    message: str
    retry_after: int | None = None

    def body(self) -> dict[str, object]:
        page = f"https://www.twilio.com/docs/errors/{self.code}"
        return {"code": self.code, "message": self.message, "more_info": page, "status": self.status}


def refusal(form: Mapping[str, str], senders: Collection[str]) -> Refusal | None:
    """Why a message with that form is not created; None when it is."""
    return _addresses(form.get("To", ""), form.get("From", ""), senders) or _content(form) or _callback(form)


def _addresses(to: str, sender: str, senders: Collection[str]) -> Refusal | None:
    if not to:
        return Refusal(400, 21604, "A 'To' phone number is required.")
    if not sender:
        return Refusal(400, 21603, "A 'From' phone number is required.")
    if not ADDRESS.fullmatch(sender):
        return Refusal(400, 21212, f"The 'From' number {sender} is not a valid phone number")
    if not ADDRESS.fullmatch(to):
        return Refusal(400, 21211, f"The 'To' number {to} is not a valid phone number.")
    if sender not in senders:
        return Refusal(400, 63007, "Twilio could not find a Channel with the specified From address")
    return None


def _content(form: Mapping[str, str]) -> Refusal | None:
    """Body or template.

    Both 21617 and 21658 are documented for a Body over 1,600 characters. 21617's text is the one that clients
    quote and the support page names for requests; 21658 is what this double gives for a template's variable.
    A client must take both as permanent.
    """
    content_sid, variables = form.get("ContentSid"), form.get("ContentVariables")
    if content_sid is None and not form.get("Body") and not form.get("MediaUrl"):
        return Refusal(400, 21619, "A text message body or media urls must be specified.")
    if content_sid is None and len(form.get("Body", "")) > BODY_LIMIT:
        return Refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    if content_sid is not None and not CONTENT_SID.fullmatch(content_sid):
        return Refusal(400, 21655, "The ContentSid Parameter is Invalid")
    return None if variables is None else _variables(variables)


def _variables(written: str) -> Refusal | None:
    """A JSON object of strings: https://www.twilio.com/docs/content/send-templates-created-with-the-content-template-builder."""
    invalid = Refusal(400, 21656, "The Content Variables Parameter is Invalid")
    try:
        variables = json.loads(written)
    except ValueError:
        return invalid
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        return invalid
    if any(len(value) > BODY_LIMIT for value in variables.values()):
        return Refusal(400, 21658, "Parameter exceeded character limit")
    return None


def _callback(form: Mapping[str, str]) -> Refusal | None:
    """A fully qualified URL whose host has no underscore."""
    if (url := form.get("StatusCallback")) is None:
        return None
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.hostname and "_" not in parts.hostname:
        return None
    return Refusal(400, 21609, f"The StatusCallback URL {url} is not a valid URL.")
