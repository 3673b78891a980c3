"""Which pieces of a section are quoted, when all of it is too long."""

from collections.abc import Sequence

from fte_agent.text.pieces import Span, quote, spans, with_bound

__all__ = ["best_bound", "best_spans", "quote", "spans"]


def best_bound(scores: Sequence[float], content: str, pieces: Sequence[Span], limit: int) -> list[Span]:
    """`best_spans` with all that these must not be read without, as far as that stays within twice ``limit``."""
    chosen = best_spans(scores, pieces, limit)
    while chosen:
        bound = [pieces[number] for number in with_bound(content, pieces, map(pieces.index, chosen))]
        if len(quote(content, bound)) <= 2 * limit:
            return bound
        chosen.pop()
    return []


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
