"""What ties a mail to others: message ids (RFC 5322 §3.6.4) and what we put into our own."""

import hashlib
import re
from collections.abc import Iterator

from fte_agent.inbound.mail_headers import Headers

DELIVERY_HEADER = "X-FTE-Delivery"
"""Names the delivery in every mail of ours."""

MAX_KEY_CHARS = 500
MAX_REFERENCES = 50
MAX_ID_BYTES = 998
"""A line of a mail (RFC 5322 §2.1.1). What is longer is no id, and more than an index of the database takes."""

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,998}>")
_DELIVERY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def first_id(headers: Headers, name: str) -> str:
    """The first message id in a header, or nothing."""
    return next(_ids(headers.text(name, raw=True)), "")


def references(headers: Headers) -> tuple[str, ...]:
    """The ids in References, oldest first: the first, which began the thread, and the newest ones."""
    found = list(_ids(headers.text("References", raw=True)))
    kept = found if len(found) <= MAX_REFERENCES else [found[0], *found[1 - MAX_REFERENCES :]]
    return tuple(dict.fromkeys(kept))


def _ids(text: str) -> Iterator[str]:
    return (each for each in _MESSAGE_ID.findall(text) if len(each.encode(errors="replace")) <= MAX_ID_BYTES)


def delivery_in(headers: Headers) -> str:
    """The delivery that a mail of ours names, or nothing."""
    value = headers.text(DELIVERY_HEADER, raw=True).strip().lower()
    return value if _DELIVERY.fullmatch(value) else ""


def key_of(message_id: str) -> str:
    """A message id as a key of ours: a long one as its digest."""
    return hashed(message_id.encode()) if len(message_id) > MAX_KEY_CHARS else message_id


def hashed(data: bytes) -> str:
    """The key of what has no id."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
