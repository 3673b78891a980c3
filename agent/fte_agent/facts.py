"""Facts that can do harm when they are wrong: links, addresses, phones, amounts, dates, identifiers.

Texts are normalised first, so that a disguised link is the link it will be read as: HTML entities, Unicode
compatibility forms (full-width letters), invisible characters and the usual ``(dot)`` spellings.
"""

import html
import re
import unicodedata
from typing import NamedTuple


class Fact(NamedTuple):
    """One fact in the spelling under which two mentions of it are equal."""

    kind: str
    value: str


_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_CURRENCY = r"[$€£¥₹]|\b(?:usd|eur|gbp|chf|jpy|dollars?|euros?|pounds?|cents?)\b|%|\bpercent\b"
_NUMBER = r"\d+(?:[.,' ]\d{3})*(?:[.,]\d+)?"
_PATTERNS = (
    ("email", re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")),
    (
        "url",
        re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}:)?//[^\s<>()\[\]\"'`]+|(?:mailto|javascript|data|tel):[^\s<>()\"'`]+"),
    ),
    ("url", re.compile(r"(?<![\w@.-])(?:[\w-]+\.)+[^\W\d_]{2,}(?![\w@-])(?:[:/?#][^\s<>()\[\]\"'`]*)?")),
    ("amount", re.compile(rf"(?:{_CURRENCY})\s*{_NUMBER}|{_NUMBER}\s*(?:{_CURRENCY})")),
    (
        "date",
        re.compile(
            rf"\b\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:of\s+)?(?:{_MONTH})[a-z]*\.?(?:,?\s+\d{{4}})?"
            rf"|\b(?:{_MONTH})[a-z]*\.?\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?\b"
            r"|\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b"
        ),
    ),
    ("phone", re.compile(r"\+?\d[\d\s().-]{5,}\d")),
    ("identifier", re.compile(r"\w*\d\w*(?:[-.:/_]\w+)*")),
)
_DOT = re.compile(r"\s*[\[({]\s*(?:\.|dot)\s*[\])}]\s*|\s+dot\s+")
_AT = re.compile(r"\s*[\[({]\s*(?:@|at)\s*[\])}]\s*")
_ZERO = {"。": ".", "．": ".", "․": ".", "⁄": "/", "∕": "/"}  # noqa: RUF001 - the look-alikes meant
_LOOKALIKES = str.maketrans(_ZERO)


def facts(text: str) -> frozenset[Fact]:
    """Every fact in ``text``; each stretch of text counts as the first kind that claims it."""
    rest = normalised(text)
    found: set[Fact] = set()
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(rest):
            if value := _canonical(kind, match.group()):
                found.add(Fact(kind, value))
        rest = pattern.sub(" ", rest)
    return frozenset(found)


def normalised(text: str) -> str:
    """``text`` casefolded, without disguise."""
    plain = unicodedata.normalize("NFKC", html.unescape(text).translate(_LOOKALIKES))
    visible = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    return _AT.sub("@", _DOT.sub(".", visible.casefold()))


def _canonical(kind: str, value: str) -> str:
    """One spelling per fact: without closing punctuation; phones as digits, amounts without spaces."""
    trimmed = value.strip(".,;:!?*_ \t\n")
    match kind:
        case "phone":
            return "".join(char for char in trimmed if char.isdigit())
        case "amount":
            return "".join(trimmed.split())
        case "date":
            return " ".join(trimmed.split())
    return trimmed
