"""The messages of the AsyncAPI document, each derived from what writes it."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from fte_agent.domain.messages import InboundMessage
from fte_database.repositories import events as told
from fte_runtime.dead_letters import HEADERS, REPLAY_OF
from fte_runtime.envelope import schema_of
from fte_runtime.events import EVENT_TYPE, EVENT_VERSION, MESSAGE_TYPE, MESSAGE_VERSION, RAW_EVENT, ChannelEvent

BINDINGS = "0.5.0"
"""Version of the Kafka bindings."""

_ENVELOPE = "application/cloudevents+json"
_TEXT = {"type": "string"}
_BYTES = {"type": "string", "format": "binary"}
Part = dict[str, Any]


def messages(schemas: Part) -> Part:
    """Every message by its name; what they are made of goes to ``schemas``."""
    message = _schema(TypeAdapter(InboundMessage), schemas, "InboundMessage", without=("extensions",))
    event = _schema(TypeAdapter(ChannelEvent), schemas, "ChannelEvent", without=("traceparent",))
    return {
        "messageReceived": _message(
            "A customer wrote. Records of one sender share a key, hence their order.",
            schema_of(MESSAGE_TYPE, MESSAGE_VERSION, message),
            "channel:address of the sender",
            content_type=_ENVELOPE,
            headers={RAW_EVENT: {**_BYTES, "description": "What it came in as, for the audit."}},
        ),
        "channelEvent": _message(
            "A provider told something that is no message, such as a delivery's status: its fields as they came.",
            schema_of(EVENT_TYPE, EVENT_VERSION, event),
            "the provider's id of what it is about",
            content_type=_ENVELOPE,
        ),
        "rawEvent": _message(
            "The copy of a raw event, in the provider's own form.",
            _BYTES,
            "that of the message it became",
            content_type="application/octet-stream",
        ),
        **{name_of(kind): _told(kind, schemas) for kind in (*told.ESCALATIONS, *told.METRICS)},
        "deadLetter": _message(
            "A record or message as it came, cut to 512 KiB, and then truncated says so.",
            _BYTES,
            "that of the record",
            content_type="application/octet-stream",
            headers=dict.fromkeys(HEADERS, _TEXT),
        ),
        "replay": _message(
            "A dead letter was played again: no value.",
            {"type": "string", "maxLength": 0},
            "that of the record",
            content_type="application/octet-stream",
            headers={REPLAY_OF: {**_TEXT, "description": "Its partition:offset on this topic."}},
        ),
    }


def _told(kind: type[told.Event], schemas: Part) -> Part:
    payload = _schema(TypeAdapter(kind), schemas, kind.__name__)
    event_id = {**_TEXT, "format": "uuid", "description": "Its name for ever: what is told twice has it twice."}
    return _message((kind.__doc__ or "").strip(), payload, "conversation_id", headers={"event-id": event_id})


def _message(
    description: str,
    payload: Mapping[str, Any],
    key: str,
    *,
    content_type: str = "application/json",
    headers: Mapping[str, Any] | None = None,
) -> Part:
    return {
        "description": description,
        "contentType": content_type,
        "payload": payload,
        **({"headers": {"type": "object", "properties": dict(headers)}} if headers else {}),
        "bindings": {"kafka": {"key": {**_TEXT, "description": key}, "bindingVersion": BINDINGS}},
    }


def _schema(adapter: TypeAdapter[Any], schemas: Part, name: str, without: Sequence[str] = ()) -> Part:
    """A reference to the adapter's schema among ``schemas``; a field of ``without`` is no part of a record.

    As written: a field with a default is there, too.
    """
    found = adapter.json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    for field in without:
        del found["properties"][field]
    parts = found.pop("$defs", {})
    for each in (found, *parts.values()):
        if "properties" in each:
            each["required"] = list(each["properties"])
    schemas.update(parts)
    schemas[name] = found
    return {"$ref": f"#/components/schemas/{name}"}


def name_of(kind: type[told.Event]) -> str:
    """What a message of this kind is called in the document."""
    return kind.__name__[0].lower() + kind.__name__[1:]
