"""Which thread a message joins: https://developers.google.com/workspace/gmail/api/guides/threads.

All three are needed: the threadId that was asked for, ``References`` and ``In-Reply-To`` as in RFC 2822, the same
``Subject``. A mail that arrives has no threadId; its references alone name the thread, the subject must be the same.
"""

import re
from collections.abc import Iterable
from email.message import Message

from doubles.google.mail import Mail

_PREFIX = re.compile(r"^\s*(re|fwd?|aw|wg|sv|tr)\s*:\s*", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")


def subject(text: str) -> str:
    """A subject without what replies put before it."""
    while (shorter := _PREFIX.sub("", text, count=1)) != text:
        text = shorter
    return " ".join(text.split()).casefold()


def references(message: Message) -> set[str]:
    """The Message-IDs that a message answers."""
    named = f"{message.get('In-Reply-To', '')} {message.get('References', '')}"
    return set(_MESSAGE_ID.findall(named))


def joins(message: Message, thread: Iterable[Mail]) -> bool:
    """Whether a message belongs to a thread: it answers one of its messages, under the same subject."""
    answered, own = references(message), subject(str(message.get("Subject", "")))
    return any(mail.message_id in answered and subject(mail.header("Subject")) == own for mail in thread)
