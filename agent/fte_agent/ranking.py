"""One ranker over candidates, so that every store of knowledge leads to the same decision.

A store only proposes sections and their cosine; the lexical part is computed here, from the texts.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from fte_agent.domain.knowledge import Candidate, Passage, Section
from fte_agent.ports import Embedder, KnowledgeBase

LEXICAL_WEIGHT = 0.1
"""What finding every word of the query is worth against a cosine of 1."""

CANDIDATES_PER_ARM = 20
MAX_TERMS = 32

_WORD = re.compile(r"[^\W_]{2,}")
_EMPTY = (
    "a about am an and any are as at be been but by can could did do does for from get had has have hello help hey hi "
    "how i if in is it its just let like me my need no not of on or our out please should so some tell thank thanks "
    "that the their them then there these they this to up us want was we were what when where which who why will with "
    "would you your"
)
_EMPTY_WORDS = frozenset(_EMPTY.split())


def query_terms(query: str) -> tuple[str, ...]:
    """The words of a query that say what it is about, in order, each once: terms of a store's full-text arm."""
    return tuple(dict.fromkeys(word for word in _words(query) if word not in _EMPTY_WORDS))[:MAX_TERMS]


def rank(query: str, candidates: Iterable[Candidate], limit: int) -> list[Passage]:
    """The best ``limit`` sections: cosine plus the share of the query's terms found; ties go by uri."""
    terms = frozenset(map(_stem, query_terms(query)))
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
    found = frozenset(map(_stem, _words(f"{section.title} {section.heading} {section.content}")))
    return len(terms & found) / len(terms)


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _stem(word: str) -> str:
    """The word without the commonest English endings, so that singular and plural meet."""
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
