"""Sections and questions as a benchmark needs them: any number, of any dimensions, the same for the same seed.

What vectors of real embedders have and random ones lack is made: few directions matter, and sections come in topics. A
topic has words of its own among those that all share, and words are as frequent as Zipf says, so most questions hold
some that stand in most sections.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fte_agent.domain.knowledge import EmbeddedSection, Section

DIRECTIONS = 64
TOPICS = 200
WORDS = 20_000
WORDS_A_SECTION = 90
WORDS_A_QUESTION = 12
OWN = 300
"""Words of a topic."""

SPREAD, ASKED, NOISE = 0.7, 0.5, 0.2
"""How far sections are from their topic, questions from a section, and both from the directions that matter."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Question:
    """A customer's words with their embedding."""

    text: str
    embedding: Floats


class Corpus:
    """Makes sections and questions of one company."""

    def __init__(self, dimensions: int, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)
        basis = np.linalg.qr(self._random.standard_normal((dimensions, DIRECTIONS)))[0]
        self._basis: Floats = basis.T.astype(np.float32)
        self._topics = self._random.standard_normal((TOPICS, DIRECTIONS))
        self._own = self._random.integers(0, WORDS, (TOPICS, OWN))

    def sections(self, count: int) -> tuple[list[EmbeddedSection], Floats]:
        """``count`` sections, and where each lies among the directions that matter."""
        topics = self._random.integers(0, TOPICS, count)
        places = self._topics[topics] + SPREAD * self._random.standard_normal((count, DIRECTIONS))
        vectors = self._vectors(places)
        made = []
        for at, (topic, vector) in enumerate(zip(topics, vectors, strict=True)):
            words = self._words(int(topic), WORDS_A_SECTION)
            heading, content = " ".join(words[:4]), " ".join(words[4:])
            section = Section(f"bench/{at // 50}.md#{at}", f"Book {topic}", heading, f"{content}.")
            made.append(EmbeddedSection(section, vector))
        self._last = topics
        return made, places.astype(np.float32)

    def questions(self, places: Floats, count: int) -> list[Question]:
        """``count`` questions about the sections made last, which lie at ``places``."""
        about = self._random.integers(0, len(places), count)
        asked = places[about] + ASKED * self._random.standard_normal((count, DIRECTIONS))
        return [
            Question(" ".join(self._words(int(self._last[at]), WORDS_A_QUESTION)), vector)
            for at, vector in zip(about, self._vectors(asked), strict=True)
        ]

    def _vectors(self, places: Floats) -> Floats:
        vectors = places.astype(np.float32) @ self._basis
        scale = NOISE * np.linalg.norm(vectors, axis=1, keepdims=True) / np.sqrt(vectors.shape[1])
        vectors += scale * self._random.standard_normal(vectors.shape, dtype=np.float32)
        unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def _words(self, topic: int, count: int) -> Sequence[str]:
        """A third of them the topic's own; the others as Zipf has it."""
        common = np.minimum(self._random.zipf(1.2, count), WORDS) - 1
        own = self._own[topic][np.minimum(self._random.zipf(1.3, count), OWN) - 1]
        chosen = np.where(self._random.random(count) < 1 / 3, own, common)
        return [f"w{number:05d}" for number in chosen.tolist()]
