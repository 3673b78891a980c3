"""The AsyncAPI document of an employee's topics, derived from the events themselves.

https://www.asyncapi.com/docs/reference/specification/v3.0.0, with the Kafka bindings 0.5.0. ``make contracts`` writes
it to ``docs/contracts``, and a contract test holds real records to it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fte_agent.channels import TRAITS
from fte_database.repositories import events as told
from fte_runtime.api.event_messages import BINDINGS, Part, messages, name_of
from fte_runtime.events import Topics

VERSION = "1"
"""Of the topics; it grows with a change that an existing reader would notice."""

NAME = "events"
_DAY_MS = 24 * 60 * 60 * 1000
RETENTION_DAYS = {"incoming": 7, "inbound": 1, "escalations": 7, "metrics": 7, "dlq": 30}
"""How long the operator has the brokers keep a record; a contract test compares."""

_TOPICS = Topics("{prefix}")


def document() -> Mapping[str, Any]:
    """The whole document."""
    schemas: dict[str, Any] = {}
    channels = {
        "incoming": _channel(
            _TOPICS.incoming,
            "Customers' messages, normalised: the only queue of work. Partitions are spec.kafka.partitions.",
            "incoming",
            ["messageReceived"],
        ),
        **{
            f"{traits.topic}Inbound": _channel(
                _TOPICS.audit(kind),
                f"Of channels of kind {kind}: events that are no message, and copies of raw events for an audit.",
                "inbound",
                ["channelEvent", "rawEvent"],
            )
            for kind, traits in sorted(TRAITS.items())
        },
        "escalations": _channel(
            _TOPICS.named("escalations"),
            "What people should look at.",
            "escalations",
            [name_of(e) for e in told.ESCALATIONS],
        ),
        "metrics": _channel(
            _TOPICS.named("metrics"), "What each turn came to.", "metrics", [name_of(e) for e in told.METRICS]
        ),
        "dlq": _channel(
            _TOPICS.dlq,
            "Records that nobody can read, with the cause in their headers.",
            "dlq",
            ["deadLetter", "replay"],
        ),
    }
    described = messages(schemas)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Digital FTE: events",
            "version": VERSION,
            "description": "The Kafka topics of one employee. They are its own: others read escalations and metrics, "
            "and write none. A reader ignores fields that it does not know.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": _operations(channels),
        "components": {"messages": described, "schemas": schemas},
    }


def _channel(address: str, description: str, kept: str, names: Sequence[str]) -> Part:
    days = RETENTION_DAYS[kept]
    return {
        "address": address,
        "description": f"{description} A record is kept for {days} day{'s' if days > 1 else ''}.",
        "parameters": {"prefix": {"description": "spec.kafka.topicPrefix, or NAMESPACE.NAME of the DigitalFTE."}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": days * _DAY_MS},
                "bindingVersion": BINDINGS,
            }
        },
    }


def _operations(channels: Mapping[str, Part]) -> Part:
    """What the employee's own processes do: all of them write, and read what is work for them."""
    read = [name for name in channels if name == "incoming" or name.endswith("Inbound")]
    sends = {f"send_{name}": ("send", name) for name in channels}
    receives = {f"receive_{name}": ("receive", name) for name in read}
    return {
        operation: {"action": action, "channel": {"$ref": f"#/channels/{name}"}}
        for operation, (action, name) in {**sends, **receives}.items()
    }
