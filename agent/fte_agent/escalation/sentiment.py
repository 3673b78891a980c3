"""How a customer's message sounds, from -2 to 2: a curve over the classifier's embeddings, learned from examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from fte_agent.escalation.rules import Example
from fte_agent.ports import Embedder
from fte_agent.text.language import ENGLISH
from fte_agent.turn.policy import LOWEST

_LINES = ((-0.7, LOWEST), (-0.3, -1), (0.15, 0), (0.35, 1))
"""Up to which value of the curve a message scores what; beyond the last it scores 2. Examples left out in turn lie
at -1.24 to -0.52 (lowest), -0.53 to -0.09 (low) and -0.21 to 0.14 (neither), eight of ten of each."""

_WIDTH, _RIDGE = 1.0, 0.1

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sentiment:
    """The curve; without examples every message scores 0."""

    examples: Floats
    weights: Floats
    level: float

    @classmethod
    async def learn(cls, moods: Mapping[int, Sequence[Example]], neutral: Sequence[str], embedder: Embedder) -> Self:
        """Kernel ridge regression over the English examples of ``moods`` by score, and ``neutral`` ones."""
        scored = [(each.text, score) for score, found in moods.items() for each in found if each.language == ENGLISH]
        scored += [(text, 0) for text in neutral] if scored else []
        if not scored:
            return cls(np.empty((0, embedder.dimensions)), np.empty(0), 0.0)
        vectors = np.array(await embedder.embed([text for text, _ in scored]))
        targets = np.array([float(score) for _, score in scored])
        level = float(targets.mean())
        penalised = _kernel(vectors, vectors) + _RIDGE * np.eye(len(vectors))
        return cls(vectors, np.asarray(np.linalg.solve(penalised, targets - level), dtype=np.float64), level)

    def score(self, vectors: Floats) -> int:
        """The score of a message: of its whole, the first of ``vectors``, and of the sentence that stands out."""
        if not len(self.examples):
            return 0
        values = _kernel(vectors, self.examples) @ self.weights + self.level
        value = (values[0] + values[np.abs(values).argmax()]) / 2
        return next((score for line, score in _LINES if value <= line), 2)


def _kernel(vectors: Floats, examples: Floats) -> Floats:
    kernel: Floats = np.exp(-_WIDTH * (2 - 2 * vectors @ examples.T))
    return kernel
