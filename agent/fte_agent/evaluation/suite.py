"""The format of a ticket suite, as ``context/ticket-suite.schema.json`` publishes it."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails, from_json

from fte_agent.channels import TRAITS
from fte_agent.domain.messages import Author, Channel
from fte_agent.domain.turns import Outcome, Reason

HARD_NEGATIVE = "hard_negative"
"""Tag of a ticket that only looks as if it had to go to a person."""

SHOWN_FAULTS = 5


class InvalidSuite(Exception):
    """A suite cannot be played; the message names ticket, field and remedy, never what a customer wrote."""


def _known(channel: Channel) -> Channel:
    if channel not in TRAITS:
        raise ValueError(f"must be one of {', '.join(TRAITS)}")
    return channel


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Said(_Strict):
    """One earlier message of the conversation."""

    author: Author
    text: str


class SuiteTicket(_Strict):
    """One labelled ticket. What the fields mean stands in the published schema."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
    channel: Annotated[Channel, AfterValidator(_known)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] = "en"
    subject: Annotated[str, Field(max_length=500)] = ""
    customer_name: Annotated[str, Field(max_length=200)] = ""
    messages: Annotated[tuple[Annotated[str, Field(max_length=20_000)], ...], Field(min_length=1, max_length=20)]
    history: Annotated[tuple[Said, ...], Field(max_length=50)] = ()
    automated: bool = False
    outcome: Literal[Outcome.ANSWER, Outcome.CLARIFY, Outcome.SOCIAL, Outcome.ESCALATE, Outcome.SILENCE]
    reason: Reason | None = None
    trigger: Literal["explicit", "implicit"] | None = None
    accepted_sections: tuple[Annotated[str, Field(pattern=r"^[^#]+#[^#]+$")], ...] = ()
    tags: tuple[str, ...] = ()
    author: str = ""

    @field_validator("reason", "trigger", mode="before")
    @classmethod
    def _given_or_left_out(cls, value: object) -> object:
        if value is None:
            raise ValueError("must not be null; leave the field out")
        return value

    @model_validator(mode="after")
    def _labels_agree(self) -> Self:
        if self.outcome is Outcome.ESCALATE and self.reason is None:
            raise ValueError("reason is missing; outcome escalate needs one")
        if self.outcome is not Outcome.ESCALATE and (self.reason or self.trigger):
            raise ValueError("reason and trigger go only with outcome escalate; remove them or correct the outcome")
        if (self.outcome is Outcome.ANSWER) != bool(self.accepted_sections):
            raise ValueError("accepted_sections go always and only with outcome answer; add or remove them")
        return self


class Suite(_Strict):
    """Labelled tickets that are played together."""

    schema_id: Annotated[str, Field(alias="$schema")] = ""
    name: Annotated[str, Field(min_length=1, max_length=100)]
    description: str = ""
    tickets: Annotated[tuple[SuiteTicket, ...], Field(min_length=1, max_length=10_000)]


def parse_suite(text: str) -> Suite:
    """Read a suite.

    Raises:
        InvalidSuite: it is no JSON, breaks the format, or two tickets share an id.
    """
    try:
        suite = Suite.model_validate_json(text)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        raise InvalidSuite(_described(faults, text)) from None  # the error itself repeats what customers wrote
    merged([suite])
    return suite


def merged(suites: Sequence[Suite]) -> tuple[SuiteTicket, ...]:
    """The tickets of all suites, in their order; raises `InvalidSuite` where two share an id."""
    seen: dict[str, str] = {}
    for suite in suites:
        for ticket in suite.tickets:
            if ticket.id in seen:
                places = " and ".join(dict.fromkeys((seen[ticket.id], suite.name)))
                raise InvalidSuite(f"ticket {ticket.id} stands twice in {places}; give each ticket an id of its own")
            seen[ticket.id] = suite.name
    return tuple(ticket for suite in suites for ticket in suite.tickets)


def _described(faults: Sequence[ErrorDetails], text: str) -> str:
    within = {fault["loc"][:depth] for fault in faults for depth in range(len(fault["loc"]))}
    own = [fault for fault in faults if fault["loc"] not in within]  # a list is no shorter for its bad items
    lines = [f"{_place(fault['loc'], text)}{fault['msg'].removeprefix('Value error, ')}" for fault in own]
    more = f"; and {len(lines) - SHOWN_FAULTS} more" if len(lines) > SHOWN_FAULTS else ""
    return "; ".join(lines[:SHOWN_FAULTS]) + more


def _place(loc: tuple[int | str, ...], text: str) -> str:
    """Where a fault is: the ticket by its id, if it has one, and the field."""
    match loc:
        case ("tickets", int(at), *field):
            ticket: Any = from_json(text)["tickets"][at]
            name = ticket.get("id") if isinstance(ticket, dict) else None
            shown = f"ticket {name}" if isinstance(name, str) else f"ticket number {at + 1}"
            return f"{' '.join((shown, '.'.join(map(str, field)))).strip()}: "
        case ():
            return ""
    return f"{'.'.join(map(str, loc))}: "
