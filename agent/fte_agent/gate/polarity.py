"""Whether a clause says yes where what it means says no, or the opposite word."""

import math
from collections.abc import Sequence

from fte_agent.gate import lexicon
from fte_agent.gate.clauses import Clause, Sentence, concept
from fte_agent.gate.nearest import nearest_clauses

_LIMITING = frozenset({"over", "under", "atleast", "upto", "after", "longer", "within"})
_CONDITIONAL = ("if", "unless", "until", "when", "once")


def is_turned(clause: Clause, said: Sentence, told: Sequence[Sentence]) -> bool:
    """Whether all that it may mean is negated where it is not, or the other way round."""
    near = nearest_clauses(clause, told)
    if clause.words[:1] and clause.words[0] in _CONDITIONAL:
        return False
    near = [(source, sentence) for source, sentence in near if _compares(clause, said, source, sentence)]
    if _is_predicate_turned(clause, near):
        return True
    least = min(len(clause.concepts), max(2, math.ceil(len(clause.concepts) / 2)))
    shared = [source for source, _ in near if len(clause.concepts & source.concepts) >= least]
    if not shared or said.exclusive or any(sentence.exclusive for _, sentence in near):
        return False
    denied = lexicon.DENIALS.intersection(clause.words)
    return bool(shared) and all(
        source.negated != clause.negated and denied == lexicon.DENIALS.intersection(source.words) for source in shared
    )


def _compares(clause: Clause, said: Sentence, source: Clause, sentence: Sentence) -> bool:
    """Whether a negation in one of them would turn the other: not where limits of time or number do that, nor where
    what is not matched may be told in another clause."""
    if not _LIMITING.isdisjoint({*sentence.words} ^ {*said.words}):
        return False
    unmatched = clause.concepts - source.concepts - lexicon.FILLERS
    return not unmatched or all(other.negated != clause.negated for other in sentence.clauses)


def _is_predicate_turned(clause: Clause, near: Sequence[tuple[Clause, Sentence]]) -> bool:
    """Whether what "can" or "cannot" speaks of is told near by, and every time the other way round."""
    for said, verb in zip(clause.words, clause.words[1:], strict=False):
        if said not in ("can", "cannot", "may", "will", "must"):
            continue
        told = [
            source.negated
            for _, sentence in near
            for source in sentence.clauses
            if concept(verb) in source.concepts and not sentence.exclusive
        ]
        if told and all(each != clause.negated for each in told) and concept(verb) in clause.concepts:
            return True
    return False


def is_opposed(clause: Clause, said: Sentence, told: Sequence[Sentence]) -> bool:
    """Whether a word stands where the nearest clauses have its opposite alone, and no negation makes up for it."""
    everywhere = frozenset[str]().union(*(sentence.words for sentence in told))
    for word in clause.words:
        against = lexicon.opposites(word) & everywhere
        if not against or against.intersection(said.words):
            continue
        near = nearest_clauses(clause, told, frozenset({concept(word)}))
        opposed = [source for source, _ in near if against.intersection(source.words)]
        if any(source.negated == clause.negated for source in opposed) and not any(
            word in sentence.words for _, sentence in near
        ):
            return True
    return False
