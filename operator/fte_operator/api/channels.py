"""The spec of a `SupportChannel`: a type, and the settings of that type in the member named after it."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fte_operator.api.base import ApiModel
from fte_operator.api.fields import ObjectName, SecretKey, SecretKeyRef, Url

# E.164 (ITU-T): a plus sign, a country code, at most fifteen digits
PhoneNumber = Annotated[str, Field(max_length=16, pattern=r"^\+[1-9][0-9]{6,14}$")]
# https://www.twilio.com/docs/glossary/what-is-a-sid
ContentSid = Annotated[str, Field(max_length=34, pattern=r"^HX[0-9a-fA-F]{32}$")]


class WebForm(ApiModel):
    """A form on a web page. `rate_limit_per_minute` counts submissions one pod accepts."""

    title: Annotated[str, Field(min_length=1, max_length=120)] = "Contact support"
    rate_limit_per_minute: Annotated[int, Field(ge=1, le=10000)] = 60


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
    """A WhatsApp number at Twilio. `api_url` is another address of Twilio's API, such as an egress proxy's."""

    sender: PhoneNumber
    account_sid_secret_ref: SecretKeyRef
    auth_token_secret_ref: AuthTokenRef
    api_url: Annotated[Url | None, Field(alias="apiURL")] = None
    status_callback: Literal["Enabled", "Disabled"] = "Enabled"
    registration: Literal["Managed", "Manual"] = "Manual"
    templates: Templates = Templates()


class SupportChannelSpec(ApiModel):
    """Desired state of one channel; the member that `type` names has its settings."""

    type: Literal["WebForm", "TwilioWhatsApp"]
    run_state: Literal["Active", "Paused"] = "Active"
    web_form: WebForm | None = None
    twilio_whatsapp: Annotated[TwilioWhatsApp | None, Field(alias="twilioWhatsApp")] = None

    @model_validator(mode="after")
    def _settings_are_of_the_type(self) -> Self:
        if (self.type == "TwilioWhatsApp") != (self.twilio_whatsapp is not None):
            raise ValueError("twilioWhatsApp must be set with type TwilioWhatsApp and with no other: add or remove it")
        if self.web_form is not None and self.type != "WebForm":
            raise ValueError("webForm must be set with no type but WebForm: remove it")
        return self
