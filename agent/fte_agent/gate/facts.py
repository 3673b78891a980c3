"""Facts that can do harm when they are wrong: links, addresses, phones, amounts, dates, identifiers.

Texts are normalised first, so that a disguised link is the link it will be read as: HTML entities, Unicode
compatibility forms (full-width letters), invisible characters, the usual ``(dot)`` spellings, and Markdown
marks and tags in the middle of a word. The time taken grows with the length of a text and no faster: every
pattern starts at most once in a run of the characters it reads, and what it has read it does not give back.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fte_agent.text.wholeness import is_item, without_mark


class Fact(NamedTuple):
    """One fact in the spelling under which two mentions of it are equal."""

    kind: str
    value: str


_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_CURRENCY = r"[$€£¥₹]|\b(?:usd|eur|gbp|chf|jpy|dollars?|euros?|pounds?|cents?)\b|%|\bpercent\b"
_NUMBER = r"(?<!\d)\d++(?:[.,' ]\d{3}(?!\d)){0,5}+(?:[.,]\d++)?+"
_TARGET = r"[^\s<>()\[\]\"'`]"
_PATTERNS = (
    ("email", re.compile(r"(?<![\w.+%-])[\w.+%-]++@[\w-]++(?:\.[\w-]++)++")),
    ("url", re.compile(rf"(?:[a-z][a-z0-9+.-]{{1,20}}:)?//{_TARGET}++|(?:mailto|javascript|data|tel):{_TARGET}++")),
    (
        "url",  # words joined by single dots, two letters after one of them
        re.compile(
            r"(?<![\w-])(?<![\w-]\.)(?=[\w-]++(?:\.[\w-]++)*?\.[^\W\d_]{2})[\w-]++(?:\.[\w-]++)++"
            rf"(?:[:/?#]{_TARGET}*+)?+"
        ),
    ),
    ("amount", re.compile(rf"(?:{_CURRENCY}) ?{_NUMBER}|{_NUMBER} ?(?:{_CURRENCY})")),
    (
        "date",
        re.compile(
            rf"\b\d{{1,2}}(?:st|nd|rd|th|\.)? (?:(?:of|de) )?(?:{_MONTH})[a-z]*+\.?(?:,? \d{{4}})?"
            rf"|\b(?:{_MONTH})[a-z]*+\.? \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?\b"
            r"|\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b"
        ),
    ),
    ("phone", re.compile(r"\+?\d[\d\s().-]{5,}\d")),
    ("identifier", re.compile(r"(?<!\w)(?=[^\W\d]*+\d)\w++(?:[-.:/_]\w++)*+")),
)
_DOT = re.compile(r" ?[\[({] ?(?:\.|dot) ?[\])}] ?| dot | \. | \.(?=com\b)|(?<=\w)\. (?=com\b)")
_AT = re.compile(r" ?[\[({] ?(?:@|at) ?[\])}] ?")
_BREAK = re.compile(r"<br ?/?>")
_MARKUP = re.compile(r"<[^<>]*>|[*_~`\\]")
_ZERO = {"。": ".", "．": ".", "․": ".", "⁄": "/", "∕": "/"}  # noqa: RUF001 - the look-alikes meant
_LOOKALIKES = str.maketrans(_ZERO)
_CONTROL = dict.fromkeys(code for code in range(128) if not (chr(code).isprintable() or chr(code).isspace()))
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Characters that show nothing although Unicode calls them letters, marks or symbols."""


def facts(text: str) -> frozenset[Fact]:
    """Every fact in ``text``, read with its Markdown marks and without them."""
    return frozenset(fact for reading in _readings(text) for fact in _facts_in(reading))


def unmarked(lines: Sequence[str]) -> list[str]:
    """The lines without the marks of list items. A number is a mark where as many lines have one, and only where it
    makes no date of what follows: of "1. April" it is said."""
    numbered = sum(line.lstrip()[:1].isdigit() and is_item(line) for line in lines)
    return [_unmarked(line, numbered) if is_item(line) else line for line in lines]


def _unmarked(line: str, most: int) -> str:
    rest = without_mark(line)
    mark = line[: len(line) - len(rest)].strip(" \t.)-*+")
    is_said = bool(mark) and (int(mark) > most or not facts(line) - facts(rest) <= {Fact("identifier", mark)})
    return line if is_said else rest


def _readings(text: str) -> Iterator[str]:
    """``text`` casefolded and without disguise, on one line; twice if there is markup, kept and dropped.

    Only both together are safe: a tag may cut a link in two, and may be the link.
    """
    plain = " ".join(normalise(html.unescape(text)).casefold().split())
    yield _AT.sub("@", _DOT.sub(".", plain))
    bare = _MARKUP.sub("", _BREAK.sub(" ", plain))
    if bare != plain:
        yield _AT.sub("@", _DOT.sub(".", bare))


def normalise(text: str) -> str:
    """What a reader sees: compatibility forms as plain ones, invisible characters dropped."""
    if text.isascii():
        return text.translate(_CONTROL)
    composed = unicodedata.normalize("NFKC", _BLANK.sub("", text))
    return "".join(map(_shown_char, _BLANK.sub("", composed).translate(_LOOKALIKES)))


def _shown_char(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cf", "Cc", "Cs") and not char.isspace():
        return ""
    return "_" if category in ("Mn", "Me") else char  # a mark is part of its word and makes it another one


def _facts_in(reading: str) -> Iterator[Fact]:
    """Each stretch of text counts as the first kind that claims it."""
    rest = reading
    for kind, pattern in _PATTERNS:
        if found := [match.group() for match in pattern.finditer(rest)]:
            yield from (Fact(kind, value) for text in found if (value := _canonical(kind, text)))
            rest = pattern.sub(" ", rest)


def _canonical(kind: str, value: str) -> str:
    """One spelling per fact: without closing punctuation; phones as digits, amounts without spaces."""
    trimmed = value.strip(".,;:!?*_- ")
    match kind:
        case "phone":
            return "".join(char for char in trimmed if char.isdigit())
        case "amount":
            return "".join(trimmed.split())
    return trimmed
