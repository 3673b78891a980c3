"""Questions that the knowledge did not answer, those that ask the same together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fte_agent.ports import Embedder
from fte_agent.text.terms import words

ALIKE = 0.6
"""Cosine from which two questions count as one, by the shipped embedder. Of two that different sections of a suite
answer, fewer than one pair in 2,000 reaches it; of two that one section answers in other words, about one in 20."""

MAX_CHARS = 300
"""Of a question as it is shown."""


@dataclass(frozen=True, slots=True)
class Gap:
    """``count`` customers asked this; ``question`` in the words of most of them."""

    question: str
    count: int


async def grouped(questions: Sequence[str], embedder: Embedder) -> list[Gap]:
    """The gaps, those asked most first; equal ones in the order of their first question."""
    shown = {_normal(question): " ".join(question.split())[:MAX_CHARS] for question in reversed(questions)}
    counted = Counter(_normal(question) for question in questions)
    asked = [normal for normal, _ in counted.most_common() if normal]
    vectors = np.array(await embedder.embed([shown[normal] for normal in asked])).reshape(
        len(asked), embedder.dimensions
    )
    leaders: list[int] = []
    counts: Counter[int] = Counter()
    for at, normal in enumerate(asked):
        near = vectors[leaders] @ vectors[at] if leaders else np.zeros(0)
        best = int(near.argmax()) if len(near) else -1
        if best < 0 or near[best] < ALIKE:
            leaders.append(at)
            best = len(leaders) - 1
        counts[best] += counted[normal]
    return [Gap(shown[asked[leaders[group]]], count) for group, count in counts.most_common()]


def _normal(question: str) -> str:
    return " ".join(words(question))
