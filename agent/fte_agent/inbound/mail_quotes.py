"""What of a mail's text is new, and what was said before: line by line, each looked at a few times at most.

No library is used: that of the field takes seconds for two kilobytes made for it, and drops what stands below a
"Thanks," (docs/adr/0041).
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from fte_agent.inbound import mail_quote_words as words
from fte_agent.inbound.mail_signatures import without_signature
from fte_agent.text.courtesy import courtesy_of

MAX_ATTRIBUTION_CHARS = 400
MAX_ATTRIBUTION_LINES = 3
_MIN_WORDS = 2
_LOOKAHEAD = 5

_ADDRESS = re.compile(r"[^\s<>@:;,\"'()\[\]]+@[^\s<>@:;,\"'()\[\]]+\.\w+")
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
    text: str, subject: str = "", *, replies: bool = True, ours: Callable[[str], bool] = lambda address: False
) -> Said:
    """``text`` without quotes, the lines that introduce them, and the signature (``-- ``, RFC 3676 §4.3).

    What is forwarded is the message itself and is kept: below a line that says so, or below a block of headers when
    the subject begins with ``Fwd:`` or its like. All of ``text`` if fewer than two words are left, unless these are
    thanks: too much was taken for a quote, or the quote says what one word is about.

    ``replies`` says that the mail names one that it answers. One that does not, nor by its subject, nor holds lines
    with ``>``, tells of mails and journeys in its own words: of what is not marked it quotes only what stands below a
    dashed rule, or below a block of headers with an address of ``ours``. One with another's address is handed on.
    """
    lines = text.split("\n")
    seen = [_visible(line) for line in lines]
    replies = replies or words.REPLY_SUBJECT.match(subject) is not None or any(map(_is_quoted, seen))
    quote, forward = _first_quote(seen, ours, replies=replies), _first_forward(seen)
    subject_says = _is_forward(subject, seen[quote.start] if quote else "")
    if forward is not None and (quote is None or forward <= quote.start):
        return Said(_tidy([*lines[:forward], *map(_unquoted, lines[forward:])]), forwarded=True)
    if quote and (quote.is_others or (quote.is_block and subject_says)):
        return Said(_tidy(lines), forwarded=True)
    unquoted = _without_quotes(lines, quote)
    kept = _tidy(without_signature(unquoted))
    if len(unquoted) < len(lines) and not _is_enough(kept):
        kept = ""
    return Said(kept if _says_something(kept) else _tidy(lines), subject_says)


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


@dataclass(frozen=True, slots=True)
class _Quote:
    """Lines that say that a quote follows; ``is_block`` if they are a block of headers, ``is_others`` if these are of a
    mail that has nothing to do with us."""

    start: int
    end: int
    is_block: bool = False
    is_others: bool = False


def _first_quote(lines: list[str], ours: Callable[[str], bool], *, replies: bool) -> _Quote | None:
    """The first attribution or block of headers that is not itself quoted, as those of older mails are."""
    for number, line in enumerate(lines):
        if _is_quoted(line):
            continue
        if _is_rule(line):
            return _Quote(number, number + 1, is_block=True)
        if (block := _block_at(lines, number, ours, replies=replies)) is not None:
            return block
        if replies and (start := _attribution_start(lines, number)) is not None:
            return _Quote(start, number + 1)
    return None


def _is_rule(line: str) -> bool:
    """Whether it is one of dashes that say what is below, such as "--- Original Message ---"."""
    trimmed = line.strip()
    if len(trimmed) > MAX_ATTRIBUTION_CHARS:
        return False
    if trimmed.startswith("--") and trimmed.endswith("--"):
        title = " ".join(trimmed.strip("-").split())
        return title.lower() in words.ORIGINALS or _is_attribution(title, quoted=False)
    return words.SENT_BY.match(line) is not None


def _block_at(lines: list[str], number: int, ours: Callable[[str], bool], *, replies: bool) -> _Quote | None:
    """The block of headers that begins in a line: with any of them, a From and two more in few lines."""
    if not (words.FROM_LINE.match(lines[number]) or words.NEXT_LINE.match(lines[number])):
        return None
    near = lines[number : number + 1 + _LOOKAHEAD]
    sender = next((at for at, line in enumerate(near) if not words.NEXT_LINE.match(line)), len(near))
    if sender == len(near) or not words.FROM_LINE.match(near[sender]):
        return None
    if sum(words.NEXT_LINE.match(line) is not None for line in near) < 2:
        return None
    addresses = _ADDRESS.findall(" ".join(near[sender : sender + 2])[:MAX_ATTRIBUTION_CHARS])
    if replies:
        return _Quote(number, number + 1, is_block=True)
    return _Quote(number, number + 1, is_block=True, is_others=not ours(addresses[0])) if addresses else None


def _attribution_start(lines: list[str], last: int) -> int | None:
    """The first line of the attribution that ends in line ``last``, if one does.

    It has a verb such as "wrote" and a time, date or address, and ends in a colon; above lines with ``>`` the colon
    and the time are enough in any language (as are Japanese programs' lines, which have no verb). Programs break it
    into three lines at most: it begins with the nearest one that begins as attributions do, else where it is whole.
    """
    if not lines[last].rstrip().endswith((":", "\uff1a")) or len(lines[last]) > MAX_ATTRIBUTION_CHARS:
        return None
    quoted, whole = _quote_follows(lines, last + 1), None
    for start in range(last, max(last - MAX_ATTRIBUTION_LINES, -1), -1):
        joined = " ".join(line.strip() for line in lines[start : last + 1])
        if not lines[start].strip() or len(joined) > MAX_ATTRIBUTION_CHARS:
            break
        if _is_attribution(joined, quoted=quoted):
            whole = start if whole is None else whole
            if words.OPENS.match(joined):
                return start
    return whole


def is_attribution(line: str) -> bool:
    """Whether ``line`` alone says who wrote what follows: by a verb or by an address, and with a colon at its end."""
    if not line.rstrip().endswith(":") or len(line) > MAX_ATTRIBUTION_CHARS or words.BY_ME.search(line):
        return False
    return _is_attribution(line, quoted=_ADDRESS.search(line) is not None)


def _is_attribution(line: str, *, quoted: bool) -> bool:
    if not words.WHEN.search(line):
        return False
    return quoted or (words.WROTE.search(line) is not None and not words.BY_ME.search(line))


def _quote_follows(lines: list[str], number: int) -> bool:
    following = next((line for line in lines[number : number + 3] if line.strip()), "")
    return following.lstrip().startswith(">")


def _first_forward(lines: list[str]) -> int | None:
    return next((number for number, line in enumerate(lines) if words.FORWARDED.match(line)), None)


def _without_quotes(lines: list[str], quote: _Quote | None) -> list[str]:
    """The lines that are not quoted; of what stands below an attribution only if the quotes there are marked."""
    if quote is None:
        return [line for line in lines if not _is_quoted(line)]
    above = [line for line in lines[: quote.start] if not _is_quoted(line)]
    marked = not quote.is_block and _quote_follows(lines, quote.end)
    return [*above, *(line for line in lines[quote.end :] if not _is_quoted(line))] if marked else above


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _unquoted(line: str) -> str:
    return line.lstrip()[1:].removeprefix(" ") if _is_quoted(line) else line


def _tidy(lines: list[str]) -> str:
    return _BLANKS.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip()
