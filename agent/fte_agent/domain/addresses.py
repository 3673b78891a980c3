"""Spellings of one address."""

import string

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(address: str) -> str:
    """``address`` with ASCII letters in lower case, and those alone.

    Domains compare so (RFC 4343), and local parts where anybody tells their case apart at all (RFC 5321 §2.4). What
    Unicode folds besides, such as the Kelvin sign to ``k``, makes one address of two that different people own.
    """
    return address.translate(_LOWER)


def plain(address: str) -> str:
    """``address`` without what stands behind a plus in its local part (RFC 5233)."""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"
