"""Questions that the knowledge did not answer, those that ask the same together."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from fte_agent.ports import Embedder
from fte_agent.text.language import ENGLISH, guess_language
from fte_agent.text.terms import words

ALIKE = 0.6
"""Cosine from which two questions count as one, by the shipped embedder. Of two that different sections of a suite
answer, fewer than one pair in 2,000 reaches it; of two that one section answers in other words, about one in 20."""

MAX_CHARS = 300
"""Of a question as it is shown and compared."""


@dataclass(frozen=True, slots=True)
class Gap:
    """``count`` customers asked this; ``question`` in the words of most of them, ``places`` are where they stood."""

    question: str
    count: int
    places: tuple[int, ...] = field(default=(), compare=False)


async def grouped(questions: Sequence[str], embedder: Embedder) -> list[Gap]:
    """The gaps, those asked most first; equal ones in the order of their first question."""
    places: dict[str, list[int]] = {}
    for place, question in enumerate(questions):
        places.setdefault(normal(question), []).append(place)
    asked = sorted((each for each in places if each), key=lambda each: -len(places[each]))
    groups = await clustered([questions[places[each][0]] for each in asked], embedder)
    gaps = []
    for group in groups:
        standing = tuple(sorted(place for at in group for place in places[asked[at]]))
        gaps.append(Gap(_shown(questions[places[asked[group[0]]][0]]), len(standing), standing))
    return sorted(gaps, key=lambda gap: -gap.count)


async def clustered(questions: Sequence[str], embedder: Embedder) -> list[list[int]]:
    """Which of ``questions`` ask the same, by their places; each is compared with the first of every group.

    The shipped embedder knows English alone, so what is in another language is only together with its like.
    """
    shown = [_shown(question) for question in questions]
    vectors = np.array(await embedder.embed(shown)).reshape(len(shown), embedder.dimensions)
    english = np.array([guess_language(question) == ENGLISH for question in shown], dtype=bool)
    same = [normal(question) for question in shown]
    groups: list[list[int]] = []
    for at in range(len(shown)):
        leaders = [group[0] for group in groups]
        near = np.where(english[leaders] & english[at], vectors[leaders] @ vectors[at], 0.0) if leaders else np.zeros(0)
        equal = next((number for number, leader in enumerate(leaders) if same[leader] == same[at]), None)
        best = int(near.argmax()) if len(near) else -1
        if equal is not None:
            groups[equal].append(at)
        elif best >= 0 and near[best] >= ALIKE:
            groups[best].append(at)
        else:
            groups.append([at])
    return groups


def normal(question: str) -> str:
    """What two spellings of one question have in common."""
    return " ".join(words(question))


def _shown(question: str) -> str:
    return " ".join(question.split())[:MAX_CHARS]
