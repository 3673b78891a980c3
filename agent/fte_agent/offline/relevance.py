"""How well a section answers a question: what is compared, and how much each comparison counts.

Four comparisons of a question with a section, each a cosine: token by token, weighing tokens by how few of the
sections at hand hold them; the same unweighted; with the section's best sentence or known question; with its
heading. A line over them ranks; how far the best stands out says whether it is an answer at all
(`fte_agent.offline.calibration`).
"""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fte_agent.domain.knowledge import Section
from fte_agent.offline.calibration import CALIBRATIONS
from fte_agent.offline.embedder import OfflineEmbedder, Reading
from fte_agent.text.markdown import plain, sentences

Floats = NDArray[np.float64]


COMPARED = 10
"""Sections compared with a question: the best of what was found."""


class Relevance:
    """Judges sections by one embedder; one that was never calibrated finds nothing relevant."""

    def __init__(self, embedder: OfflineEmbedder) -> None:
        self._embedder = embedder
        self._calibration = CALIBRATIONS.get(embedder.identity)

    async def nearest(self, question: str, sections: Sequence[Section]) -> tuple[Section, float] | None:
        """The section nearest to ``question`` and how probable it is that it answers; None without any."""
        if not sections or self._calibration is None:
            return None
        compared = await compare(question, sections, self._embedder)
        nearest = sections[int(self._calibration.scores(compared).argmax())]
        return nearest, self._calibration.confidence(question, compared)

    async def closeness(self, question: str, texts: Sequence[str]) -> list[float]:
        """The cosine of each text with ``question``."""
        asked, *told = await self._embedder.vectors([question, *texts])
        return [float(asked @ vector) for vector in told]


async def compare(question: str, sections: Sequence[Section], embedder: OfflineEmbedder) -> Floats:
    """The comparisons of ``question`` with each section: (sections, 4)."""
    (asked,), *told = [await embedder.read(texts) for texts in ([question], *map(_wordings, sections))]
    token_wise = _token_wise(asked, [_together(readings) for readings in told])
    pieces = [_pieces(section) for section in sections]
    texts = [text for each in pieces for text in each]
    vectors = np.array(await embedder.vectors([question, *map(_name, sections), *texts]))
    headings, rest = vectors[1 : len(sections) + 1] @ vectors[0], vectors[len(sections) + 1 :] @ vectors[0]
    ends = np.cumsum([0, *map(len, pieces)])
    nearest = [rest[start:end].max() for start, end in itertools.pairwise(ends)]
    return np.column_stack([token_wise, nearest, headings]).astype(np.float64)


def _token_wise(asked: Reading, told: Sequence[Reading]) -> Floats:
    """Mean over the question's tokens of the nearest token in each section: weighted by rarity, and plain."""
    if not len(asked.ids):
        return np.zeros((len(told), 2))
    states = asked.states.astype(np.float32)
    nearest = np.array([(states @ one.states.astype(np.float32).T).max(axis=1) for one in told])
    holding = np.array([np.isin(asked.ids, one.ids) for one in told]).sum(axis=0)
    rarity = np.log(1 + (len(told) - holding + 0.5) / (holding + 0.5))
    return np.column_stack([nearest @ rarity / rarity.sum(), nearest.mean(axis=1)])


def _name(section: Section) -> str:
    return section.heading.rsplit(" > ", 1)[-1]


def _wordings(section: Section) -> list[str]:
    """The section in its own words, and in those of whoever asked."""
    written = f"{_name(section)}. {plain(section.content)}"
    return [written, "\n".join(section.example_questions)] if section.example_questions else [written]


def _together(readings: Sequence[Reading]) -> Reading:
    return Reading(
        np.concatenate([reading.ids for reading in readings]), np.concatenate([reading.states for reading in readings])
    )


def _pieces(section: Section) -> list[str]:
    """What a question may be near to: each sentence under its heading, and the questions known to be asked."""
    said = [sentence for line in plain(section.content).splitlines() for sentence in sentences(line)]
    return [*(f"{_name(section)}: {sentence}" for sentence in said), *section.example_questions] or [_name(section)]
