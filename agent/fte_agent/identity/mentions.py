"""Addresses in a text: e-mail, and phone numbers in international form (ITU-T E.164)."""

import re
import unicodedata

from fte_agent.channels import EMAIL_IDENTIFIER, PHONE_IDENTIFIER
from fte_agent.domain.addresses import mailbox_of
from fte_agent.domain.identity import Claimed
from fte_agent.inbound.addresses import is_address

_CANDIDATE = re.compile(
    r"[<(\[\"']*(?P<written>[^\s<>()\[\]{},;:\"'|*]{1,64}@[^\s@<>()\[\]{},;:\"'|*/]{1,253}"
    r"|(?<![\w+@.])\+[1-9](?:[ ()./-]{0,3}[0-9]){6,16}(?![\w@]))[>)\]\"']*"
)
_PHONE_DIGITS = range(8, 16)
_TRUNK = "(0)"
"""How some write the zero that is left out in international form."""


def marked(text: str) -> tuple[str, list[Claimed | None]]:
    """``text`` with ``@0``, ``@1``, … in the place of addresses, and these: None of what only looks like one.

    Look-alikes in other letters, and what holds characters that nobody sees, are none.
    """
    found: list[Claimed | None] = []

    def mark(match: re.Match[str]) -> str:
        written = match["written"].rstrip(".!?_-…")
        found.append(_address(written))
        return f" @{len(found) - 1} {match['written'][len(written) :]}"

    return _CANDIDATE.sub(mark, text), found


def _address(written: str) -> Claimed | None:
    if any(unicodedata.category(char) == "Cf" for char in written):
        return None
    if written.startswith("+"):
        digits = re.sub("[^0-9]", "", written.replace(_TRUNK, ""))
        return Claimed(PHONE_IDENTIFIER, f"+{digits}") if len(digits) in _PHONE_DIGITS else None
    return Claimed(EMAIL_IDENTIFIER, written) if is_address(written) and mailbox_of(written) else None
