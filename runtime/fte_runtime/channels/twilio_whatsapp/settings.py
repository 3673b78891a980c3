"""What a document says of one WhatsApp sender at Twilio."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fte_agent.channels import WHATSAPP

KIND = WHATSAPP


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TemplateVariable(_Part):
    """One variable of an approved template: what fills it, and what does where that is empty."""

    source: Literal["CustomerName", "CompanyName", "Subject"] | None = None
    default: Annotated[str, Field(min_length=1)]


class Template(_Part):
    """An approved template: https://www.twilio.com/docs/content."""

    content_sid: str
    variables: Mapping[str, TemplateVariable] = Field(default_factory=dict)


class Templates(_Part):
    """Templates by purpose; ``reopen`` invites a customer to write when free text may not be sent any more."""

    reopen: Template | None = None


class Settings(_Part):
    """Settings of one sender. ``sender`` is its number in E.164; the files hold the account's credentials.

    ``previous_auth_token_file`` may name a file that does not exist. ``status_callback`` asks Twilio to report what
    becomes of each message. ``registration``: whether the worker sets the sender's webhooks at Twilio. ``api_url``
    stands in place of the vendor's hosts: a region's, or a proxy's.
    """

    sender: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")]
    account_sid_file: Path
    auth_token_file: Path
    previous_auth_token_file: Path | None = None
    api_url: str | None = None
    status_callback: bool = True
    registration: Literal["Managed", "Manual"] = "Manual"
    templates: Templates = Templates()
