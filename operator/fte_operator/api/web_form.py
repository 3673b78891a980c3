"""Settings of a form on a web page."""

from typing import Annotated

from pydantic import Field

from fte_operator.api.base import ApiModel
from fte_operator.api.shape import Shape

# RFC 6454 §6.2, in lower case as browsers send it
_ORIGIN = Shape(
    r"^https?://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{1,5})?$",
    "must be an origin such as https://www.example.com, in lower case and without a path",
)
Origin = Annotated[str, Field(max_length=255), _ORIGIN]


class WebForm(ApiModel):
    """A form on a web page. `rate_limit_per_minute` counts submissions that one pod gives to be answered."""

    title: Annotated[str, Field(min_length=1, max_length=120)] = "Contact support"
    rate_limit_per_minute: Annotated[int, Field(ge=1, le=10000)] = 60
    allowed_origins: Annotated[tuple[Origin, ...], Field(max_length=16)] = ()
