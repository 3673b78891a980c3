"""What came with a mail that is not its text: kinds, names and sizes, never the content."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from fte_agent.inbound.mail_body import is_attached, is_text, name_of
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


def attachments_of(mail: Part, *, has_text: bool = True) -> tuple[MailAttachment, ...]:
    """The first `MAX_ATTACHMENTS` things attached to a mail; ``has_text`` says whether it says anything itself."""
    found = islice(_attached(mail, has_text=has_text), MAX_ATTACHMENTS)
    return tuple(MailAttachment(part.kind, line(name_of(part))[:MAX_NAME_CHARS], part.size) for part in found)


def _attached(mail: Part, *, has_text: bool) -> Iterator[Part]:
    """In their order; of a mail that is attached itself nothing more."""
    waiting = [(mail, False)]
    while waiting:
        part, related = waiting.pop()
        if part.kind.startswith("multipart/"):
            related = related or part.kind == "multipart/related"
            waiting.extend((each, related) for each in reversed(part.parts))
        elif part.kind not in _BY_PROGRAMS and _counts(part, alone=part is mail, of_a_letterhead=related and has_text):
            yield part


def _counts(part: Part, *, alone: bool, of_a_letterhead: bool) -> bool:
    """Whether a customer put it there: all but texts that are shown, and pictures of a letterhead.

    These are named by the HTML beside them and so have a Content-ID (RFC 2392, 2387). Elsewhere that says nothing:
    Apple Mail gives one to what is attached, too. In a mail without a text, a picture is what the mail says.
    """
    if is_text(part):
        return is_attached(part) and not alone
    picture = part.kind.startswith("image/") and "Content-ID" in part.headers
    return is_attached(part) or not (of_a_letterhead and picture)
