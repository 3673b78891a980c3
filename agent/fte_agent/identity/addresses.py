"""Addresses that a customer says are theirs: whether one can be written to, and how it is shown to others."""

import re
import unicodedata
from dataclasses import dataclass

from fte_agent.channels import EMAIL_IDENTIFIER, PHONE_IDENTIFIER
from fte_agent.domain.addresses import mailbox_of
from fte_agent.domain.identity import Claimed
from fte_agent.domain.messages import Identifier
from fte_agent.text.cleaning import storable

_BETWEEN_DIGITS = re.compile(r"[ \u00a0\u202f()./\u2010-\u2013-]")
_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
"""An international number: https://www.itu.int/rec/T-REC-E.164."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a claimed address leads: ``value`` is written to, ``normalised`` compared, codes to ``mailbox`` counted."""

    kind: str
    value: str
    normalised: str
    mailbox: str


def reached(claimed: Claimed) -> Reached | None:
    """Where ``claimed`` leads, None where it is not plainly an address of its kind.

    One that holds characters which show nothing is none: it looks like another's.
    """
    value = storable(claimed.value).strip()
    if any(unicodedata.category(character) in {"Cf", "Cc"} for character in value):
        return None
    if claimed.kind == EMAIL_IDENTIFIER:
        mailbox = mailbox_of(value)
        return Reached(claimed.kind, value, Identifier(claimed.kind, value).normalised, mailbox) if mailbox else None
    if claimed.kind == PHONE_IDENTIFIER:
        number = _BETWEEN_DIGITS.sub("", value)
        return Reached(claimed.kind, number, number, number) if _PHONE.fullmatch(number) else None
    return None


def masked(kind: str, value: str) -> str:
    """An address as its owner knows it again and nobody else does: ``k…@shop.example``, ``+49…199``."""
    if kind == EMAIL_IDENTIFIER:
        local, at, domain = value.rpartition("@")
        return f"{local[:1]}…{at}{domain}"
    return f"{value[:3]}…{value[-3:]}"
