"""What of a mail's text is new, and what was said before: line by line, each looked at a few times at most.

No library is used: that of the field takes seconds for two kilobytes made for it, and drops what stands below a
"Thanks," (docs/adr/0041).
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from fte_agent.inbound import mail_quote_words as words
from fte_agent.inbound.mail_quote_starts import Quote, first_quote, is_quoted, quote_follows
from fte_agent.inbound.mail_signatures import without_signature
from fte_agent.text.courtesy import courtesy_of

_MIN_WORDS = 2

_BLANKS = re.compile(r"\n{3,}")
_WORD = re.compile(r"[^\W_]+")
_WITHOUT_BLANKS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Scripts that put no blank between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""


@dataclass(frozen=True, slots=True)
class Said:
    """``new`` is what this mail says; ``forwarded`` that it hands on what somebody else said."""

    new: str
    forwarded: bool = False


def said_now(
    text: str,
    subject: str = "",
    *,
    replies: bool = True,
    ours: Callable[[str], bool] = lambda address: False,
    or_all: bool = True,
) -> Said:
    """``text`` without quotes, the lines that introduce them, and the signature (``-- ``, RFC 3676 §4.3).

    What is forwarded is the message itself and is kept: below a line that says so, or below a block of headers when
    the subject begins with ``Fwd:`` or its like. All of ``text`` if fewer than two words are left, unless these are
    thanks: too much was taken for a quote, or the quote says what one word is about. Not ``or_all``: then what is left.

    ``replies`` says that the mail names one that it answers. One that does not, nor by its subject, nor holds lines
    with ``>``, tells of mails and journeys in its own words: of what is not marked it quotes only what stands below a
    dashed rule, or below a block of headers with an address of ``ours``. One with another's address is handed on.
    """
    lines = text.split("\n")
    seen = [_visible(line) for line in lines]
    replies = replies or words.REPLY_SUBJECT.match(subject) is not None or any(map(is_quoted, seen))
    quote, forward = first_quote(seen, ours, replies=replies), _first_forward(seen)
    subject_says = _is_forward(subject, seen[quote.start] if quote else "")
    if forward is not None and (quote is None or forward <= quote.start):
        return Said(_tidy([*lines[:forward], *map(_unquoted, lines[forward:], seen[forward:])]), forwarded=True)
    if quote and (quote.is_others or (quote.is_block and subject_says)):
        return Said(_tidy(lines), forwarded=True)
    unquoted = _without_quotes(lines, seen, quote)
    kept = _tidy(without_signature(unquoted))
    if or_all and ((len(unquoted) < len(lines) and not _is_enough(kept)) or not _says_something(kept)):
        kept = _tidy(lines)
    return Said(kept, subject_says)


def _visible(line: str) -> str:
    """``line`` without format characters, such as the marks of direction that Hebrew lines end in."""
    return line if line.isascii() else "".join(char for char in line if unicodedata.category(char) != "Cf")


def _is_forward(subject: str, first: str) -> bool:
    """Whether the subject says that a mail is handed on, whose quote begins with the line ``first``."""
    nordic = words.NORDIC_SUBJECT.match(subject) and words.NORDIC_FROM.match(first)
    return bool(nordic or words.FORWARD_SUBJECT.match(subject))


def _is_enough(text: str) -> bool:
    """Whether ``text`` can be understood without what it answers: two words, or thanks."""
    return len(_WORD.findall(text)) + len(_WITHOUT_BLANKS.findall(text)) >= _MIN_WORDS or bool(courtesy_of([text]))


def _says_something(text: str) -> bool:
    """Whether ``text`` has a letter, a digit or a symbol, such as an emoji, and not just blanks and punctuation."""
    return any(unicodedata.category(char)[0] in "LNS" for char in text)


def _first_forward(lines: list[str]) -> int | None:
    return next((number for number, line in enumerate(lines) if words.FORWARDED.match(line)), None)


def _without_quotes(lines: list[str], seen: list[str], quote: Quote | None) -> list[str]:
    """The lines that are not quoted; of what stands below an attribution only if the quotes there are marked."""
    own = [None if is_quoted(shown) else line for line, shown in zip(lines, seen, strict=True)]
    if quote is not None:
        marked = not quote.is_block and quote_follows(seen, quote.end)
        own = [*own[: quote.start], *(own[quote.end :] if marked else [])]
    return [line for line in own if line is not None]


def _unquoted(line: str, shown: str) -> str:
    return line.partition(">")[2].removeprefix(" ") if is_quoted(shown) else line


def _tidy(lines: list[str]) -> str:
    return _BLANKS.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip()
