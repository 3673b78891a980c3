"""What to quote of a section: pure text work on positions, so that quotes are exact."""

from collections.abc import Sequence
from dataclasses import dataclass

from fte_agent.text.markdown import Kind, blocks, sentences


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a section that may be quoted alone: a sentence, or a whole list, code block or table."""

    start: int
    end: int


def spans(content: str) -> list[Span]:
    """The pieces of ``content`` in reading order; a list keeps the sentence that introduces it.

    Content that is not as `fte_agent.knowledge.sections` leaves it is one piece.
    """
    found: list[Span] = []
    position = 0
    introduces = False
    for block in blocks(content):
        for piece in sentences(block.text) if block.kind is Kind.PARAGRAPH else [block.text]:
            start = content.find(piece, position)
            if start < 0:
                return [Span(0, len(content))]
            position = start + len(piece)
            if introduces and block.kind is not Kind.PARAGRAPH:
                start = found.pop().start
            found.append(Span(start, position))
            introduces = block.kind is Kind.PARAGRAPH and piece.endswith(":")
    return found


def quote(content: str, chosen: Sequence[Span]) -> str:
    """The chosen pieces in reading order; what stands side by side is copied with what is between."""
    merged: list[Span] = []
    for span in sorted(chosen, key=lambda span: span.start):
        if merged and not content[merged[-1].end : span.start].strip():
            merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return "\n\n".join(content[span.start : span.end] for span in merged)


def best_spans(scores: Sequence[float], pieces: Sequence[Span], limit: int) -> list[Span]:
    """The best-scored pieces that together stay within ``limit`` characters; empty when even the best does not."""
    chosen: list[Span] = []
    used = 0
    for _, index in sorted(((-score, index) for index, score in enumerate(scores))):
        size = pieces[index].end - pieces[index].start + 2
        if used + size > limit:
            break
        chosen.append(pieces[index])
        used += size
    return chosen
