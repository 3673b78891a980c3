"""Sections with their embeddings."""

from collections.abc import Sequence

import numpy as np

from fte_agent.domain.knowledge import EmbeddedSection, Section
from fte_agent.knowledge.sections import texts_to_embed
from fte_agent.ports import Embedder


async def embedded(sections: Sequence[Section], embedder: Embedder) -> list[EmbeddedSection]:
    """``sections`` with their embeddings, in their order: midway between what is written and what is asked."""
    texts = [texts_to_embed(section) for section in sections]
    vectors = iter(await embedder.embed([text for each in texts for text in each]))
    return [
        EmbeddedSection(section, _midway([next(vectors) for _ in each]))
        for section, each in zip(sections, texts, strict=True)
    ]


def _midway(vectors: Sequence[Sequence[float]]) -> Sequence[float]:
    if len(vectors) == 1:
        return vectors[0]
    mean = np.mean(np.asarray(vectors, dtype=np.float64), axis=0)
    unit: list[float] = (mean / np.linalg.norm(mean)).tolist()
    return unit
