"""The only place where a reply gets the form of its channel: its frame, its marks and its parts."""

import re
from collections.abc import Sequence

from fte_agent.channels import TRAITS, Frame
from fte_agent.domain.behaviour import Company
from fte_agent.domain.messages import Channel

_BLANK_LINES = re.compile(r"\n{3,}")
_FENCE = re.compile(r"\s*(`{3,}(?=[^`]*$)|~{3,})")
_HIDDEN = "\0"
_CODE = re.compile(rf"(?<!`)(`{{1,3}})(?!`).+?(?<!`)\1(?!`)|{_HIDDEN}")
_STRONG = re.compile(r"(?<!\w)(\*\*|__)(?=\S)([^\n]{1,300}?)(?<=\S)\1(?!\w)")
_LINK = re.compile(r"!?\[([^\]\n]{1,200})\]\(([^()\s]{1,500})\)")
_NAME = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")  # noqa: RUF001 - the apostrophe meant
_MAX_NAME_CHARS = 30
_MARKER_CHARS = len("(99/99)\n")


def format_for_channel(channel: Channel, text: str, company: Company, *, customer_name: str = "") -> tuple[str, ...]:
    """``text`` as the channel's customer reads it, in ordered parts that leave room for `numbered`.

    Mail gets a greeting and a signature, WhatsApp neither, and its own marks; the web form signs with the name.
    An empty text has no parts.
    """
    body = _BLANK_LINES.sub("\n\n", "\n".join(line.rstrip() for line in _marked(channel, text).strip().splitlines()))
    if not body:
        return ()
    return tuple(_split(_framed(channel, body, company, customer_name), TRAITS[channel].style.part_chars))


def format_copy(channel: Channel, text: str, company: Company, *, of: Channel, notice: str) -> tuple[str, ...]:
    """``text``, a reply in the form of the kind ``of``, in that of ``channel``: to nobody by name, ``notice`` below."""
    body = text.removesuffix(_framed(of, "", company, ""))
    return tuple(_split(f"{_framed(channel, body, company, '')}\n\n{notice}", TRAITS[channel].style.part_chars))


def numbered(parts: Sequence[str]) -> tuple[str, ...]:
    """A reply's parts as they are sent: with number and count where there are several, as they may arrive in any
    order."""
    if len(parts) < 2:
        return tuple(parts)
    return tuple(f"({number}/{len(parts)})\n{part}" for number, part in enumerate(parts, start=1))


def max_body_chars(channel: Channel, company: Company, *, customer_name: str = "", max_chars: int) -> int:
    """Characters that the channel's frame leaves for the message, of at most ``max_chars`` for the whole reply."""
    frame = len(_framed(channel, "", company, customer_name))
    part_chars = TRAITS[channel].style.part_chars or max_chars
    most_parts = 3 * max_chars // part_chars if max_chars > part_chars else 0  # as `_cut` leaves them
    return max_chars - frame - most_parts * (_MARKER_CHARS + len("\n\n"))


def max_body_words(channel: Channel, company: Company, *, customer_name: str = "") -> int | None:
    """Words that the channel's frame leaves for the message; None where words are not counted."""
    most = TRAITS[channel].style.max_words
    return None if most is None else most - count_words(_framed(channel, "", company, customer_name))


def has_room(channel: Channel, text: str, company: Company, *, customer_name: str = "", max_chars: int) -> bool:
    """Whether the channel's frame leaves room for ``text``, in characters and in words."""
    words = max_body_words(channel, company, customer_name=customer_name)
    fits = len(text) <= max_body_chars(channel, company, customer_name=customer_name, max_chars=max_chars)
    return fits and (words is None or count_words(text) <= words)


def count_words(text: str) -> int:
    """How many words of ``text`` stand between blanks once it is shown, where a link's address follows its words."""
    return len(text.replace("](", "] (").split())


def _framed(channel: Channel, body: str, company: Company, customer_name: str) -> str:
    match TRAITS[channel].style.frame:
        case Frame.LETTER:
            return f"{_greeting(customer_name)}\n\n{body}\n\nKind regards,\n{_signature(company)}"
        case Frame.SIGNED:
            return f"{body}\n\n{company.name} Support"
        case Frame.BARE:
            return body


def _greeting(customer_name: str) -> str:
    """A greeting by the first name, if it is one: a sender may call themselves anything, also a link."""
    first = customer_name.split(maxsplit=1)[0] if customer_name.strip() else ""
    return f"Hello {first}," if _NAME.fullmatch(first) and len(first) <= _MAX_NAME_CHARS else "Hello,"


def _signature(company: Company) -> str:
    if company.signature:
        return company.signature.strip()
    return "\n".join(filter(None, (f"{company.name} Support", company.website)))


def _marked(channel: Channel, text: str) -> str:
    """Markdown's marks as the channel shows them: WhatsApp's own bold, elsewhere plain words; code as it is."""
    bold = TRAITS[channel].style.bold
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if fence:
            closing = line.strip()
            if closing.startswith(fence) and not closing.strip(fence[0]):
                fence = ""
        elif opening := _FENCE.match(line):
            fence = opening[1]
        else:
            line = _marked_line(bold, line)  # noqa: PLW2901 - what stays is the line as the channel shows it
        lines.append(line)
    return "\n".join(lines)


def _marked_line(bold: str, line: str) -> str:
    """A line outside fenced code; its code spans are hidden meanwhile, so that marks may stand around them."""
    code = [span[0] for span in _CODE.finditer(line)]
    marked = _LINK.sub(r"\1 (\2)", _STRONG.sub(bold, _CODE.sub(_HIDDEN, line)))
    spans = iter(code)
    return re.sub(_HIDDEN, lambda _: next(spans), marked)


def _split(text: str, limit: int | None) -> list[str]:
    """``text`` in pieces that fit into parts of ``limit`` characters together with their markers."""
    if limit is None or len(text) <= limit:
        return [text]
    pieces: list[str] = []
    while len(text) > limit - _MARKER_CHARS:
        cut = _cut(text, limit - _MARKER_CHARS)
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [piece for piece in (*pieces, text) if piece]


def _cut(text: str, limit: int) -> int:
    """Where to cut: after the last paragraph that fits, else line, sentence, word; never in the first third."""
    for end in ("\n\n", "\n", ". ", " "):
        at = text.rfind(end, limit // 3, limit)
        if at >= 0:
            return at + len(end)
    return limit
