"""Cursors: where a page ended, as a word that clients hand back and do not read.

A cursor names its list and filters by a digest, so one of another list is refused instead of giving a wrong page. It is
not signed: who changes one reads what they may read anyway.
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from fte_runtime.management.faults import MalformedCursor

MAX_CURSOR_CHARS = 256
_DIGEST_DIGITS = 12

Position = TypeVar("Position")


def cursor_of(position: tuple[Any, ...], of: tuple[Any, ...]) -> str:
    """``position`` in the list ``of``: its name and filters."""
    content = json.dumps([_digest(of), *position], default=str, separators=(",", ":"))
    return urlsafe_b64encode(content.encode()).decode().rstrip("=")


def position_of(cursor: str | None, of: tuple[Any, ...], kind: TypeAdapter[Position]) -> Position | None:
    """The position, a tuple of ``kind``, that a cursor of the list ``of`` names; None without a cursor.

    Raises:
        MalformedCursor: it is none, or of another list.
    """
    if cursor is None:
        return None
    try:
        named, *position = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if named != _digest(of):
            raise MalformedCursor
        return kind.validate_json(json.dumps(position))
    except (ValueError, TypeError, RecursionError, ValidationError):  # of base64, JSON, unpacking
        raise MalformedCursor from None


def _digest(of: tuple[Any, ...]) -> str:
    return hashlib.sha256(json.dumps(of, default=str).encode()).hexdigest()[:_DIGEST_DIGITS]
