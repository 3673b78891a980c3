"""Whether a text that a model gives as a sentence is one: fragments say together what none of them says."""

import re

ITEM = re.compile(r"\s*(?:[-*+]|\d{1,3}[.)])\s+")
"""The mark of a list's item. It is matched at the beginning of a line."""

_OPENING = "\"'“„«»‚‘([*_`¿¡ "  # noqa: RUF001 - the quotation marks meant
_CLOSING = "\"'”“»«’)]*_` "  # noqa: RUF001 - the quotation marks meant
_END = ".!?…:。！？"  # noqa: RUF001 - the full-width marks meant
_WORDS = 2
"""Least words of a sentence: "No." turns whatever follows it."""


def is_item(text: str) -> bool:
    """Whether it begins like an item of a list."""
    return ITEM.match(text) is not None


def without_mark(line: str) -> str:
    """The line behind the mark of a list's item."""
    mark = ITEM.match(line)
    return line[mark.end() :] if mark else line


def is_whole(text: str) -> bool:
    """Whether it begins and ends as a sentence does; an item of a list may lack the end."""
    said = without_mark(text).strip(_OPENING)
    if not said or said[0].islower():
        return False
    if is_item(text):
        return True
    has_words = len(said.split()) >= _WORDS or not said.isascii()
    return has_words and said.rstrip(_CLOSING)[-1:] in _END
