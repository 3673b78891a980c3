"""What a push says: https://developers.google.com/workspace/gmail/api/guides/push#receiving_notifications.

It is a hint: the history id is the mailbox's current one, so history is read from where the last reading ended.
"""

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NUMBER = re.compile(r"[0-9]{1,20}")
MAX_HISTORY_ID = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Hint:
    """Something changed in a mailbox. ``message_id`` is Pub/Sub's: the same push twice has the same."""

    mailbox: str
    history_id: int
    message_id: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An authentic push that says nothing; it is acknowledged all the same, else it came again for days."""

    why: str


def read(body: bytes, *, subscription: str | None = None) -> Hint | Unreadable:
    """The hint in a verified body; with ``subscription`` it must be that one's."""
    try:
        push = json.loads(body)
        message = _object(push, "push")["message"]
        if subscription is not None and push.get("subscription") != subscription:
            return Unreadable("subscription")
        data = json.loads(_decoded(_object(message, "message")["data"]))
        return Hint(
            mailbox=_text(_object(data, "data")["emailAddress"]).lower(),
            history_id=_history_id(data["historyId"]),
            message_id=_text(message["messageId"]),
        )
    except KeyError as error:
        return Unreadable(str(error.args[0]))
    except _Wrong as error:
        return Unreadable(str(error))
    except (ValueError, RecursionError):
        return Unreadable("json")


class _Wrong(Exception):
    """A part has another form."""


def _object(part: object, name: str) -> Mapping[str, Any]:
    if not isinstance(part, dict):
        raise _Wrong(name)
    return part


def _text(part: object) -> str:
    """Of signs that can be seen: neither a database nor a bus takes half a surrogate pair, or NUL."""
    if not isinstance(part, str) or not 0 < len(part) <= 320 or not part.isprintable():
        raise _Wrong("text")
    return part


def _decoded(data: object) -> bytes:
    """Base64 in either alphabet: the guides of Gmail and of Pub/Sub name one each."""
    if not isinstance(data, str):
        raise _Wrong("data")
    plain = data.replace("-", "+").replace("_", "/")
    return b64decode(plain + "=" * (-len(plain) % 4), validate=True)


def _history_id(part: object) -> int:
    """A string or a number: both are seen."""
    text = str(part) if isinstance(part, int) else part
    if not isinstance(text, str) or not _NUMBER.fullmatch(text) or int(text) > MAX_HISTORY_ID:
        raise _Wrong("historyId")
    return int(text)
