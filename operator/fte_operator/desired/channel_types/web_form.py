"""A form on a web page."""

from fte_operator.api.v1alpha1 import SupportChannel
from fte_operator.api.web_form import WebForm
from fte_operator.desired import Object
from fte_operator.desired.channel_types.base import ChannelType, Urls


def _settings(channel: SupportChannel, _: Urls) -> Object:
    form = channel.spec.web_form or WebForm()
    return {
        "title": form.title,
        "rate_limit_per_minute": form.rate_limit_per_minute,
        "allowed_origins": list(form.allowed_origins),
    }


WEB_FORM = ChannelType(
    member="web_form", topic="webform", endpoint_path=lambda _: "/support/submit", settings=_settings
)
