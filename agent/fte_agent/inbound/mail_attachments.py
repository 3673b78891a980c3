"""What came with a mail that is not its text: kinds and names, never the content."""

from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart

from fte_agent.domain.messages import Attachment
from fte_agent.text.cleaning import line

MAX_ATTACHMENTS = 20

_SIGNATURES = frozenset(
    {
        "application/pgp-keys",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "text/vcard",
        "text/x-vcard",
    }
)
"""What a mail program adds by itself to say who wrote: nothing that a customer wants read."""


def attachments_of(mail: EmailMessage) -> tuple[Attachment, ...]:
    """The first `MAX_ATTACHMENTS` things attached to a mail."""
    return tuple(
        Attachment(kind=part.get_content_type(), name=line(part.get_filename() or ""))
        for part, _ in zip(_attached(mail), range(MAX_ATTACHMENTS), strict=False)
    )


def _attached(mail: EmailMessage) -> Iterator[MIMEPart]:
    for part in mail.walk():
        if isinstance(part, MIMEPart) and part.get_content_type() not in _SIGNATURES and _is_attached(part):
            yield part


def _is_attached(part: MIMEPart) -> bool:
    """Whether a customer put it there: as an attachment, or as a picture between the lines that is no letterhead.

    Pictures of a letterhead are named by the HTML and so have a Content-ID (RFC 2392).
    """
    inline = part.get_content_disposition() == "inline" and part.get_content_maintype() != "text"
    return part.is_attachment() or (inline and "Content-ID" not in part)
