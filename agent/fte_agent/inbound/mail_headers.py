"""Headers of a mail as text, whatever stands in them."""

from email.errors import MessageError
from email.header import decode_header, make_header
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import getaddresses

from fte_agent.text.cleaning import clean

MAX_HEADER_CHARS = 10_000
MAX_MIME_CHARS = 1_000
"""What stands behind is not read: the standard library takes far more than twice the time for twice the length,
and reads the headers that describe a part more than once."""

_FAULTS = (MessageError, ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError)
"""What the standard library raises on an encoded word that is none."""

_registry = HeaderRegistry()
POLICY = EmailPolicy(header_factory=lambda name, value: _registry(name, value[:MAX_MIME_CHARS]))
"""The standard policy, which `Headers` goes round, with an end to what it reads of a header."""


class Headers:
    """Reads headers by name, topmost first; an absent one is empty."""

    def __init__(self, mail: EmailMessage) -> None:
        self._raw = [(name.casefold(), _unfolded(str(value))) for name, value in mail.raw_items()]
        self.content_type = mail.get_content_type()
        """Such as ``multipart/report``, in lower case."""

    def __contains__(self, name: str) -> bool:
        return bool(self._all(name))

    def text(self, name: str) -> str:
        """The topmost header of this name, decoded (RFC 2047)."""
        return _decoded(next(iter(self._all(name)), ""))

    def mailbox(self, name: str) -> tuple[str, str]:
        """Display name and address of the first mailbox in a header.

        The name is decoded after it was cut out, so that no encoded word makes an address.
        """
        listed = getaddresses(self._all(name)[:1])
        display, address = next((pair for pair in listed if pair[1]), ("", ""))
        return _decoded(display), address

    def mailboxes(self, name: str) -> int:
        """How many mailboxes all headers of this name hold."""
        return len(getaddresses(self._all(name)))

    def _all(self, name: str) -> list[str]:
        return [value for known, value in self._raw if known == name.casefold()]


def _unfolded(value: str) -> str:
    """One line; bytes that were never encoded are taken for UTF-8."""
    text = value[:MAX_HEADER_CHARS].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return clean(text.replace("\r", "").replace("\n", ""))


def _decoded(value: str) -> str:
    try:
        return clean(str(make_header(decode_header(value))))
    except _FAULTS:
        return value
