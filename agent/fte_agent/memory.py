"""Knowledge in memory: what evaluation and the prototype use in the place of a database."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fte_agent.domain.knowledge import Candidate, EmbeddedSection, Section
from fte_agent.terms import stem, words


class InMemoryKnowledge:
    """`KnowledgeBase` and ``KnowledgeWriter`` in a dictionary, with the two arms of a database.

    Embeddings are kept in half precision, as PostgreSQL's ``halfvec`` keeps them, so that both propose
    the same cosine to three digits.
    """

    def __init__(self) -> None:
        self._snapshots: dict[tuple[str, str], tuple[list[Section], NDArray[np.float32]]] = {}

    async def candidates(
        self, snapshot: str, embedder: str, embedding: Sequence[float], terms: Sequence[str], limit: int
    ) -> list[Candidate]:
        """The nearest sections by vector and those matching any of ``terms``, joined, by falling cosine."""
        if (snapshot, embedder) not in self._snapshots:
            return []
        sections, vectors = self._snapshots[snapshot, embedder]
        cosines = vectors @ np.asarray(embedding, dtype=np.float32)
        nearest = np.argsort(-cosines, kind="stable")[:limit]
        wanted = frozenset(map(stem, terms))
        shared = [len(wanted & _stems(section)) for section in sections]
        matching = sorted((at for at, share in enumerate(shared) if share), key=lambda at: (-shared[at], at))[:limit]
        chosen = sorted({*map(int, nearest), *matching}, key=lambda at: (-cosines[at], sections[at].uri))
        return [Candidate(sections[at], float(cosines[at])) for at in chosen]

    async def has_snapshot(self, snapshot: str, embedder: str) -> bool:
        """Whether the snapshot was written for this embedder."""
        return (snapshot, embedder) in self._snapshots

    async def write_snapshot(
        self, snapshot: str, embedder: str, dimensions: int, sections: Sequence[EmbeddedSection]
    ) -> None:
        """Store a snapshot; one that is there stays as it is."""
        vectors = np.array([item.embedding for item in sections], dtype=np.float16).reshape(len(sections), dimensions)
        self._snapshots.setdefault(
            (snapshot, embedder), ([item.section for item in sections], vectors.astype(np.float32))
        )


def _stems(section: Section) -> frozenset[str]:
    return frozenset(map(stem, words(f"{section.title} {section.heading} {section.content}")))
