"""Which pieces of a section are quoted, when all of it is too long."""

from collections.abc import Sequence

from fte_agent.text.pieces import Span, quote, spans

__all__ = ["best_spans", "quote", "spans"]


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
