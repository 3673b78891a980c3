"""Knowledge in memory: what evaluation and the prototype use in the place of a database."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fte_agent.domain.knowledge import Candidate, EmbeddedSection, Section
from fte_agent.text.terms import stem, words


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Sections, the stems of each, and their embeddings, row by row."""

    sections: tuple[Section, ...]
    stems: tuple[frozenset[str], ...]
    vectors: NDArray[np.float32]


class InMemoryKnowledge:
    """`KnowledgeBase` and ``KnowledgeWriter`` in a dictionary, with the two arms of a database.

    Embeddings are kept in half precision, as PostgreSQL's ``halfvec`` keeps them, so that both propose
    the same cosine to three digits.
    """

    def __init__(self) -> None:
        self._snapshots: dict[tuple[str, str], _Snapshot] = {}

    async def candidates(
        self, snapshot: str, embedder: str, embedding: Sequence[float], terms: Sequence[str], limit: int
    ) -> list[Candidate]:
        """The nearest sections by vector and those matching any of ``terms``, joined, by falling cosine."""
        if (snapshot, embedder) not in self._snapshots:
            return []
        stored = self._snapshots[snapshot, embedder]
        cosines = stored.vectors @ np.asarray(embedding, dtype=np.float32)
        nearest = np.argsort(-cosines, kind="stable")[:limit]
        wanted = frozenset(map(stem, terms))
        shared = [len(wanted & stems) for stems in stored.stems]
        matching = sorted((at for at, share in enumerate(shared) if share), key=lambda at: (-shared[at], at))[:limit]
        chosen = sorted({*map(int, nearest), *matching}, key=lambda at: (-cosines[at], stored.sections[at].uri))
        return [Candidate(stored.sections[at], float(cosines[at])) for at in chosen]

    async def sections_of(self, snapshot: str, embedder: str) -> int | None:
        """How many public sections were written for this embedder; None without the snapshot."""
        stored = self._snapshots.get((snapshot, embedder))
        return None if stored is None else len(stored.sections)

    async def prepare(self, snapshot: str, embedder: str) -> None:
        """Nothing is lacking."""

    async def write_snapshot(
        self, snapshot: str, embedder: str, dimensions: int, sections: Sequence[EmbeddedSection]
    ) -> None:
        """Store a snapshot; one that is there stays as it is."""
        public = [item for item in sections if item.section.visibility == "public"]
        vectors = np.array([item.embedding for item in public], dtype=np.float16).reshape(len(public), dimensions)
        stored = tuple(item.section for item in public)
        made = _Snapshot(stored, tuple(map(_stems, stored)), vectors.astype(np.float32))
        self._snapshots.setdefault((snapshot, embedder), made)


def _stems(section: Section) -> frozenset[str]:
    return frozenset(map(stem, words(f"{section.title} {section.heading} {section.content}")))
