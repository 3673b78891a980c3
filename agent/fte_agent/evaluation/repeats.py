"""How steady an employee is that is asked the same several times."""

from collections.abc import Sequence
from math import comb

from fte_agent.evaluation.record import Grade, Record


def passes(records: Sequence[Record]) -> tuple[float, ...]:
    """pass^1 to pass^k of tickets played k times: the chance that so many plays of one are all right, as labelled.

    The unbiased estimate of S. Yao et al., "τ-bench" (2024): the mean of C(right, j) / C(k, j) over tickets. For j = k
    it is the share of tickets that are right in all plays.
    """
    right = [sum(play.grade is Grade.AS_LABELLED for play in record.each()) for record in records]
    times = len(records[0].plays)
    return tuple(sum(comb(count, j) / comb(times, j) for count in right) / len(right) for j in range(1, times + 1))


def in_words(chances: Sequence[float]) -> str:
    """The chances as a sentence."""
    listed = ", ".join(f"pass^{j} {chance:.1%}" for j, chance in enumerate(chances, start=1))
    return f"Right in all of so many plays: {listed}."
