"""The web form: the JSON that the product's form sends, with the same fields and limits.

What a form says about its sender is a claim: the address is never marked verified.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from fte_agent.domain.messages import Channel, Identifier, InboundMessage
from fte_prototype.errors import InvalidMessage
from fte_prototype.parsers.addresses import MAX_ADDRESS_CHARS, mail_address
from fte_prototype.text import clean, line

SOURCE = "web_form"
MIN_FILL_SECONDS = 2.0
MAX_CHARS = 4000
CATEGORIES = ("general", "technical", "billing", "bug_report", "feedback", "other")
PRIORITIES = ("low", "medium", "high")

_REMEDIES = {
    "missing": "must be given",
    "string_too_short": "must be given",
    "too_short": "must be given",
    "extra_forbidden": "is no field of this form; leave it out",
    "literal_error": "must be one of the choices",
}


def _text(value: object) -> object:
    return clean(value) if isinstance(value, str) else value


def _line(value: object) -> object:
    return line(value) if isinstance(value, str) else value


Line = Annotated[str, BeforeValidator(_line), Field(min_length=1)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    submission_id: UUID
    name: Annotated[Line, Field(max_length=200)]
    email: Annotated[Line, Field(max_length=MAX_ADDRESS_CHARS)]
    subject: Annotated[Line, Field(max_length=200)]
    category: Literal["general", "technical", "billing", "bug_report", "feedback", "other"]
    priority: Literal["low", "medium", "high"] = "medium"
    message: Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=MAX_CHARS)]
    consent: bool
    hp: str = ""
    t0: float
    channel: str | None = None


def parse(fields: Mapping[str, object], *, form: str, now: datetime) -> InboundMessage:
    """One submission of ``form`` at ``now``; its ticket is promised, and the same for the same submission and sender.

    Raises:
        InvalidMessage: a field is missing, unknown or beyond its limit, or the trap for programs holds something.
    """
    try:
        given = _Form.model_validate(dict(fields))
    except ValidationError as error:
        raise _fault(error) from None  # its text quotes the form
    if not given.consent:
        raise InvalidMessage("consent", "must be given")
    if given.hp:
        raise InvalidMessage("hp", "must stay empty; people do not see it")
    sender = Identifier("email", mail_address("email", given.email))
    ticket = uuid5(uuid5(NAMESPACE_URL, f"digitalfte:prototype/{form}"), f"{given.submission_id}/{sender.normalised}")
    return InboundMessage(
        source=SOURCE,
        dedupe_key=f"{form}:{ticket}",
        channel=Channel.WEB_FORM,
        channel_name=form,
        thread_key=str(ticket),
        sender=sender,
        body=given.message,
        occurred_at=now,
        subject=given.subject,
        display_name=given.name,
        category=given.category,
        priority=given.priority,
        ticket_id=ticket,
        metadata={"filled_in": "too_fast"} if 0 <= now.timestamp() - given.t0 / 1000 < MIN_FILL_SECONDS else {},
    )


def _fault(error: ValidationError) -> InvalidMessage:
    fault = error.errors(include_input=False, include_url=False)[0]
    field = ".".join(map(str, fault["loc"])) or "form"
    if fault["type"] in ("string_too_long", "too_long"):
        return InvalidMessage(field, f"must have at most {fault['ctx']['max_length']} characters")
    return InvalidMessage(field, _REMEDIES.get(fault["type"], "must be valid: " + fault["msg"].lower()))
