"""What came with a mail that is not its text: kinds, names and sizes, never the content."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from fte_agent.inbound.mail_body import disposition, is_attached
from fte_agent.inbound.mail_parts import Part
from fte_agent.text.cleaning import line

MAX_ATTACHMENTS = 20
MAX_NAME_CHARS = 255

_BY_PROGRAMS = frozenset(
    {
        "message/delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "message/global-delivery-status",
        "text/rfc822-headers",
        "application/pgp-keys",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "text/vcard",
        "text/x-vcard",
    }
)
"""What programs add by themselves, to say who wrote or what became of a mail: nothing that a customer wants read."""


@dataclass(frozen=True, slots=True)
class MailAttachment:
    """Something attached: its MIME type, its name as its sender spells it (RFC 2183, 2231, 2047) or nothing, and how
    many bytes it has, decoded. A name is a claim, and no path."""

    kind: str
    name: str
    size: int


def attachments_of(mail: Part) -> tuple[MailAttachment, ...]:
    """The first `MAX_ATTACHMENTS` things attached to a mail."""
    return tuple(MailAttachment(part.kind, _name(part), part.size) for part in islice(_attached(mail), MAX_ATTACHMENTS))


def _attached(mail: Part) -> Iterator[Part]:
    """In their order; of a mail that is attached itself nothing more."""
    waiting = [mail]
    while waiting:
        part = waiting.pop()
        if part.kind.startswith("multipart/"):
            waiting.extend(reversed(part.parts))
        elif part.kind not in _BY_PROGRAMS and _counts(part, alone=part is mail):
            yield part


def _counts(part: Part, *, alone: bool) -> bool:
    """Whether a customer put it there: all but texts that are shown, and pictures of a letterhead.

    These are named by the HTML and so have a Content-ID (RFC 2392); Apple Mail gives one to attachments, too.
    """
    if part.kind in ("text/plain", "text/html"):
        return is_attached(part) and not alone
    return is_attached(part) or "Content-ID" not in part.headers


def _name(part: Part) -> str:
    return line(disposition(part).get("filename") or part.params.get("name", ""))[:MAX_NAME_CHARS]
