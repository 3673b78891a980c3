"""The web form: what a customer may send, as an `InboundMessage`; and its way out.

What a form says about its sender is a claim: the address is never marked verified.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from fte_agent.domain.delivery import Delivery, Sent
from fte_agent.domain.messages import Channel, Identifier, InboundMessage
from fte_runtime.config import ChannelSettings
from fte_runtime.errors import DataPlaneError

SOURCE = "web_form"
MIN_FILL_SECONDS = 2.0
MAX_FAULTS = 20
CATEGORIES = ("general", "technical", "billing", "bug_report", "feedback", "other")
PRIORITIES = ("low", "medium", "high")

_EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]+")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of a form: ``code`` is stable, ``message`` is for a person."""

    field: str
    code: str
    message: str


class InvalidForm(DataPlaneError):
    """The form cannot be taken as it is; ``errors`` says why, field by field."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(", ".join(f"{e.field}: {e.code}" for e in errors))
        self.errors = errors


def _text(value: object) -> object:
    """PostgreSQL stores no NUL character, so none comes in."""
    return value.replace("\0", "").strip() if isinstance(value, str) else value


def _line(value: object) -> object:
    return " ".join(value.replace("\0", "").split()) if isinstance(value, str) else value


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise PydanticCustomError("invalid_email", "is not an e-mail address")
    return value


def _consent(value: bool) -> bool:
    if not value:
        raise PydanticCustomError("consent_required", "must be given")
    return value


Line = Annotated[str, BeforeValidator(_line), Field(min_length=1)]


class Submission(BaseModel):
    """The form's fields, as sent.

    ``submission_id`` is made once per filled-in form and repeated on every retry. ``hp`` must stay empty
    (people do not see it); ``t0`` is when the form was shown, in milliseconds since the epoch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    submission_id: UUID
    name: Annotated[Line, Field(max_length=200)]
    email: Annotated[Line, Field(max_length=254), AfterValidator(_email)]
    subject: Annotated[Line, Field(max_length=200)]
    category: Literal["general", "technical", "billing", "bug_report", "feedback", "other"]
    priority: Literal["low", "medium", "high"] = "medium"
    message: Annotated[str, BeforeValidator(_text), Field(min_length=1)]
    consent: Annotated[bool, AfterValidator(_consent)]
    hp: str = ""
    t0: float
    channel: str | None = None

    @property
    def sender(self) -> Identifier:
        """Who the form says sent it: a claim."""
        return Identifier("email", self.email)

    @property
    def looks_automated(self) -> bool:
        """Whether a program filled it in: the honeypot, which people do not see, holds something."""
        return bool(self.hp)

    def too_fast(self, now: datetime) -> bool:
        """Whether no person types that fast: noted, never dropped, since scripts have honest senders too.

        A ``t0`` in the future is another clock, not another species.
        """
        return 0 <= now.timestamp() - self.t0 / 1000 < MIN_FILL_SECONDS


def parse(raw: bytes) -> Submission:
    """The form in a request's body; raises `InvalidForm` with a code per field, `MAX_FAULTS` at most."""
    try:
        return Submission.model_validate_json(raw)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)[:MAX_FAULTS]
        raise InvalidForm(*(_fault(fault) for fault in faults)) from None  # the parser's error quotes the form


def bound_form(submission: Submission, forms: Mapping[str, ChannelSettings]) -> ChannelSettings:
    """The form that was filled in: the one it names, or the only one there is.

    Raises:
        InvalidForm: it names none of ours, names none where there are several, or is too long for it.
    """
    if submission.channel is None and len(forms) != 1:
        raise InvalidForm(FieldError("channel", "required", "must name the form: there are several"))
    form = next(iter(forms.values())) if submission.channel is None else forms.get(submission.channel)
    if form is None:
        raise InvalidForm(FieldError("channel", "unknown_channel", "names no form of this service"))
    if len(submission.message) > form.max_chars:
        message = f"must have at most {form.max_chars} characters"
        raise InvalidForm(FieldError("message", "too_long", message))
    return form


def ticket_id(topic_prefix: str, channel_name: str, submission: Submission) -> UUID:
    """The same submission of the same sender is the same ticket, on every pod and for ever.

    The id alone would open the first sender's ticket to whoever repeats it.
    """
    form = uuid5(NAMESPACE_URL, f"digitalfte:{topic_prefix}/{channel_name}")
    return uuid5(form, f"{submission.submission_id}/{submission.sender.normalised}")


def to_message(
    submission: Submission, *, channel_name: str, ticket: UUID, token_sha256: str, now: datetime
) -> InboundMessage:
    """The domain's view of a form."""
    return InboundMessage(
        source=SOURCE,
        dedupe_key=f"{channel_name}:{ticket}",
        channel=Channel.WEB_FORM,
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
        metadata={"filled_in": "too_fast"} if submission.too_fast(now) else {},
    )


class WebFormSender:
    """The way out of a web form: the reply is read on the status page, so accepting it is delivering it."""

    async def send(self, delivery: Delivery) -> Sent:
        """Nothing to send and no provider's id."""
        return Sent()


_CODES = {
    "missing": ("required", "is required"),
    "string_too_short": ("required", "is required"),
    "too_short": ("required", "is required"),
    "string_too_long": ("too_long", "is too long"),
    "too_long": ("too_long", "is too long"),
    "extra_forbidden": ("unknown_field", "is no field of this form"),
    "literal_error": ("invalid_choice", "is none of the choices"),
    "invalid_email": ("invalid_email", "is not an e-mail address"),
    "consent_required": ("consent_required", "must be given"),
    "json_invalid": ("invalid_json", "is not valid JSON"),
}


def _fault(error: ErrorDetails) -> FieldError:
    code, message = _CODES.get(error["type"], ("invalid", error["msg"]))
    field = ".".join(map(str, error["loc"])) or "body"
    return FieldError(field, code, message)
