"""``spec.retention``: for how long what customers wrote is kept."""

from typing import Annotated

from pydantic import Field

from fte_operator.api.base import ApiModel

Days = Annotated[int, Field(ge=1, le=36_500)]


class Retention(ApiModel):
    """Days by kind of data; what has none is kept for ever."""

    messages_days: Days | None = None
    raw_events_days: Days | None = None
    runs_days: Days | None = None
    audit_days: Days | None = None
    customers_days: Days | None = None

    @property
    def ages(self) -> dict[str, int]:
        """Those that are set, by their names in the document."""
        return {name: value for name, value in self.model_dump().items() if value is not None}
