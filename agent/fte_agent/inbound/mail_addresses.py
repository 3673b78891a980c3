"""Mailboxes in a header (RFC 5322 §3.4), read alike on every release of Python.

The standard library takes the first of several things that look like an address in one release and refuses all in
the next (CVE-2023-27043); what stands in angle brackets is the address in every mail program.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from fte_agent.inbound.addresses import is_address
from fte_agent.inbound.mail_mime import decoded_words
from fte_agent.text.cleaning import line

MAX_MAILBOXES = 200

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^<>]*>?|[,;:()\\]|[^",;:<()\\]+|.', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class NamedAddress:
    """A mailbox: ``address`` may be none, see `usable`; ``name`` is decoded and on one line.

    ``altered`` says that characters which no reader sees were taken out of the address.
    """

    name: str
    address: str
    altered: bool = False

    @property
    def usable(self) -> bool:
        """Whether a reply could be addressed to it."""
        return is_address(self.address)


def mailboxes(header: str) -> list[NamedAddress]:
    """The first `MAX_MAILBOXES` mailboxes of a header that is not decoded yet; a group's members are of them.

    Names are decoded after they were cut out, so that no encoded word makes an address. Quotation marks that do not
    close, and then parentheses and colons of faces in a name, count for nothing where no address is found with them.
    """
    found = first = _listed(header)
    for signs in ('"', "():", '"():'):
        if any(each.usable for each in found):
            return found
        if not set(signs).isdisjoint(header):
            found = _listed(header.translate(dict.fromkeys(map(ord, signs))))
    return found if any(each.usable for each in found) else first


def _listed(header: str) -> list[NamedAddress]:
    found: list[NamedAddress] = []
    for words, angle, comment in _entries(header):
        address = angle if angle is not None else "".join(words).strip()
        name = "".join(words) if angle is not None else comment
        if address.strip() or (angle is None and name.strip()):
            found.append(_named(name, address))
        if len(found) >= MAX_MAILBOXES:
            break
    return found


def _entries(header: str) -> Iterator[tuple[list[str], str | None, str]]:
    """What stands between commas: words, what is in angle brackets if anything is, the last comment."""
    words: list[str] = []
    angle: str | None = None
    comment: list[str] = []
    depth = 0
    for piece in _PIECE.findall(header):
        if depth or piece == "(":
            depth += (piece == "(") - (piece == ")")
            if piece == "(" and depth == 1:
                comment.clear()
            elif depth:
                comment.append(piece)
        elif piece in (",", ";"):
            yield words, angle, "".join(comment)
            words, angle = [], None
            comment.clear()
        elif piece == ":" and angle is None:  # a group's name ends here
            words = []
        elif piece[0] == "<" and len(piece) > 1:
            angle = piece.strip("<>")
        elif piece[0] == '"':
            words.append(_ESCAPED.sub(r"\1", piece[1:].removesuffix('"')) if len(piece) > 1 else "")
        elif piece != ")":
            words.append(piece)
    yield words, angle, "".join(comment)


def _named(name: str, address: str) -> NamedAddress:
    """Format characters come along with what is pasted; no address has any."""
    trimmed = address.strip()
    seen = "".join(char for char in trimmed if unicodedata.category(char) != "Cf")
    return NamedAddress(line(decoded_words(name)), seen, altered=seen != trimmed)
