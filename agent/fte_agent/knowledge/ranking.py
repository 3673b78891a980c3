"""One ranker over candidates, so that every store of knowledge leads to the same decision.

A store only proposes sections and their cosine; the lexical part is computed here, from the texts.
"""

from collections.abc import Iterable, Sequence

from fte_agent.domain.knowledge import Candidate, Passage, Section
from fte_agent.ports import Embedder, KnowledgeBase
from fte_agent.text.terms import content_words, stem, words

LEXICAL_WEIGHT = 0.1
"""What finding every word of the query is worth against a cosine of 1."""

CANDIDATES_PER_ARM = 20
MAX_TERMS = 32


def query_terms(query: str) -> tuple[str, ...]:
    """The words of a query that say what it is about, in order, each once: terms of a store's full-text arm."""
    return tuple(dict.fromkeys(content_words(query)))[:MAX_TERMS]


def rank(query: str, candidates: Iterable[Candidate], limit: int) -> list[Passage]:
    """The best ``limit`` sections: cosine plus the share of the query's terms found; ties go by uri."""
    terms = frozenset(map(stem, query_terms(query)))
    unique = {candidate.section.uri: candidate for candidate in candidates}
    passages = [
        Passage(candidate.section, candidate.cosine + LEXICAL_WEIGHT * _share(terms, candidate.section))
        for candidate in unique.values()
    ]
    return sorted(passages, key=lambda passage: (-passage.score, passage.section.uri))[:limit]


class RankedSearch:
    """Implements `Search` over one snapshot; without a snapshot it finds nothing."""

    def __init__(self, knowledge: KnowledgeBase, embedder: Embedder, snapshot: str | None) -> None:
        self._knowledge = knowledge
        self._embedder = embedder
        self._snapshot = snapshot

    async def search(self, query: str, max_results: int) -> list[Passage]:
        """The best passages, best first."""
        if self._snapshot is None:
            return []
        embedding: Sequence[float] = (await self._embedder.embed([query]))[0]
        candidates = await self._knowledge.candidates(
            self._snapshot, self._embedder.identity, embedding, query_terms(query), CANDIDATES_PER_ARM
        )
        return rank(query, candidates, max_results)


def _share(terms: frozenset[str], section: Section) -> float:
    if not terms:
        return 0.0
    found = frozenset(map(stem, words(f"{section.title} {section.heading} {section.content}")))
    return len(terms & found) / len(terms)
