"""An `InboundMessage` as the ``data`` of its record, and back.

Written field by field: a generic conversion copies every value deeply, which was an eighth of the API's CPU time.
What this release does not know is kept in `InboundMessage.extensions` and written back as it came.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC
from typing import Any

from pydantic import TypeAdapter, ValidationError

from fte_agent.domain.messages import InboundMessage
from fte_runtime.errors import UndecodableRecord

_MESSAGE = TypeAdapter(InboundMessage)
_KNOWN = frozenset(field.name for field in fields(InboundMessage)) - {"extensions"}


def to_data(message: InboundMessage) -> dict[str, Any]:
    """The message's fields as JSON values."""
    sender, target = message.sender, message.reply_target
    known = {
        "source": message.source,
        "dedupe_key": message.dedupe_key,
        "channel": message.channel,
        "channel_name": message.channel_name,
        "thread_key": message.thread_key,
        "sender": {"kind": sender.kind, "value": sender.value, "verified": sender.verified},
        "body": message.body,
        "occurred_at": message.occurred_at.isoformat(),
        "subject": message.subject,
        "display_name": message.display_name,
        "category": message.category,
        "priority": message.priority,
        "ticket_id": str(message.ticket_id) if message.ticket_id else None,
        "status_token_sha256": message.status_token_sha256,
        "automated": message.automated,
        "excess": message.excess,
        "handed_over": message.handed_over,
        "external_id": message.external_id,
        "in_reply_to": message.in_reply_to,
        "reply_target": target
        and {
            "address": target.address,
            "subject": target.subject,
            "thread": target.thread,
            "parent_id": target.parent_id,
            "references": target.references,
            "written_to": target.written_to,
        },
        "attachments": [{"kind": part.kind, "url": part.url, "name": part.name} for part in message.attachments],
        "preference": message.preference,
        "metadata": message.metadata,
        "references": list(message.references),
        "reply_token": message.reply_token,
        "participants": list(message.participants),
    }
    return {**message.extensions, **known}


def from_data(data: Mapping[str, Any]) -> InboundMessage:
    """The message of a record's ``data``.

    Raises:
        UndecodableRecord: a field is missing, wrong, or no database could store it. It has no cause: the parser's
            own error quotes the customer.
    """
    known = {name: value for name, value in data.items() if name in _KNOWN}
    known["extensions"] = {name: value for name, value in data.items() if name not in _KNOWN}
    try:
        message = _MESSAGE.validate_python(known)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False))
        raise UndecodableRecord(faults) from None
    if message.occurred_at.tzinfo is None:
        raise UndecodableRecord("occurred_at: has no time zone")
    try:  # the database's driver would refuse it each time, and not as the record's fault
        message.occurred_at.astimezone(UTC)
    except OverflowError as error:
        raise UndecodableRecord(f"occurred_at: cannot be stored: {type(error).__name__}") from None
    return message
