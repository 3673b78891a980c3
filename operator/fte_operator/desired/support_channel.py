"""What follows from a SupportChannel: its part of the documents, and the URL that its messages are sent to."""

from fte_operator.api.channels import WebForm
from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel
from fte_operator.desired import Object, defaults

_INTAKE = {"WebForm": "/support/submit"}


def settings(channel: SupportChannel) -> Object:
    """The channel as API and worker read it."""
    form = channel.spec.web_form or WebForm()
    shape = {"title": form.title, "rate_limit_per_minute": form.rate_limit_per_minute}
    return {"name": channel.name, "type": channel.spec.type, "web_form": shape}


def endpoint_url(channel: SupportChannel, fte: DigitalFTE) -> str:
    """Where `fte` takes in what is written to `channel`."""
    return defaults.api_url(fte) + _INTAKE[channel.spec.type]
