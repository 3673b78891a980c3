"""``spec.company``: whom the employee speaks for, and when people are there."""

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from fte_operator.api.base import ApiModel
from fte_operator.api.fields import Url
from fte_operator.api.shape import Shape

EMAIL = Shape(r"^[^@\s]+@[^@\s]+$", "must be an e-mail address such as help@example.com")
_TIME = Shape(r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", "must be a time of the day such as 09:00, up to 24:00")
_ZONE = Shape(r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$", "must be a time zone such as Europe/Berlin or UTC")

Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
TimeOfDay = Annotated[str, Field(max_length=5), _TIME]


def _known_zone(name: str) -> str:
    """IANA's names; the API server has no list of them, so the operator alone can tell."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError):  # a missing file, a folder, or a name that leads out of the list
        raise ValueError("must be a time zone such as Europe/Berlin or UTC: see IANA's list of names") from None
    return name


class Hours(ApiModel):
    """A time of some days of the week, in the company's zone."""

    days: Annotated[tuple[Day, ...], Field(min_length=1, max_length=7)]
    start: Annotated[TimeOfDay, Field(alias="from")]
    until: TimeOfDay

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.start >= self.until:
            raise ValueError(
                "hours.from must be before hours.until: write a night as two, the first until 24:00 and the second "
                "from 00:00 of the next day"
            )
        return self


class BusinessHours(ApiModel):
    """When people answer."""

    time_zone: Annotated[str, Field(min_length=1, max_length=64), _ZONE, AfterValidator(_known_zone)]
    hours: Annotated[tuple[Hours, ...], Field(min_length=1, max_length=14)]


class Company(ApiModel):
    """The company the employee speaks for; its strings may stand in a reply."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    support_email: Annotated[str, Field(max_length=254), EMAIL] | None = None
    website: Url | None = None
    signature: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    business_hours: BusinessHours | None = None
