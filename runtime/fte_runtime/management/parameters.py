"""Parameters that several routes take. What is malformed is told with a remedy: pydantic's own words have none."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from fte_runtime.management.cursors import MAX_CURSOR_CHARS

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
YEARS = range(1970, 3000)
"""Of times: within them no zone and no span leads beyond what Python and PostgreSQL can say."""


def _id(given: object) -> UUID:
    try:
        return given if isinstance(given, UUID) else UUID(str(given))
    except ValueError:
        raise PydanticCustomError(
            "malformed_id", "must be an id as lists and look-ups give it, such as 0b9d2c1e-8f64-4a51-9d53-2f1f6c1b7a10"
        ) from None


def _time(given: object) -> object:
    """RFC 3339 with a zone, of our `YEARS`: neither a date, nor a number of seconds, nor a time without one."""
    text = str(given)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or "T" not in text.upper() or at.year not in YEARS:
        raise PydanticCustomError(
            "malformed_time",
            "must be a time with its zone (RFC 3339), such as 2026-11-30T08:00:00Z; a plus in a URL is written %2B",
        )
    return at


Id = Annotated[UUID, BeforeValidator(_id)]
PathId = Annotated[Id, Path()]
Time = Annotated[AwareDatetime, BeforeValidator(_time)]
Number = Annotated[int, Field(ge=0, lt=2**63)]
"""What a ``bigint`` holds."""

Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]
Cursor = Annotated[str, Field(max_length=MAX_CURSOR_CHARS, description="next_cursor of the page before.")]


class Parameters(BaseModel):
    """Of a query; one that is not known is refused, since a filter that is misspelt would let all through."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Page(Parameters):
    """Which page of a list."""

    cursor: Cursor | None = None
    limit: Limit = DEFAULT_LIMIT
