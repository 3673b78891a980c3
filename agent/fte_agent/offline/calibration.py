"""How much each comparison of a question with a section counts, per embedder, as ``hack/calibrate`` fitted it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SURE = 0.5
"""Confidence from which a section is an answer: more probably right than wrong."""

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
        """Score of the best section, its lead, length of the question (log of its words), its comparisons.

        A section alone has no lead. A longer question resembles every section less.
        """
        scores = self.scores(comparisons)
        best, *others = sorted(scores.tolist(), reverse=True)
        lead = best - others[0] if others else 0.0
        return best, lead, math.log(1 + len(question.split())), *comparisons[scores.argmax()].tolist()

    def confidence(self, question: str, comparisons: Floats) -> float:
        """How probable it is that the best section answers, between 0 and 1."""
        value = float(np.dot(self.line, self.standing(question, comparisons))) + self.bias
        return 1 / (1 + math.exp(-value))


CALIBRATIONS = {
    "minilm-l6-int8-ac450649a63c": Calibration(
        weights=(13.07, 8.7, 16.32, 2.06), line=(0.09, 0.46, 0.41, 4.06, -0.71, 3.93, 0.37), bias=-7.44
    )
}
"""Per embedder identity; one without an entry clears nothing, and everything goes to a person."""
