"""Whether a clause says of one what is told of another."""

import math
from collections.abc import Sequence
from functools import lru_cache

from fte_agent.gate import lexicon
from fte_agent.gate.clauses import Clause, Sentence, concept
from fte_agent.gate.nearest import nearest_clauses, places

_MOST = 0.6
_ROLES = frozenset(map(concept, lexicon.ROLES))


def is_misbound(clause: Clause, said: Sentence, told: Sequence[Sentence]) -> bool:
    """Whether one thing of the clause is told elsewhere, and the nearest clauses tell the rest of its like."""
    everywhere = [source for sentence in told for source in sentence.clauses]
    heads = _heads(tuple(told))
    for each in clause.concepts:
        elsewhere = [source for source in everywhere if each in source.concepts]
        if not elsewhere or 3 * len(elsewhere) > len(everywhere) + 2:
            continue
        rest = clause.concepts - {each}
        near = nearest_clauses(clause, told, frozenset({each}))
        if not near or any(
            each in (source.concepts if len(sentence.clauses) > 1 else sentence.concepts) for source, sentence in near
        ):
            continue
        if any(
            len(rest & source.concepts) >= max(2, math.ceil(_MOST * len(rest)))
            and any(
                _alike(each, other, told) or (each == clause.head and other == source.head and each in heads)
                for other in source.concepts - clause.concepts
            )
            for source, _ in near
        ):
            return True
    return False


@lru_cache(maxsize=256)
def _heads(told: tuple[Sentence, ...]) -> frozenset[str]:
    return frozenset(source.head for sentence in told for source in sentence.clauses)


def _alike(one: str, other: str, told: Sequence[Sentence]) -> bool:
    """Whether two concepts are of one kind: numbers of one unit, roles, names, or words in one and the same place."""
    if one[0] == "=" or other[0] == "=":
        return one[0] == other[0] and one.lstrip("=-.0123456789e+") == other.lstrip("=-.0123456789e+")
    if one in _ROLES and other in _ROLES:
        return True
    names = frozenset(concept(name) for sentence in told for name in sentence.names)
    if one in names and other in names:
        return True
    return bool(places(one, tuple(told)) & places(other, tuple(told)))


def is_widened(clause: Clause, said: Sentence, told: Sequence[Sentence]) -> bool:
    """Whether something is added to that of which alone it holds."""
    if said.exclusive:
        return False
    known = frozenset[str]().union(*(sentence.concepts for sentence in told))
    kinds = _ROLES | frozenset(concept(n) for sentence in told for n in sentence.names)
    return any(
        "only" in source.words
        and clause.concepts & known & kinds - sentence.concepts
        and source.concepts & clause.concepts
        for source, sentence in nearest_clauses(clause, told)
    )


def is_of_others(said: Sentence, told: Sequence[Sentence]) -> bool:
    """Whether somebody does what the nearest clauses say of somebody else alone."""
    everybody = frozenset().union(*(sentence.roles for sentence in told))
    if said.roles - everybody and everybody and not said.roles & everybody:
        return True
    for clause in said.clauses:
        if not clause.roles:
            continue
        near = nearest_clauses(clause, told, frozenset(map(concept, clause.roles)))
        there = frozenset[str]().union(*(source.roles or sentence.roles for source, sentence in near))
        near = [(source, sentence) for source, sentence in near if len(source.concepts & clause.concepts) > 1]
        if near and there and not clause.roles & there:
            return True
    return False
