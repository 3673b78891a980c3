"""The pieces of a section that may be copied alone, and those that may not: work on positions, so copies are exact."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fte_agent.text.bindings import introduces, leans, limits
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

    A sentence that points back takes the one before it along, and a list that no colon introduces its sentence. What
    narrows a paragraph, or all of the block before it, comes with each sentence of that.
    """
    texts = [content[piece.start : piece.end] for piece in pieces]
    kept: set[int] = set()
    waiting = list(chosen)
    while waiting:
        number = waiting.pop()
        if number in kept:
            continue
        kept.add(number)
        if number > 0 and (leans(texts[number]) or limits(texts[number]) or _is_block(texts[number], pieces[number])):
            waiting.append(number - 1)
        waiting.extend(_limiting(texts, pieces, number))
    return sorted(kept)


def _is_block(text: str, piece: Span) -> bool:
    return piece.opens and blocks(text)[0].kind is not Kind.PARAGRAPH


def _limiting(texts: Sequence[str], pieces: Sequence[Span], number: int) -> Iterable[int]:
    """The pieces behind ``number`` that narrow it: of its paragraph any, and the first ones of the next."""
    following = number + 1
    while following < len(pieces) and not pieces[following].opens:
        if limits(texts[following]):
            yield following
        following += 1
    while following < len(pieces) and limits(texts[following]):
        yield following
        following += 1


def quote(content: str, chosen: Sequence[Span]) -> str:
    """The chosen pieces in reading order; what stands side by side is copied with what is between."""
    merged: list[Span] = []
    for span in sorted(chosen, key=lambda span: span.start):
        if merged and not content[merged[-1].end : span.start].strip():
            merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return "\n\n".join(content[span.start : span.end] for span in merged)
