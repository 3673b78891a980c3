"""Which told sentences and clauses a sentence may mean: those that share most of its concepts."""

import math
from collections.abc import Sequence
from functools import lru_cache

from fte_agent.gate.clauses import Clause, Sentence, concept

_NOTHING = 1e-9
TIE = 0.8
"""Of the best match: whatever comes as near may be what is meant."""


@lru_cache(maxsize=256)
def _weights(told: tuple[Sentence, ...]) -> dict[str, float]:
    """What stands in few clauses says which one is meant."""
    counted: dict[str, int] = {}
    clauses = [clause for sentence in told for clause in sentence.clauses]
    for clause in clauses:
        for each in clause.concepts:
            counted[each] = counted.get(each, 0) + 1
    return {each: math.log(1 + len(clauses) / count) for each, count in counted.items()}


def nearest(said: Sentence, told: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that share most with ``said``, those that come near the best among them."""
    weights = _weights(tuple(told))
    scored = [(sum(weights.get(each, 0.0) for each in said.concepts & source.concepts), source) for source in told]
    best = max((score for score, _ in scored), default=0.0)
    return [source for score, source in scored if best > 0 and score >= TIE * best]


def nearest_clauses(
    clause: Clause, told: Sequence[Sentence], without: frozenset[str] = frozenset()
) -> list[tuple[Clause, Sentence]]:
    """The clauses that share most with ``clause``, its concepts ``without`` left aside, each with its sentence."""
    told = tuple(told)
    weights = _weights(told)
    scored = [
        (score - sum(weights[each] for each in without & source.concepts), source, sentence)
        for score, source, sentence in _scored(clause, told)
    ]
    best = max((score for score, _, _ in scored), default=0.0)
    return [(source, sentence) for score, source, sentence in scored if best > _NOTHING and score >= TIE * best]


@lru_cache(maxsize=256)
def _scored(clause: Clause, told: tuple[Sentence, ...]) -> tuple[tuple[float, Clause, Sentence], ...]:
    """What each clause shares with ``clause``, where it shares anything."""
    weights = _weights(told)
    return tuple(
        (sum(weights[each] for each in shared), source, sentence)
        for sentence in told
        for source in sentence.clauses
        if (shared := clause.concepts & source.concepts)
    )


@lru_cache(maxsize=4096)
def places(each: str, told: tuple[Sentence, ...]) -> frozenset[tuple[str, str]]:
    """The concept's neighbours: what stands right before and right after it."""
    found = set()
    for sentence in told:
        words = ("", *sentence.words, "")
        for before, word, after in zip(words, words[1:], words[2:], strict=False):
            if concept(word) == each and after:
                found.add((concept(before), concept(after)))
    return frozenset(found)
