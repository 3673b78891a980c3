"""What follows from a SupportChannel: its part of the documents, and the URLs that the outside is told."""

from collections.abc import Iterable

from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel
from fte_operator.desired import Object, defaults
from fte_operator.desired.channel_types.base import Urls
from fte_operator.desired.channels import type_of


def settings(channel: SupportChannel, fte: DigitalFTE) -> Object:
    """The channel as API and worker of `fte` read it."""
    row, spec = type_of(channel), channel.spec
    said = row.settings(channel, _urls(channel, fte))
    return {"name": channel.name, "type": spec.type, "run_state": spec.run_state, row.member: said}


def fees(channels: Iterable[SupportChannel]) -> dict[str, int]:
    """What a message sent costs, in micro-dollars, by the name of each channel that says so."""
    asked = {channel.name: type_of(channel).fee(channel.spec) for channel in channels}
    return {name: fee for name, fee in asked.items() if fee is not None}


def endpoint_url(channel: SupportChannel, fte: DigitalFTE) -> str | None:
    """Where `fte` takes in what is written to `channel`; None if it fetches that."""
    return _urls(channel, fte).endpoint


def is_reachable(channel: SupportChannel, fte: DigitalFTE) -> bool:
    """Whether `fte` can be reached from where the messages of `channel` come."""
    return defaults.public_url(fte) is not None or not type_of(channel).needs_public_url(channel.spec)


def registration(channel: SupportChannel, fte: DigitalFTE) -> str:
    """Who tells the vendor where to send messages to, and what a person has to set."""
    return type_of(channel).registration(channel.spec, _urls(channel, fte))


def _urls(channel: SupportChannel, fte: DigitalFTE) -> Urls:
    row, base = type_of(channel), defaults.api_url(fte)
    paths = row.endpoint_path(channel.spec), row.callback_path(channel.spec)
    return Urls(*(None if path is None else base + path for path in paths))
