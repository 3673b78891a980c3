"""The code in a customer's message: docs/adr/0049."""

import re
import unicodedata

_JOINED = re.compile(r"[0-9]+(?:[ \u00a0\u202f./,:\u2010-\u2013-][0-9]+)*")
"""Digits with one character at a time between them: a number as people write it, or a date, an amount, a phone."""

_CODE = re.compile(r"[0-9]{6}|[0-9]{3}[ \u00a0\u202f\u2010-\u2013-][0-9]{3}")
_PART_OF_MORE = frozenset("@/#+_-&=%.,$€£")
"""What ties a number to something longer before or after it: an address, a link, an order, a phone, an amount."""


def code_in(text: str) -> str | None:
    """The six digits of the one code in ``text``; None where it holds none, or several.

    A code is six decimal digits of any script, perhaps in two groups. Digits of a longer number are none, such as those
    of a phone, an order or a date.
    """
    plain = "".join(_plain(character) for character in text)
    found = {
        "".join(filter(str.isdigit, each[0]))
        for each in _JOINED.finditer(plain)
        if _CODE.fullmatch(each[0]) and not _is_part(plain, each.start(), each.end())
    }
    return found.pop() if len(found) == 1 else None


def _plain(character: str) -> str:
    if unicodedata.category(character) == "Cf":  # shown as nothing
        return ""
    return str(unicodedata.decimal(character, character))


def _is_part(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    if before.isalnum() or before in _PART_OF_MORE or after.isalnum() or after in _PART_OF_MORE - {".", ","}:
        return bool(before or after)
    return after in {".", ","} and text[end + 1 : end + 2].isalnum()
