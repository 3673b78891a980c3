"""What a document says of one web form."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fte_agent.channels import WEB_FORM

KIND = WEB_FORM


class Settings(BaseModel):
    """Settings of one web form; ``rate_limit_per_minute`` counts submissions one pod accepts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = "Contact support"
    rate_limit_per_minute: Annotated[int, Field(ge=1)] = 60
