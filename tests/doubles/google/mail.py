"""One message in a mailbox, and the forms in which the API shows it.

https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages
"""

from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

SHOWN = 200


@dataclass(slots=True)
class Mail:
    """``date`` is the internalDate in ms. ``hidden_gets``, ``hidden_lists``: how often it is not there yet."""

    id: str
    thread_id: str
    raw: bytes
    labels: set[str]
    date: int
    history_id: int
    hidden_gets: int = 0
    hidden_lists: int = 0
    parsed: Message = field(init=False)

    def __post_init__(self) -> None:
        self.parsed = message_from_bytes(self.raw)

    @property
    def message_id(self) -> str:
        return self.header("Message-ID").strip()

    def header(self, name: str) -> str:
        return str(self.parsed.get(name, ""))

    def short(self) -> dict[str, Any]:
        """As lists and history show it."""
        return {"id": self.id, "threadId": self.thread_id}

    def resource(self, form: str, headers: Collection[str] = ()) -> dict[str, Any]:
        """The Message resource in one of the formats ``minimal``, ``metadata``, ``raw`` and ``full``."""
        shown: dict[str, Any] = self.short() | {
            "labelIds": sorted(self.labels),
            "snippet": self._snippet(),
            "historyId": str(self.history_id),
            "internalDate": str(self.date),
            "sizeEstimate": len(self.raw),
        }
        if form == "raw":
            shown["raw"] = urlsafe_b64encode(self.raw).decode()
        elif form == "metadata":
            shown["payload"] = {"mimeType": self.parsed.get_content_type(), "headers": _headers(self.parsed, headers)}
        elif form == "full":
            shown["payload"] = _part(self.parsed, "")
        return shown

    def _snippet(self) -> str:
        texts = (part for part in self.parsed.walk() if part.get_content_type() == "text/plain")
        data = next((part.get_payload(decode=True) or b"" for part in texts), b"")
        return " ".join(data.decode(errors="replace").split())[:SHOWN]


def _headers(part: Message, wanted: Collection[str] = ()) -> list[dict[str, str]]:
    names = {name.lower() for name in wanted}
    return [{"name": name, "value": str(value)} for name, value in part.items() if not names or name.lower() in names]


def _part(part: Message, number: str) -> dict[str, Any]:
    """A MessagePart: https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages#messagepart."""
    shown: dict[str, Any] = {
        "partId": number,
        "mimeType": part.get_content_type(),
        "filename": part.get_filename() or "",
        "headers": _headers(part),
    }
    if part.is_multipart():
        inner = part.get_payload()
        shown["body"] = {"size": 0}
        shown["parts"] = [
            _part(sub, f"{number}.{place}" if number else str(place))
            for place, sub in enumerate(inner)
            if isinstance(sub, Message)
        ]
    else:
        data = part.get_payload(decode=True) or b""
        shown["body"] = {"size": len(data), "data": urlsafe_b64encode(data).decode()}
    return shown
