"""Names of the topics and the form of the records on them.

A record of ``tickets.incoming`` is an `InboundMessage` as JSON with ``"v": 1``. A reader refuses a
version it does not know: guessing at a customer's words is worse than keeping them aside.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC

from pydantic import TypeAdapter, ValidationError

from fte_agent.domain.messages import Channel, InboundMessage
from fte_runtime.errors import UndecodableRecord

VERSION = 1
MAX_RECORD_BYTES = 256 * 1024
"""What `decode` reads at most; the largest form (64 KiB) makes far less."""

_MESSAGE = TypeAdapter(InboundMessage)


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

    def audit(self, channel: Channel) -> str:
        """Raw events of a channel, kept for a day."""
        return f"{self.prefix}.channels.{channel.replace('_', '')}.inbound"

    def named(self, name: str) -> str:
        """The topic ``name`` of this employee, with its prefix."""
        return f"{self.prefix}.{name}"


@dataclass(frozen=True, slots=True)
class ChannelEvent:
    """A raw event of a channel: the fields as the provider sent them."""

    channel_name: str
    fields: dict[str, str]


def decode_event(value: bytes | None) -> ChannelEvent:
    """A record of a channel's own topic."""
    try:
        fields = json.loads(value or b"")
    except ValueError as error:
        raise UndecodableRecord(f"no JSON: {type(error).__name__}") from None
    return ChannelEvent(fields["channel_name"], fields["fields"])


def key_of(message: InboundMessage) -> bytes:
    """Records of one sender share a key, hence a partition, hence their order."""
    return f"{message.channel}:{message.sender.normalised}".encode()


def encode(message: InboundMessage) -> bytes:
    """A message as a record's value."""
    return json.dumps({"v": VERSION} | asdict(message), ensure_ascii=False, default=_plain).encode()


def decode(value: bytes | None) -> InboundMessage:
    """A record's value as a message.

    Raises:
        UndecodableRecord: it is empty, too large, no JSON, of another version, or a field is missing or
            wrong. It has no cause: the parsers' own errors quote the customer.
    """
    if value is not None and len(value) > MAX_RECORD_BYTES:
        raise UndecodableRecord(f"{len(value)} bytes are more than {MAX_RECORD_BYTES}")
    try:
        fields = json.loads(value or b"")
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise UndecodableRecord(f"no JSON: {type(error).__name__}") from None
    if not isinstance(fields, dict):
        raise UndecodableRecord("no JSON object")
    version = fields.pop("v", None)
    if version != VERSION:
        raise UndecodableRecord(f"version {version!r:.20} is not {VERSION}")
    try:
        message = _MESSAGE.validate_python(fields)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False))
        raise UndecodableRecord(faults) from None
    if message.occurred_at.tzinfo is None:
        raise UndecodableRecord("occurred_at: has no time zone")
    try:  # the database's driver would refuse these each time, and not as the record's fault
        message.occurred_at.astimezone(UTC)
        encode(message)
    except (OverflowError, UnicodeEncodeError) as error:
        raise UndecodableRecord(f"cannot be stored: {type(error).__name__}") from None
    return message


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
