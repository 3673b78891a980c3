"""The spec of a `SupportChannel`: a type, and the settings of that type in the member named after it."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fte_operator.api.base import ApiModel
from fte_operator.api.fields import ObjectName, SecretKey, SecretKeyRef, Url
from fte_operator.api.shape import Shape

# E.164 (ITU-T): a plus sign, a country code, at most fifteen digits
_E164 = Shape(r"^\+[1-9][0-9]{6,14}$", "must be a number in E.164 form such as +14155238886")
PhoneNumber = Annotated[str, Field(max_length=16), _E164]
# https://www.twilio.com/docs/glossary/what-is-a-sid
_SID = Shape(r"^HX[0-9a-fA-F]{32}$", "must be HX and 32 hexadecimal digits")
ContentSid = Annotated[str, Field(max_length=34), _SID]

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
