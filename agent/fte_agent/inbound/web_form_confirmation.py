"""What a ticket's page says to confirm its customer's address: that they want a code, or the code that they got."""

import hashlib
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from fte_agent.channels import WEB_FORM
from fte_agent.domain.messages import Identifier, InboundMessage
from fte_agent.inbound.faults import invalid
from fte_agent.inbound.web_form import SOURCE
from fte_agent.inbound.web_form_json import read_json

CONFIRMATION, ASKED, GIVEN = "confirmation", "asked", "code"
"""Key of a message's metadata, and what it says there."""


def _digits(value: object) -> object:
    """Digits of any script, without what people write between them."""
    if not isinstance(value, str):
        return value
    return "".join(str(unicodedata.decimal(char, char)) for char in value if not char.isspace() and char not in "-–")  # noqa: RUF001


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, BeforeValidator(_digits), Field(pattern=r"^[0-9]{6}$")]


def parse_confirmation(raw: bytes) -> str | None:
    """The code in a request's JSON body, None where it is empty and asks for one.

    Raises:
        InvalidMessage: it is neither.
    """
    if not raw.strip():
        return None
    try:
        return _Given.model_validate(read_json(raw)).code
    except ValidationError as error:
        if any(fault["type"] == "extra_forbidden" for fault in error.errors(include_input=False)):
            raise invalid("body", "must hold the code alone, or be empty to ask for one", "unknown_field") from None
        raise invalid("code", "must be the six digits that were sent to the address", "invalid_code") from None


def confirmation_message(
    ticket: UUID,
    sender: Identifier,
    code: str | None,
    *,
    channel_name: str,
    attempt: str,
    now: datetime,
    metadata: Mapping[str, str] = MappingProxyType({}),
) -> InboundMessage:
    """The domain's view of it: a silent message of the ticket's own conversation, answered by nobody.

    The same code is the same message, so it is safe to send again; a wish for one is told apart by ``attempt``.
    """
    said = attempt if code is None else hashlib.sha256(f"{ticket}/{code}".encode()).hexdigest()[:32]
    return InboundMessage(
        source=SOURCE,
        dedupe_key=f"{channel_name}:{ticket}:{CONFIRMATION}:{said}",
        channel=WEB_FORM,
        channel_name=channel_name,
        thread_key=str(ticket),
        sender=sender,
        body=code or "",
        occurred_at=now,
        ticket_id=ticket,
        automated=True,
        metadata={**metadata, CONFIRMATION: ASKED if code is None else GIVEN},
    )
