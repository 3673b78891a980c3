"""How much one reconcile reads of what others may fill, by the memory that it takes once decoded.

Bytes do not tell: ``{}`` is 3 of them with its comma, and 70 as an object. What it takes is estimated before anything
is decoded; sizes are CPython's.
"""

import re
from dataclasses import dataclass

from fte_operator.cluster.errors import TooLarge

MIB = 1024 * 1024
_AT_ONCE = 50_000
_SPACE = b" \t\r\n"
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_WIDE = re.compile(rb"[\xf0-\xf4]")  # UTF-8 of what makes CPython keep a text at four bytes a character
_TEXT, _OBJECT, _EMPTY_OBJECT, _MEMBER, _LIST, _ELEMENT, _PLAIN = 56, 184, 64, 56, 88, 9, 32
"""Bytes: a text beside its length, an object with members and one without, a member, a list, an element, a number."""


@dataclass(slots=True)
class Allowance:
    """Bytes of memory that are left, shared by all reads that are given it.

    `whose` says whose things are read, and `remedy` what to do if they are too many.
    """

    whose: str = "what carries the operator's own label"
    remedy: str = ""
    left: int = 12 * MIB

    def take(self, what: str, content: bytes) -> None:
        """Count an answer to the request `what`; `TooLarge` if it does not fit, and then it is not to be decoded."""
        self.left -= weight(content)
        if self.left < 0:
            raise self.exceeded(what)

    def exceeded(self, what: str) -> TooLarge:
        """The error for one that does not fit."""
        return TooLarge(f"{what}: {self.whose} takes more memory than the operator gives one employee", self.remedy)


def weight(content: bytes) -> int:
    """The memory that JSON takes once it is decoded, in bytes, rather too much than too little."""
    outside, texts = _without_texts(content)
    outside = outside.translate(None, _SPACE)
    empty, objects, lists = outside.count(b"{}"), outside.count(b"{"), outside.count(b"[")
    members = outside.count(b":")
    elements = outside.count(b",") - (members - (objects - empty)) + lists
    plain = members + elements - (texts - members) - objects - lists + 1
    width = 1 if content.isascii() else 4 if _WIDE.search(content) else 2
    return (
        len(content) * width
        + texts * _TEXT
        + (objects - empty) * _OBJECT
        + empty * _EMPTY_OBJECT
        + members * _MEMBER
        + lists * _LIST
        + elements * _ELEMENT
        + max(plain, 0) * _PLAIN
    )


def _without_texts(content: bytes) -> tuple[bytes, int]:
    """JSON without its texts, and how many they were; some at a time, since a list of them all takes as much again."""
    texts, more = 0, _AT_ONCE
    while more == _AT_ONCE:
        content, more = _STRING.subn(b"", content, count=_AT_ONCE)
        texts += more
    return content, texts
