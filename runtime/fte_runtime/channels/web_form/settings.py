"""What a document says of one web form."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fte_agent.channels import WEB_FORM

KIND = WEB_FORM


def _as_sent(origin: str) -> str:
    """Browsers leave the default port out (RFC 6454 §6.1)."""
    return origin.removesuffix(":443" if origin.startswith("https:") else ":80")


Origin = Annotated[str, Field(pattern=r"^https?://[^/?#]+$"), AfterValidator(_as_sent)]


class Settings(BaseModel):
    """Settings of one web form; ``rate_limit_per_minute`` counts submissions that one pod gives to be answered.

    Pages of ``allowed_origins`` may post to it and show its page in a frame.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = "Contact support"
    rate_limit_per_minute: Annotated[int, Field(ge=1)] = 60
    allowed_origins: tuple[Origin, ...] = ()
