"""The one registry: from the type of a SupportChannel to the package that is its plug-in."""

from collections.abc import Iterable
from importlib import import_module
from types import ModuleType
from typing import Literal

PLUGINS: dict[str, str] = {
    "Gmail": "fte_runtime.channels.gmail",
    "TwilioWhatsApp": "fte_runtime.channels.twilio_whatsapp",
    "WebForm": "fte_runtime.channels.web_form",
}


def plugin(channel_type: str, part: Literal["settings", "routes", "worker"]) -> ModuleType:
    """One module of a plug-in, imported when first asked for: the API loads no vendor's client, the worker no routes.

    Raises:
        KeyError: no plug-in has this type.
    """
    return import_module(f"{PLUGINS[channel_type]}.{part}")


def member(channel_type: str) -> str:
    """The key under which a document holds the settings of a channel of this type: the package's own name."""
    return PLUGINS[channel_type].rpartition(".")[2]


def kinds(channel_types: Iterable[str]) -> set[str]:
    """The kinds of channel (`fte_agent.channels`) of these types."""
    return {plugin(channel_type, "settings").KIND for channel_type in channel_types}
