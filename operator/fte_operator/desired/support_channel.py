"""What follows from a SupportChannel: its part of the documents, and the URLs that the outside is told."""

from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel
from fte_operator.desired import Object, defaults
from fte_operator.desired.channels import type_of


def settings(channel: SupportChannel) -> Object:
    """The channel as API and worker read it."""
    row, spec = type_of(channel), channel.spec
    return {"name": channel.name, "type": spec.type, "run_state": spec.run_state, row.member: row.settings(channel)}


def endpoint_url(channel: SupportChannel, fte: DigitalFTE) -> str:
    """Where `fte` takes in what is written to `channel`."""
    return defaults.api_url(fte) + type_of(channel).endpoint_path


def is_reachable(channel: SupportChannel, fte: DigitalFTE) -> bool:
    """Whether `fte` can be reached from where the messages of `channel` come."""
    return defaults.public_url(fte) is not None or not type_of(channel).needs_public_url


def registration(channel: SupportChannel, fte: DigitalFTE) -> str:
    """Who tells the vendor where to send messages to, and what a person has to set."""
    row, spec = type_of(channel), channel.spec
    if row.managed(spec):
        return "the employee registers the address itself"
    said, callback = row.manual.format(endpoint=endpoint_url(channel, fte)), row.callback_path(spec)
    if callback is None:
        return said
    return said + row.manual_callback.format(callback=defaults.api_url(fte) + callback)
