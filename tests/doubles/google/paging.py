"""Lists in pages: ``maxResults`` (100, at most 500), ``pageToken`` and ``nextPageToken``, as the method's pages say.

https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/list#query-parameters
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from doubles.google.refusals import invalid

DEFAULT, LARGEST = 100, 500
T = TypeVar("T")


def page(found: Sequence[T], query: Mapping[str, str], largest: int = LARGEST) -> tuple[Sequence[T], dict[str, Any]]:
    """One page of at most ``largest``, and what the answer says of the next; its token is opaque to clients."""
    begin, size = _number(query.get("pageToken", "0")), min(_number(query.get("maxResults", str(DEFAULT))), largest)
    if not size:
        raise invalid("Invalid maxResults")
    end = begin + size
    return found[begin:end], {"nextPageToken": f"{end:020d}"} if end < len(found) else {}


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise invalid("Invalid pageToken")
    return int(text)
