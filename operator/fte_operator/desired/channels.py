"""Every channel type, a row each: the one place, besides the API and the rows, that knows types by name.

A new type is its member in `fte_operator.api.channels`, its module in `fte_operator.desired.channel_types` and a row
here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fte_operator.api.v1alpha1 import SupportChannel
from fte_operator.desired.channel_types.base import ChannelType
from fte_operator.desired.channel_types.gmail import GMAIL
from fte_operator.desired.channel_types.twilio_whatsapp import TWILIO_WHATSAPP
from fte_operator.desired.channel_types.web_form import WEB_FORM

TYPES: Final[Mapping[str, ChannelType]] = MappingProxyType(
    {
        "Gmail": GMAIL,
        "TwilioWhatsApp": TWILIO_WHATSAPP,
        "WebForm": WEB_FORM,
    }
)
"""Rows by the name in ``spec.type``."""


def type_of(channel: SupportChannel) -> ChannelType:
    """The row of a channel's type."""
    return TYPES[channel.spec.type]
