"""Names of the topics and the records on them.

A record of ``tickets.incoming`` is an `InboundMessage`, one of ``channels.<kind>.inbound`` a `ChannelEvent` or, for an
audit, the copy of a raw event; messages and events are CloudEvents (`fte_runtime.envelope`). A reader takes the version
before its own too, and keeps fields it does not know. A newer version waits for a newer reader: guessing at a
customer's words is worse than being late.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError

from fte_agent.channels import TRAITS
from fte_agent.domain.messages import Channel, InboundMessage
from fte_runtime.envelope import Envelope, json_object, traceparent_in, traceparent_of, unwrap, wrap
from fte_runtime.errors import NewerVersion, UndecodableRecord
from fte_runtime.message_data import from_data, to_data

MESSAGE_TYPE = "dev.digitalfte.message.received"
MESSAGE_VERSION = 2
"""Version 1 had no envelope: the message's fields beside ``"v": 1``."""

EVENT_TYPE = "dev.digitalfte.channel.event"
EVENT_VERSION = 1

RAW_EVENT = "raw-event"
"""Header of a message's record: the bytes it came in as, for the audit."""

TRACEPARENT = "traceparent"
"""Key of `InboundMessage.metadata` under which a message knows the trace it belongs to (W3C Trace Context)."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one employee, all under one prefix."""

    prefix: str

    @property
    def incoming(self) -> str:
        """Customer messages, normalised: the only queue of work."""
        return f"{self.prefix}.tickets.incoming"

    @property
    def dlq(self) -> str:
        """Records nobody could read, with the cause in their headers."""
        return f"{self.prefix}.dlq"

    @property
    def group(self) -> str:
        """The workers' consumer group."""
        return f"{self.prefix}.worker"

    @property
    def events_group(self) -> str:
        """The workers' consumer group of the channels' own topics."""
        return f"{self.prefix}.events"

    def audit(self, channel: Channel) -> str:
        """Raw events of a kind of channel, and what is no message; kept for a day."""
        return f"{self.prefix}.channels.{TRAITS[channel].topic}.inbound"

    def named(self, name: str) -> str:
        """The topic ``name`` of this employee, with its prefix."""
        return f"{self.prefix}.{name}"

    def used(self, kinds: Iterable[Channel]) -> list[str]:
        """Every topic that an employee with channels of these kinds writes to."""
        told = (self.named("escalations"), self.named("metrics"))
        return sorted({self.incoming, self.dlq, *told, *map(self.audit, kinds)})


@dataclass(frozen=True, slots=True)
class ChannelEvent:
    """What a provider told that is no message, such as a delivery's status: its fields as they came."""

    channel_name: str
    kind: Channel
    received_at: datetime
    fields: Mapping[str, str]
    traceparent: str = ""


_EVENT = TypeAdapter(ChannelEvent)


def key_of(message: InboundMessage) -> bytes:
    """Records of one sender share a key, hence a partition, hence their order."""
    return f"{message.channel}:{message.sender.normalised}".encode()


def traced(message: InboundMessage, traceparent: str) -> InboundMessage:
    """The message, belonging to a trace."""
    return replace(message, metadata=message.metadata | {TRACEPARENT: traceparent})


def encode(message: InboundMessage) -> bytes:
    """A message as a record's value; a trace begins here unless its metadata name one.

    Raises:
        RecordTooLarge: it is more than a record may hold.
    """
    data = to_data(message)
    metadata = data["metadata"] = dict(message.metadata)
    return wrap(
        Envelope(
            type=MESSAGE_TYPE,
            source=_source(message.channel, message.channel_name),
            id=message.dedupe_key,
            time=message.occurred_at,
            version=MESSAGE_VERSION,
            traceparent=traceparent_of(metadata.pop(TRACEPARENT, None)),
            data=data,
        )
    )


def decode(value: bytes | None) -> InboundMessage:
    """A record's value as a message, of this version or the one before.

    Raises:
        UndecodableRecord: it is empty, too large, no JSON, of another type, or a field is missing or wrong.
        NewerVersion: a later release wrote it, or it came on a kind of channel that only a later release has.
    """
    fields = json_object(value)
    if fields.get("v") == 1:
        del fields["v"]
        return _of_known_kind(from_data(fields))
    message = _of_known_kind(from_data(unwrap(fields, event_type=MESSAGE_TYPE, version=MESSAGE_VERSION)))
    traceparent = traceparent_in(fields)
    return traced(message, traceparent) if traceparent else message


def _of_known_kind(message: InboundMessage) -> InboundMessage:
    if message.channel not in TRAITS:
        raise NewerVersion(f"a message on the kind of channel {message.channel!r}, which this release does not have")
    return message


def encode_event(event: ChannelEvent, key: str) -> bytes:
    """A channel's event as a record's value; ``key`` is the provider's id of what it is about.

    Raises:
        RecordTooLarge: it is more than a record may hold.
    """
    return wrap(
        Envelope(
            type=EVENT_TYPE,
            source=_source(event.kind, event.channel_name),
            id=f"{key}/{uuid4()}",
            time=event.received_at,
            version=EVENT_VERSION,
            traceparent=traceparent_of(event.traceparent),
            data={
                "channel_name": event.channel_name,
                "kind": event.kind,
                "received_at": event.received_at.isoformat(),
                "fields": dict(event.fields),
            },
        )
    )


def decode_event(value: bytes | None) -> ChannelEvent:
    """A record's value as a channel's event.

    Raises:
        UndecodableRecord: it is none, or wrong. Copies of raw events are none either: see `is_envelope`.
        NewerVersion: a later release wrote it.
    """
    fields = json_object(value)
    data = unwrap(fields, event_type=EVENT_TYPE, version=EVENT_VERSION)
    try:
        return _EVENT.validate_python({**data, "traceparent": traceparent_in(fields)})
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False))
        raise UndecodableRecord(faults) from None


def is_envelope(headers: Mapping[str, bytes]) -> bool:
    """Whether a record is an envelope, by its headers, and not the copy of a raw event."""
    return headers.get("content-type", b"").startswith(b"application/cloudevents")


@lru_cache
def _source(kind: Channel, channel_name: str) -> str:
    """A URI reference, unique together with a provider's id."""
    return f"/channels/{quote(kind, safe='')}/{quote(channel_name, safe='')}"
