"""The API's answers as values: https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.

Numbers come as strings, lists are left out when they are empty. What has not the documented form is no answer.
"""

from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from fte_runtime.channels.gmail.failures import NoAnswer

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Profile:
    """The mailbox that the credentials open."""

    address: str
    history_id: int


@dataclass(frozen=True, slots=True)
class Watched:
    """A watch that was set; after ``expires`` Gmail tells nothing more, without a word."""

    history_id: int
    expires: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A message as lists and history name it; ``labels`` are told by history alone."""

    id: str
    thread_id: str
    labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of messages, of a list newest first; ``history_id`` and ``deleted`` are there in history alone."""

    messages: tuple[Found, ...]
    next_page_token: str | None
    history_id: int | None = None
    deleted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``date`` is when Gmail took it; ``raw`` is the mail, and empty where only headers were asked for."""

    id: str
    thread_id: str
    labels: frozenset[str]
    date: datetime
    history_id: int
    size: int
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes = b""


def profile(answer: Mapping[str, Any]) -> Profile:
    """Of `users.getProfile`."""
    return _documented(lambda: Profile(_text(answer["emailAddress"]).lower(), int(answer["historyId"])))


def watched(answer: Mapping[str, Any]) -> Watched:
    """Of `users.watch`."""
    return _documented(lambda: Watched(int(answer["historyId"]), _moment(answer["expiration"])))


def listed(answer: Mapping[str, Any]) -> Page:
    """Of `users.messages.list`."""
    return _documented(lambda: Page(tuple(map(_found, answer.get("messages", ()))), _next(answer)))


def history(answer: Mapping[str, Any]) -> Page:
    """Of `users.history.list`: what was added or taken out of Spam, and what is gone for good."""

    def told(name: str, label: str | None = None) -> tuple[Found, ...]:
        changes = (each for record in answer.get("history", ()) for each in record.get(name, ()))
        return tuple(_found(each["message"]) for each in changes if label is None or label in each["labelIds"])

    return _documented(
        lambda: Page(
            told("messagesAdded") + told("labelsRemoved", "SPAM"),
            _next(answer),
            int(answer["historyId"]),
            frozenset(each.id for each in told("messagesDeleted")),
        )
    )


def message(answer: Mapping[str, Any]) -> Message:
    """Of `users.messages.get`, in any of its formats."""

    def read() -> Message:
        raw = _text(answer["raw"]) if "raw" in answer else ""
        headers = answer.get("payload", {}).get("headers", ())
        return Message(
            id=_text(answer["id"]),
            thread_id=_text(answer["threadId"]),
            labels=_labels(answer),
            date=_moment(answer["internalDate"]),
            history_id=int(answer["historyId"]),
            size=int(answer["sizeEstimate"]),
            headers=tuple((_text(header["name"]), _text(header["value"])) for header in headers),
            raw=urlsafe_b64decode(raw + "=" * (-len(raw) % 4)),
        )

    return _documented(read)


def thread(answer: Mapping[str, Any]) -> tuple[Message, ...]:
    """Of `users.threads.get`, oldest first."""
    return tuple(message(one) for one in _documented(lambda: list(answer["messages"])))


def sent(answer: Mapping[str, Any]) -> Found:
    """Of `users.messages.send`."""
    return _documented(lambda: _found(answer))


def addresses(answer: Mapping[str, Any]) -> frozenset[str]:
    """Of `users.settings.sendAs.list`: what the mailbox may send as, once that is confirmed."""
    return _documented(
        lambda: frozenset(
            _text(one["sendAsEmail"]).lower()
            for one in answer["sendAs"]
            if one.get("isPrimary") or one.get("verificationStatus") == "accepted"
        )
    )


def _documented(read: Callable[[], T]) -> T:
    try:
        return read()
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise NoAnswer("Undocumented") from error


def _found(one: Mapping[str, Any]) -> Found:
    return Found(_text(one["id"]), _text(one["threadId"]), _labels(one))


def _labels(one: Mapping[str, Any]) -> frozenset[str]:
    given: Sequence[object] = one.get("labelIds", ())
    return frozenset(map(_text, given))


def _next(answer: Mapping[str, Any]) -> str | None:
    return _text(answer["nextPageToken"]) if answer.get("nextPageToken") else None


def _moment(milliseconds: object) -> datetime:
    return _EPOCH + timedelta(milliseconds=int(_text(milliseconds)))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
