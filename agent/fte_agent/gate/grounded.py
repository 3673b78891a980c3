"""What a Grounded reply is checked for beyond its facts: each sentence against those that it rests on.

Every check compares words of a sentence with words of its supports. They are measured, not proven
(docs/evaluation.md has catch and false-alarm rates): a sentence of the right words can still say the wrong thing.
They read English; of a sentence in another language numbers in digits alone are compared.
"""

from collections.abc import Iterator, Sequence

from fte_agent.domain.turns import Statement
from fte_agent.gate import lexicon
from fte_agent.gate.amounts import foreign_numbers, quantity_faults
from fte_agent.gate.attribution import is_misbound, is_of_others, is_widened
from fte_agent.gate.clauses import Sentence, concept, read, rewritten
from fte_agent.gate.nearest import nearest
from fte_agent.gate.polarity import is_opposed, is_turned
from fte_agent.gate.prohibited_phrases import NEVER
from fte_agent.gate.qualifiers import drops_condition, qualifier_faults
from fte_agent.gate.relations import reversed_relations, reversed_roles
from fte_agent.text.language import ENGLISH, guess_language
from fte_agent.text.terms import terms

SUPPORT = 0.5
"""Least share of a sentence's concepts that must stand in what it rests on."""

_FREE_TERMS = 2
"""A sentence of so few concepts that stand nowhere is a phrase, not a statement."""

_WEEKDAYS = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday"})


def breaches(
    statements: Sequence[Statement], allowed_texts: Sequence[str] = (), language: str | None = None
) -> list[str]:
    """Names of the checks that ``statements`` fail, one per finding.

    What stands in ``allowed_texts``, the conversation and the company's own words, may be taken up but supports
    no more. Unless ``language``, the customer's, is another one, every sentence is read as English.
    """
    foreign = language not in (None, ENGLISH)
    heard = frozenset[str]().union(*(map(concept, terms(text)) for text in allowed_texts))
    return [name for statement in statements for name in _faults(statement, heard, allowed_texts, foreign=foreign)]


def _faults(
    statement: Statement, heard: frozenset[str], allowed_texts: Sequence[str], *, foreign: bool
) -> Iterator[str]:
    told = tuple(sentence for support in statement.supports for sentence in read(support))
    whole = " ".join((statement.heading, *statement.supports)).casefold()
    yield from _never(statement.text, whole, is_free=_is_free(statement, told))
    heading = read(statement.heading)
    known = frozenset().union(*(sentence.concepts for sentence in (*told, *heading)))
    names = frozenset().union(*(sentence.names for sentence in (*told, *heading)))
    if foreign and guess_language(statement.text) != ENGLISH:
        yield from foreign_numbers(statement, allowed_texts)
        return
    for said in read(statement.text):
        yield from quantity_faults(said, told, allowed_texts)
        unknown = said.names - names - _spread(names)
        if not all(_is_heard(name, known | heard) for name in unknown):
            yield "name"
        yield from _wording_faults(said, told, known, heard)


def _is_free(statement: Statement, told: Sequence[Sentence]) -> bool:
    """Whether what it may mean is told to be free of charge."""
    return any("free" in source.words for said in read(statement.text) for source in nearest(said, told))


def _never(text: str, whole: str, *, is_free: bool) -> Iterator[str]:
    """The NEVER rules whose wordings stand in ``text`` and not in what it rests on, in these words or in others."""
    other = rewritten(whole)
    for name, pattern in NEVER.items():
        for match in pattern.finditer(text):
            found = match.group().casefold()
            if found in whole:
                continue
            around = rewritten(text[max(0, match.start() - 12) : match.end() + 25])
            if is_free and " free " in f" {around}" and name == "pricing":
                continue
            if name == "promise" and " we " in f" {other}" and _shares(around, other):
                continue
            yield name
            break


def _shares(one: str, other: str) -> bool:
    """Whether both speak of the same thing."""
    return not frozenset(map(concept, terms(one))).isdisjoint(map(concept, terms(other)))


def _is_heard(name: str, known: frozenset[str]) -> bool:
    return concept(name) in known or name in known


def _spread(names: frozenset[str]) -> frozenset[str]:
    """Weekdays by their one name, and that by the days it spans."""
    return _WEEKDAYS | {"weekday"} if {"monday", "friday"} <= names or "weekday" in names else frozenset()


def _wording_faults(
    said: Sentence, told: Sequence[Sentence], known: frozenset[str], heard: frozenset[str]
) -> Iterator[str]:
    if _is_unsupported(said, told, known, heard):
        yield "unsupported"
    meant = nearest(said, told)
    if not meant:
        return
    if any(is_turned(clause, said, told) for clause in said.clauses):
        yield "polarity"
    if any(is_opposed(clause, said, told) for clause in said.clauses):
        yield "antonym"
    if any(is_misbound(clause, said, told) for clause in said.clauses):
        yield "mismatch"
    yield from qualifier_faults(said, meant)
    if is_of_others(said, told) or reversed_roles(said, told):
        yield "role"
    if any(is_widened(clause, said, told) for clause in said.clauses):
        yield "scope"
    if drops_condition(said, meant):
        yield "condition"
    if reversed_relations(said.text, [sentence.text for sentence in told]):
        yield "order"


def _is_unsupported(said: Sentence, told: Sequence[Sentence], known: frozenset[str], heard: frozenset[str]) -> bool:
    """Whether half of its concepts stand nowhere; of a sentence that shares few, its very words count."""
    foreign, shared = said.concepts - known - heard, said.concepts & known
    if len(shared) <= _FREE_TERMS:
        strange = said.terms - frozenset[str]().union(*(source.terms for source in told))
        if len({*map(concept, strange)} - heard) > _FREE_TERMS and len(strange) > (1 - SUPPORT) * len(said.terms):
            return True
    else:
        foreign -= lexicon.FILLERS
    return len(foreign) > _FREE_TERMS and len(foreign) >= (1 - SUPPORT) * len(foreign | shared)
