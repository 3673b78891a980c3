"""What a document says of one echo."""

from pydantic import BaseModel, ConfigDict

KIND = "echo"


class Settings(BaseModel):
    """An echo has no settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")
