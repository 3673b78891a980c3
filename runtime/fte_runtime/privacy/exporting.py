"""One customer's export as one JSON document, written piece by piece; docs/contracts/customer-export.schema.json."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from fte_database.repositories.privacy.exports import Subject

FORMAT = "digitalfte.dev/customer-export/v1"


class Exports(Protocol):
    """`fte_database.repositories.privacy.exports.ExportStore`."""

    async def subject(self, customer: UUID, actor: str) -> Subject | None:
        """The customer, and in the audit log who asks for them; None for an unknown one."""

    async def conversation(self, subject: Subject, conversation: UUID) -> dict[str, Any]:
        """One conversation without its messages."""

    def messages(self, subject: Subject, conversation: UUID) -> AsyncIterator[dict[str, Any]]:
        """Its messages, oldest first."""


async def document(exports: Exports, subject: Subject, now: datetime) -> AsyncIterator[str]:
    """The document in pieces, in the order in which they are read; an error in the middle leaves it without its end."""
    head = {
        "format": FORMAT,
        "exported_at": now,
        "customers": list(subject.person.records),
        **subject.facts,
        "identifiers": list(subject.identifiers),
    }
    yield f'{_json(head)[:-1]}, "conversations": ['
    for number, conversation in enumerate(subject.conversations):
        about = await exports.conversation(subject, conversation)
        yield f'{", " if number else ""}{_json(about)[:-1]}, "messages": ['
        first = True
        async for message in exports.messages(subject, conversation):
            yield _json(message) if first else f", {_json(message)}"
            first = False
        yield "]}"
    yield "]}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_text)


def _text(value: object) -> str:
    match value:
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
    raise TypeError(f"{type(value).__name__} has no place in an export")
