"""What ties a mail to others: message ids (RFC 5322 §3.6.4) and what we put into our own."""

import hashlib
import re

from fte_agent.inbound.mail_headers import Headers

DELIVERY_HEADER = "X-FTE-Delivery"
"""Names the delivery in every mail of ours."""

MAX_KEY_CHARS = 500
MAX_REFERENCES = 50

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,998}>")
_DELIVERY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def first_id(headers: Headers, name: str) -> str:
    """The first message id in a header, or nothing."""
    found = _MESSAGE_ID.search(headers.text(name, raw=True))
    return found.group() if found else ""


def references(headers: Headers) -> tuple[str, ...]:
    """The ids in References, oldest first: the first, which began the thread, and the newest ones."""
    found = _MESSAGE_ID.findall(headers.text("References", raw=True))
    kept = found if len(found) <= MAX_REFERENCES else [found[0], *found[1 - MAX_REFERENCES :]]
    return tuple(dict.fromkeys(kept))


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
