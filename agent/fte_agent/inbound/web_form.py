"""The web form: its fields, and a submission as a message.

What a form says about its sender is a claim: the address is never marked verified.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from fte_agent.channels import EMAIL_IDENTIFIER, WEB_FORM
from fte_agent.domain.messages import Category, Identifier, InboundMessage, Priority
from fte_agent.inbound.addresses import MAX_ADDRESS_CHARS, is_address
from fte_agent.inbound.faults import Fault, InvalidMessage, invalid
from fte_agent.inbound.web_form_json import read_json
from fte_agent.text.cleaning import clean, line

SOURCE = "web_form"
MIN_FILL_SECONDS = 2.0
MAX_FAULTS = 20
MAX_FIELDS = 32
MAX_LINE_CHARS = 200
MAX_BODY_CHARS = 4000
"""Characters of a customer's message unless its form's configuration sets another limit."""

_UNCLEANED = 4
"""Times its limit: a text that is longer before it is cleaned is refused before anybody looks at its characters."""


def _text(value: object) -> object:
    return clean(value) if isinstance(value, str) else value


def _line(value: object) -> object:
    return line(value) if isinstance(value, str) else value


def _address(value: object) -> object:
    """On one line, and without what is pasted along unseen: no address holds a format character."""
    if not isinstance(value, str):
        return value
    return "".join(char for char in line(value) if unicodedata.category(char) != "Cf")


def _email(value: str) -> str:
    if not is_address(value):
        raise PydanticCustomError("invalid_email", "must be an e-mail address such as name@example.com")
    return value


def _consent(value: bool) -> bool:
    if not value:
        raise PydanticCustomError("consent_required", "must be given")
    return value


Line = Annotated[str, BeforeValidator(_line), Field(min_length=1)]


class Submission(BaseModel):
    """The form's fields, as sent.

    ``submission_id`` is made once per filled-in form and repeated on every retry. ``hp`` must stay empty
    (people do not see it); ``t0`` is when the form was shown, in milliseconds since the epoch. ``channel`` names
    the SupportChannel.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    submission_id: UUID
    name: Annotated[Line, Field(max_length=MAX_LINE_CHARS)]
    email: Annotated[
        str, BeforeValidator(_address), Field(min_length=1, max_length=MAX_ADDRESS_CHARS), AfterValidator(_email)
    ]
    subject: Annotated[Line, Field(max_length=MAX_LINE_CHARS)]
    category: Category
    priority: Priority = "medium"
    message: Annotated[str, BeforeValidator(_text), Field(min_length=1)]
    consent: Annotated[bool, AfterValidator(_consent)]
    hp: str = ""
    t0: float
    channel: str | None = None

    @property
    def sender(self) -> Identifier:
        """Who the form says sent it: a claim."""
        return Identifier(EMAIL_IDENTIFIER, self.email)

    @property
    def looks_automated(self) -> bool:
        """Whether a program filled it in: the honeypot, which people do not see, holds something."""
        return bool(self.hp)

    def too_fast(self, now: datetime) -> bool:
        """Whether no person types that fast: noted, never dropped, since scripts have honest senders too.

        A ``t0`` in the future is another clock, not another species.
        """
        return 0 <= now.timestamp() - self.t0 / 1000 < MIN_FILL_SECONDS


def parse(raw: bytes | Mapping[str, object], *, max_chars: int | None = None) -> Submission:
    """The form in a request's JSON body, or in fields that are read already.

    What it costs is bounded by what it holds, whatever is wrong with it: the validator makes an object of every fault.

    Raises:
        InvalidMessage: a fault per field, `MAX_FAULTS` at most.
    """
    fields = read_json(raw) if isinstance(raw, bytes) else dict(raw)
    if isinstance(fields, dict):
        _bound(fields, max_chars)
    try:
        given = Submission.model_validate(fields)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)[:MAX_FAULTS]
        raise InvalidMessage(*map(_fault, found)) from None  # the parser's error quotes the form
    if max_chars is not None and len(given.message) > max_chars:
        raise InvalidMessage(too_long("message", max_chars))
    return given


def _bound(fields: dict[str, object], max_chars: int | None) -> None:
    """Refuse what is out of all proportion; raises `InvalidMessage`."""
    if len(fields) > MAX_FIELDS:
        raise invalid("body", f"must have at most {MAX_FIELDS} fields", "too_many_fields")
    limits = {"name": MAX_LINE_CHARS, "email": MAX_ADDRESS_CHARS, "subject": MAX_LINE_CHARS}
    if max_chars is not None:
        limits["message"] = max_chars
    found = [too_long(name, most) for name, most in limits.items() if _chars(fields.get(name)) > most * _UNCLEANED]
    if found:
        raise InvalidMessage(*found)


def _chars(value: object) -> int:
    return len(value) if isinstance(value, str) else 0


def too_long(field: str, max_chars: int) -> Fault:
    """The fault of a text beyond its limit."""
    return Fault(field, "too_long", f"must have at most {max_chars} characters")


def ticket_id(topic_prefix: str, channel_name: str, submission: Submission) -> UUID:
    """The same submission of the same sender is the same ticket, on every pod and for ever.

    The id alone would open the first sender's ticket to whoever repeats it.
    """
    return uuid5(_namespace(topic_prefix, channel_name), f"{submission.submission_id}/{submission.sender.normalised}")


def content_id(submission: Submission) -> str:
    """Of what a person wrote in it: equal for a repeat, whatever time it tells, and 128 bits of SHA-256."""
    written = (submission.name, submission.subject, submission.category, submission.priority, submission.message)
    return hashlib.sha256(json.dumps(written).encode()).hexdigest()[:32]


@lru_cache
def _namespace(topic_prefix: str, channel_name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"digitalfte:{topic_prefix}/{channel_name}")


def to_message(
    submission: Submission,
    *,
    channel_name: str,
    ticket: UUID,
    now: datetime,
    token_sha256: str | None = None,
    excess: bool = False,
    metadata: Mapping[str, str] = MappingProxyType({}),
) -> InboundMessage:
    """The domain's view of a form: a conversation of its own; ``metadata`` is what the caller knows besides.

    The same submission with other content is another message of the same ticket, never a duplicate: it is read.
    """
    return InboundMessage(
        source=SOURCE,
        dedupe_key=f"{channel_name}:{ticket}:{content_id(submission)}",
        channel=WEB_FORM,
        channel_name=channel_name,
        thread_key=str(ticket),
        sender=submission.sender,
        body=submission.message,
        occurred_at=now,
        subject=submission.subject,
        display_name=submission.name,
        category=submission.category,
        priority=submission.priority,
        ticket_id=ticket,
        status_token_sha256=token_sha256,
        excess=excess,
        metadata={**metadata, **_marks(submission, now)},
    )


def _marks(submission: Submission, now: datetime) -> dict[str, str]:
    """What speaks for a program; noted, never a reason to drop it: password managers fill hidden fields in, too."""
    if submission.looks_automated:
        return {"filled_in": "hidden_field"}
    return {"filled_in": "too_fast"} if submission.too_fast(now) else {}


_CODES = {
    "missing": ("required", "must be given"),
    "string_too_short": ("required", "must be given"),
    "too_short": ("required", "must be given"),
    "extra_forbidden": ("unknown_field", "is not a field of this form; leave it out"),
    "literal_error": ("invalid_choice", "must be one of the choices"),
    "invalid_email": ("invalid_email", "must be an e-mail address such as name@example.com"),
    "consent_required": ("consent_required", "must be given"),
}


def _fault(error: ErrorDetails) -> Fault:
    field = ".".join(map(str, error["loc"])) or "body"
    if error["type"] in ("string_too_long", "too_long"):
        return too_long(field, error["ctx"]["max_length"])
    code, message = _CODES.get(error["type"], ("invalid", "must be valid: " + error["msg"].lower()))
    return Fault(field, code, message)
