"""Settings of a WhatsApp number at Twilio."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from fte_operator.api.base import ApiModel
from fte_operator.api.fields import ObjectName, SecretKey, SecretKeyRef, Url
from fte_operator.api.shape import Shape

# E.164 (ITU-T): a plus sign, a country code, at most fifteen digits
_E164 = Shape(r"^\+[1-9][0-9]{6,14}$", "must be a number in E.164 form such as +14155238886")
PhoneNumber = Annotated[str, Field(max_length=16), _E164]
# https://www.twilio.com/docs/glossary/what-is-a-sid
_SID = Shape(r"^HX[0-9a-fA-F]{32}$", "must be HX and 32 hexadecimal digits")
ContentSid = Annotated[str, Field(max_length=34), _SID]


class AuthTokenRef(ApiModel):
    """A token that can be replaced without a gap: what `previous_key` holds is accepted too while it is there."""

    name: ObjectName
    key: SecretKey
    previous_key: SecretKey | None = None


class TemplateVariable(ApiModel):
    """What stands in a template's gap: something of the conversation, or `default` where that is not known."""

    source: Literal["CustomerName", "CompanyName", "Subject"] | None = None
    default: Annotated[str, Field(min_length=1, max_length=200)]


class Template(ApiModel):
    """A message that the vendor approved, by its Content SID."""

    content_sid: ContentSid
    variables: Annotated[Mapping[str, TemplateVariable], Field(max_length=16)] = Field(default_factory=dict)


class Templates(ApiModel):
    """Templates by purpose. `reopen` asks a customer to write again once free text is no longer allowed."""

    reopen: Template | None = None


class TwilioWhatsApp(ApiModel):
    """A WhatsApp number at Twilio. `api_url` is another address of Twilio's API, such as an egress proxy's.

    `fee_per_message` is in micro-dollars.
    """

    sender: PhoneNumber
    account_sid_secret_ref: SecretKeyRef
    auth_token_secret_ref: AuthTokenRef
    api_url: Annotated[Url | None, Field(alias="apiURL")] = None
    status_callback: Literal["Enabled", "Disabled"] = "Enabled"
    registration: Literal["Managed", "Manual"] = "Manual"
    templates: Templates = Templates()
    fee_per_message: Annotated[int | None, Field(ge=0, le=10_000_000)] = None
