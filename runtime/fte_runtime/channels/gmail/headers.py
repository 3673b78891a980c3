"""Headers of a mail as they go over the wire: on lines of 76 characters, in ASCII, and whole (RFC 2047, RFC 5322).

The standard library's own folding loses blanks between long runs of other letters, so words are encoded here.
"""

from email.header import Header
from email.headerregistry import Address

from fte_agent.domain.addresses import ascii_domain
from fte_agent.errors import SendFailed
from fte_agent.inbound.addresses import is_address
from fte_agent.inbound.mail_quote_words import REPLY_SUBJECT
from fte_agent.text.cleaning import line

LINE_CHARS = 76
_WORD_CHARS = 60
"""A longer word could not be folded as it stands."""


def addressed(address: str) -> Address:
    """That very address: what in it could be read as a comment, a group or a second one is quoted (RFC 5322 §3.4.1).

    Raises:
        SendFailed: it is none, or would be read as another.
    """
    if not is_address(address) or "=?" in address:  # an encoded word is decoded by whoever reads the header
        raise SendFailed("BadAddress", "the address is none, or may be read as another", retryable=False)
    local, _, domain = address.rpartition("@")
    return Address(username=local, domain=ascii_domain(domain) or domain)


def sender(name: str, address: str) -> str:
    """The value of From."""
    shown = line(name)
    if _is_plain(shown):
        return str(Address(shown, addr_spec=address))
    return f"{_encoded(shown, 'From')}\r\n <{address}>"


def subject(text: str) -> str:
    """The value of Subject, on one line when it is read."""
    shown = line(text)
    return shown if _is_plain(shown) and len(shown) < _WORD_CHARS else _encoded(shown, "Subject")


def reply_subject(text: str) -> str:
    """The thread's subject; it stays as it is where it says in any language that the mail is an answer: Gmail keeps a
    thread together by its subject, too."""
    shown = line(text)
    return shown if REPLY_SUBJECT.match(shown) else f"Re: {shown}".rstrip()


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text and all(len(word) <= _WORD_CHARS for word in text.split())


def _encoded(text: str, name: str) -> str:
    charset = "us-ascii" if _is_plain(text) else "utf-8"
    return Header(text, charset, LINE_CHARS, header_name=name).encode(linesep="\r\n")
