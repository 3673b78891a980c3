"""Addresses in a text: e-mail, and phone numbers in international form (ITU-T E.164)."""

import re

from fte_agent.channels import EMAIL_IDENTIFIER, PHONE_IDENTIFIER
from fte_agent.domain.identity import Claimed
from fte_agent.identity.addresses import reached
from fte_agent.inbound.addresses import is_address

_CANDIDATE = re.compile(
    r"[<(\[\"']*(?P<written>[^\s<>()\[\]{},;:\"'|*]{1,64}@[^\s@<>()\[\]{},;:\"'|*/]{1,253}"
    r"|(?<![\w+@.])\+[1-9](?:[ ()./-]{0,3}[0-9]){6,16}(?![\w@]))[>)\]\"']*"
)
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
    kind = PHONE_IDENTIFIER if written.startswith("+") else EMAIL_IDENTIFIER
    if kind == EMAIL_IDENTIFIER and not is_address(written):
        return None
    found = reached(Claimed(kind, written.replace(_TRUNK, "")))
    return Claimed(kind, found.value) if found else None
