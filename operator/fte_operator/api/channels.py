"""The spec of a `SupportChannel`: a type, and the settings of that type in the member named after it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fte_operator.api.base import ApiModel
from fte_operator.api.gmail import Gmail
from fte_operator.api.twilio_whatsapp import TwilioWhatsApp
from fte_operator.api.web_form import WebForm


class SupportChannelSpec(ApiModel):
    """Desired state of one channel; the member that `type` names has its settings."""

    type: Literal["Gmail", "TwilioWhatsApp", "WebForm"]
    run_state: Literal["Active", "Paused"] = "Active"
    gmail: Gmail | None = None
    twilio_whatsapp: Annotated[TwilioWhatsApp | None, Field(alias="twilioWhatsApp")] = None
    web_form: WebForm | None = None

    @model_validator(mode="after")
    def _settings_are_of_the_type(self) -> Self:
        if (self.type == "Gmail") != (self.gmail is not None):
            raise ValueError("gmail must be set with type Gmail and with no other: add or remove it")
        if (self.type == "TwilioWhatsApp") != (self.twilio_whatsapp is not None):
            raise ValueError("twilioWhatsApp must be set with type TwilioWhatsApp and with no other: add or remove it")
        if self.web_form is not None and self.type != "WebForm":
            raise ValueError("webForm must be set with no type but WebForm: remove it")
        return self
