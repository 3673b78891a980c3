"""Headers of a mail as text, whatever stands in them."""

import re
from email.parser import BytesHeaderParser
from email.policy import compat32

from fte_agent.inbound.mail_charsets import decode
from fte_agent.inbound.mail_mime import decoded_words
from fte_agent.text.cleaning import clean

MAX_HEADER_CHARS = 10_000
"""Of one header; what stands behind is not read."""

MAX_REPEATED = 100
"""Headers of one name that are read, from the top."""

_BLANK_BEFORE_COLON = re.compile(rb"^([!-9;-~]{1,200})[ \t]+:", re.MULTILINE)
"""As old programs wrote it (RFC 5322 §4.5); to the library the headers would end there."""

_PARSER = BytesHeaderParser(policy=compat32)


class Headers:
    """Reads headers by name, topmost first; an absent one is empty."""

    def __init__(self, items: list[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in items:
            known = self._values.setdefault(name.strip().lower(), [])
            if len(known) < MAX_REPEATED:
                known.append(_unfolded(value))

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def text(self, name: str, *, raw: bool = False) -> str:
        """The topmost header of this name, its encoded words decoded (RFC 2047) unless it is wanted ``raw``."""
        value = next(iter(self.all(name)), "")
        return value if raw else clean(decoded_words(value))

    def all(self, name: str) -> list[str]:
        """Every header of this name, not decoded."""
        return self._values.get(name.lower(), [])


def read_headers(head: bytes) -> Headers:
    """The headers in ``head``, which ends where they do."""
    parsed = _PARSER.parsebytes(_BLANK_BEFORE_COLON.sub(rb"\1:", head))
    return Headers([(name, str(value)) for name, value in parsed.raw_items()])


def _unfolded(value: str) -> str:
    """One line; bytes that were never encoded are UTF-8, or else windows-1252."""
    line = value[:MAX_HEADER_CHARS].replace("\r", "").replace("\n", "")
    return clean(line if line.isascii() else decode(line.encode("utf-8", "surrogateescape"), ""))
