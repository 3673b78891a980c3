"""The pieces of a section that may be copied alone, and those that may not: work on positions, so copies are exact."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fte_agent.text.bindings import announces, answers, denies, introduces, is_about_all, is_title, leans, limits
from fte_agent.text.markdown import Kind, blocks, sentences


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a section: a sentence, or a whole list, code block or table. A step left out of a list, or an
    item of "all of these", says something else, so lists are never cut.

    ``opens`` says that it begins a paragraph, list, code block or table of its own.
    """

    start: int
    end: int
    opens: bool = True


def spans(content: str) -> list[Span]:
    """The pieces of ``content`` in reading order; what a colon introduces keeps the sentence that introduces it.

    Content that is not as `fte_agent.knowledge.sections` leaves it is one piece.
    """
    found: list[Span] = []
    position = 0
    introduced = False
    for block in blocks(content):
        whole = block.kind is not Kind.PARAGRAPH or introduced
        for number, piece in enumerate([block.text] if whole else sentences(block.text)):
            start = content.find(piece, position)
            if start < 0:
                return [Span(0, len(content))]
            position = start + len(piece)
            opens = number == 0
            if introduced:
                last = found.pop()
                start, opens = last.start, last.opens
            found.append(Span(start, position, opens))
            introduced = block.kind is Kind.PARAGRAPH and introduces(piece)
    return found


def with_bound(content: str, pieces: Sequence[Span], chosen: Iterable[int]) -> list[int]:
    """The chosen pieces by number, in reading order, with all without which they would say something else.

    A sentence that points back takes the one before it along, a list its sentence, and what stands under a title or a
    question takes that. What narrows a paragraph or the whole section, before or behind, comes with each sentence of
    it.
    """
    texts = [content[piece.start : piece.end] for piece in pieces]
    kept: set[int] = set()
    waiting = list(chosen)
    while waiting:
        number = waiting.pop()
        if number not in kept:
            kept.add(number)
            waiting.extend(_before(texts, pieces, number))
            waiting.extend(_narrowing(texts, pieces, number))
    return sorted(kept)


def _before(texts: Sequence[str], pieces: Sequence[Span], number: int) -> Iterator[int]:
    """What stands before the piece and must be read with it."""
    text = texts[number]
    if number > 0 and (leans(text) or limits(text) or answers(text) or _is_block(text, pieces[number])):
        yield number - 1
    if is_about_all(texts[0]):
        yield 0
    if not _heads(text):
        yield from next(([head] for head in range(number - 1, -1, -1) if _heads(texts[head])), [])


def _narrowing(texts: Sequence[str], pieces: Sequence[Span], number: int) -> Iterator[int]:
    """The pieces that narrow this one: of its paragraph any, of the next the first, and what stands below a table."""
    first, following = number, number + 1
    while first > 0 and not pieces[first].opens:
        first -= 1
    while following < len(pieces) and not pieces[following].opens:
        following += 1
    yield from (each for each in range(first, following) if limits(texts[each]) or denies(texts[each]))
    if following < len(pieces) and (denies(texts[following]) or blocks(texts[number])[-1].kind is Kind.TABLE):
        yield following
    while following < len(pieces) and limits(texts[following]):
        yield following
        following += 1


def _is_block(text: str, piece: Span) -> bool:
    return piece.opens and blocks(text)[0].kind is not Kind.PARAGRAPH


@lru_cache(maxsize=4096)
def _heads(text: str) -> bool:
    """Whether all that follows is said under it, up to the next such piece: a list under a colon ends it itself."""
    first, *others = blocks(text)
    if first.kind is not Kind.PARAGRAPH:
        return False
    if is_title(first.text):
        return True
    under_it = not others or others[0].kind is Kind.PARAGRAPH
    return under_it and announces(sentences(first.text)[-1])


def quote(content: str, chosen: Sequence[Span]) -> str:
    """The chosen pieces in reading order; what stands side by side is copied with what is between."""
    merged: list[Span] = []
    for span in sorted(chosen, key=lambda span: span.start):
        if merged and not content[merged[-1].end : span.start].strip():
            merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return "\n\n".join(content[span.start : span.end] for span in merged)
