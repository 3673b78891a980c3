"""How much each comparison of a question with a section counts, per embedder, as ``hack/calibrate`` fitted it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SURE = 0.55
"""Confidence from which a section is an answer. No calibration suite, judged by what was fitted on the others, is
then answered in more than a fifth of the tickets whose accepted sections were taken away."""

ABSOLUTE = slice(2, 4)
"""The comparisons that mean the same whatever the other sections are: with the best piece, with the heading."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """``weights`` of the comparisons, and a logistic ``line`` with its ``bias`` between answer and none.

    The line runs through what `standing` tells of the best section.
    """

    weights: tuple[float, ...]
    line: tuple[float, ...]
    bias: float

    def scores(self, comparisons: Floats) -> Floats:
        """One score per section, higher is better."""
        scores: Floats = comparisons @ np.array(self.weights)
        return scores

    def standing(self, question: str, comparisons: Floats) -> tuple[float, ...]:
        """How the best section stands out: its lead before the next, and before all on average; the length of the
        question (log of its words); by how much each comparison is above its average; piece and heading as such.

        A longer question resembles every section less, and sections with known questions resemble every question
        more, so most of it is relative. A section alone stands out of nothing.
        """
        scores = self.scores(comparisons)
        best, *others = sorted(scores.tolist(), reverse=True)
        lead = best - others[0] if others else 0.0
        nearest = comparisons[scores.argmax()]
        above = nearest - comparisons.mean(axis=0)
        words = math.log(1 + len(question.split()))
        return lead, best - float(scores.mean()), words, *above.tolist(), *nearest[ABSOLUTE].tolist()

    def confidence(self, question: str, comparisons: Floats) -> float:
        """How probable it is that the best section answers, between 0 and 1."""
        value = float(np.dot(self.line, self.standing(question, comparisons))) + self.bias
        return 1 / (1 + math.exp(-value))


CALIBRATIONS = {
    "minilm-l6-int8-ac450649a63c": Calibration(
        weights=(16.14, 13.67, 9.88, 3.88),
        line=(0.31, 0.07, 0.67, 6.06, 4.66, -1.23, -0.94, 4.86, 2.57),
        bias=-7.23,
    )
}
"""Per embedder identity; one without an entry clears nothing, and everything goes to a person."""
