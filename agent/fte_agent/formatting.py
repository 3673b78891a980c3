"""The only place where a reply gets the form of its channel."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from fte_agent.domain.behaviour import Company
from fte_agent.domain.messages import Channel
from fte_agent.errors import NoFormatter

_BLANK_LINES = re.compile(r"\n{3,}")


def format_for_channel(channel: Channel, text: str, company: Company) -> str:
    """``text`` as the channel's customer reads it.

    Raises:
        NoFormatter: nobody has said yet how a reply on this channel looks.
    """
    formatter = _FORMATTERS.get(channel)
    if formatter is None:
        raise NoFormatter(f"no replies can be written for channel {channel}")
    return formatter(text, company)


def _web_form(text: str, company: Company) -> str:
    """Plain paragraphs, signed with the company's name; the status page shows it as it is."""
    body = _BLANK_LINES.sub("\n\n", "\n".join(line.rstrip() for line in text.strip().splitlines()))
    return f"{body}\n\n{company.name} Support"


_FORMATTERS: Mapping[Channel, Callable[[str, Company], str]] = MappingProxyType({Channel.WEB_FORM: _web_form})
