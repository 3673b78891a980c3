"""The outside of a record: CloudEvents 1.0 in structured mode.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md, with its Kafka binding's content type and two
extension attributes: ``traceparent`` of the distributed-tracing extension (W3C Trace Context), and ``dataversion``,
the version of what is in ``data``.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from fte_runtime.errors import NewerVersion, RecordTooLarge, UndecodableRecord

MAX_RECORD_BYTES = 256 * 1024
"""Of one record's value, written or read."""

STRUCTURED: Mapping[str, bytes] = {"content-type": b"application/cloudevents+json; charset=UTF-8"}
"""Headers of a record that is an envelope; a raw event's copy names its own content type."""

_SPECVERSION = "1.0"
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event. ``source`` and ``id`` together are the event's identity; ``data`` is an object of ``version``."""

    type: str
    source: str
    id: str
    time: datetime
    version: int
    traceparent: str
    data: Mapping[str, Any]


def wrap(envelope: Envelope) -> bytes:
    """An envelope as a record's value.

    Raises:
        RecordTooLarge: it has more than `MAX_RECORD_BYTES`.
    """
    fields = {
        "specversion": _SPECVERSION,
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "time": envelope.time.isoformat(),
        "datacontenttype": "application/json",
        "dataversion": envelope.version,
        "traceparent": envelope.traceparent,
        "data": envelope.data,
    }
    value = to_json(fields)  # a quarter of json's cost
    if len(value) > MAX_RECORD_BYTES:
        raise RecordTooLarge(f"{len(value)} bytes are more than {MAX_RECORD_BYTES}")
    return value


def schema_of(event_type: str, version: int, data: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of what `wrap` makes of events of this type; ``data`` is that of their data."""
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "time", "datacontenttype", "dataversion", "data"],
        "properties": {
            "specversion": {"const": _SPECVERSION},
            "id": {**text, "description": "With source the event's identity: what is told twice has it twice."},
            "source": {**text, "format": "uri-reference"},
            "type": {"const": event_type},
            "time": {**text, "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "dataversion": {"const": version},
            "traceparent": {**text, "description": "W3C Trace Context.", "pattern": f"^{_TRACEPARENT.pattern}$"},
            "data": data,
        },
    }


def json_object(value: bytes | None) -> dict[str, Any]:
    """A record's value as a JSON object.

    Raises:
        UndecodableRecord: it is empty, too large, no JSON object, or holds half a surrogate pair, which no database
            stores. It has no cause: the parser's error quotes the customer.
    """
    if value is not None and len(value) > MAX_RECORD_BYTES:
        raise UndecodableRecord(f"{len(value)} bytes are more than {MAX_RECORD_BYTES}")
    try:
        fields = json.loads((value or b"").decode(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise UndecodableRecord(f"no JSON: {type(error).__name__}") from None
    if not isinstance(fields, dict):
        raise UndecodableRecord("no JSON object")
    try:
        json.dumps(fields, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise UndecodableRecord(f"cannot be stored: {type(error).__name__}") from None
    return fields


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def unwrap(fields: Mapping[str, Any], *, event_type: str, version: int) -> Mapping[str, Any]:
    """The ``data`` of an envelope of this type in this version.

    Raises:
        UndecodableRecord: it is no such envelope.
        NewerVersion: it is, in a version of a later release.
    """
    if fields.get("specversion") != _SPECVERSION:
        raise UndecodableRecord("no CloudEvents 1.0 envelope")
    if fields.get("type") != event_type:
        raise UndecodableRecord(f"type is not {event_type}")
    found = fields.get("dataversion")
    if type(found) is not int or found < version:
        raise UndecodableRecord(f"dataversion {found!r:.20} is not {version}")
    if found > version:
        raise NewerVersion(f"dataversion {found} is newer than {version}")
    data = fields.get("data")
    if not isinstance(data, dict):
        raise UndecodableRecord("data is no JSON object")
    return data


def traceparent_in(fields: Mapping[str, Any]) -> str:
    """The trace an envelope belongs to; empty when it names none that is well formed."""
    found = fields.get("traceparent")
    return found if isinstance(found, str) and _TRACEPARENT.fullmatch(found) else ""


def traceparent_of(given: str | None) -> str:
    """A request's ``traceparent`` if it is one of version 00, else the beginning of a trace of our own.

    https://www.w3.org/TR/trace-context/#traceparent-header; what is malformed is to be ignored.
    """
    if given and _TRACEPARENT.fullmatch(given):
        return given
    ids = secrets.token_hex(24)
    return f"00-{ids[:32]}-{ids[32:]}-01"
