"""Where a quote begins in a mail's text, as programs say it: attributions, dashed rules, blocks of headers."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from fte_agent.inbound import mail_quote_words as words

MAX_ATTRIBUTION_CHARS = 400
MAX_ATTRIBUTION_LINES = 3
_LOOKAHEAD = 5

_ADDRESS = re.compile(r"[^\s<>@:;,\"'()\[\]]+@[^\s<>@:;,\"'()\[\]]+\.\w+")


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines that say that a quote follows; ``is_block`` if they are a block of headers, ``is_others`` if these are of a
    mail that has nothing to do with us."""

    start: int
    end: int
    is_block: bool = False
    is_others: bool = False


def first_quote(lines: list[str], ours: Callable[[str], bool], *, replies: bool) -> Quote | None:
    """The first attribution or block of headers that is not itself quoted, as those of older mails are."""
    for number, line in enumerate(lines):
        if is_quoted(line):
            continue
        if _is_rule(line):
            return Quote(number, number + 1, is_block=True)
        if (block := _block_at(lines, number, ours, replies=replies)) is not None:
            return block
        if replies and (start := _attribution_start(lines, number)) is not None:
            return Quote(start, number + 1)
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


def _block_at(lines: list[str], number: int, ours: Callable[[str], bool], *, replies: bool) -> Quote | None:
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
        return Quote(number, number + 1, is_block=True)
    return Quote(number, number + 1, is_block=True, is_others=not ours(addresses[0])) if addresses else None


def _attribution_start(lines: list[str], last: int) -> int | None:
    """The first line of the attribution that ends in line ``last``, if one does.

    It has a verb such as "wrote" and a time, date or address, and ends in a colon; above lines with ``>`` the colon
    and the time are enough in any language (as are Japanese programs' lines, which have no verb). Programs break it
    into three lines at most: it begins with the nearest one that begins as attributions do, else where it is whole.
    """
    if not lines[last].rstrip().endswith((":", "\uff1a")) or len(lines[last]) > MAX_ATTRIBUTION_CHARS:
        return None
    quoted, whole = quote_follows(lines, last + 1), None
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


def quote_follows(lines: list[str], number: int) -> bool:
    """Whether marked lines begin in or near a line."""
    following = next((line for line in lines[number : number + 3] if line.strip()), "")
    return following.lstrip().startswith(">")


def is_quoted(line: str) -> bool:
    """Whether a line is marked as a quote."""
    return line.lstrip().startswith(">")
