"""What a Grounded reply is checked for beyond its facts: each sentence against those that it rests on.

Every check compares words of a sentence with words of its supports. They are measured, not proven
(docs/evaluation.md has catch and false-alarm rates): a sentence of the right words can still say the wrong thing.
They read English; of another language numbers and names alone are compared.
"""

import math
from collections.abc import Iterable, Iterator, Sequence

from fte_agent.domain.turns import Claim
from fte_agent.gate import lexicon
from fte_agent.gate.clauses import Clause, Sentence, concept, read, rewritten
from fte_agent.gate.prohibited_phrases import NEVER
from fte_agent.gate.quantities import Quantity, quantities
from fte_agent.gate.relations import reversed_relations
from fte_agent.text.language import ENGLISH, guess_language
from fte_agent.text.terms import terms

SUPPORT = 0.5
"""Least share of a sentence's concepts that must stand in what it rests on."""

_FREE_TERMS = 2
"""A sentence of so few concepts that stand nowhere is a phrase, not a claim."""

_TIE = 0.8
"""Of the best match: whatever comes as near may be what is meant."""


def breaches(claims: Sequence[Claim], allowed_texts: Sequence[str] = ()) -> list[str]:
    """Names of the checks that ``claims`` fail, one per finding.

    What stands in ``allowed_texts``, the conversation and the company's own words, may be taken up but supports
    no more.
    """
    heard = frozenset().union(*(map(concept, terms(text)) for text in allowed_texts)) if allowed_texts else frozenset()
    return [name for claim in claims for name in _faults(claim, heard)]


def licensed_numbers(claims: Iterable[Claim]) -> frozenset[str]:
    """Digits in ``claims`` that say an amount of their supports in another form: 60 minutes of an hour."""
    found: set[str] = set()
    for claim in claims:
        known = [each for support in claim.supports for each in quantities(rewritten(support))]
        for each in quantities(rewritten(claim.text)):
            if any(each.same_as(other) for other in known):
                found |= {each.raw, each.raw.rstrip("apm.")}
    return frozenset(found)


def _faults(claim: Claim, heard: frozenset[str]) -> Iterator[str]:
    told = [sentence for support in claim.supports for sentence in read(support)]
    whole = " ".join((claim.heading, *claim.supports)).casefold()
    for name, pattern in NEVER.items():
        if any(match.group().casefold() not in whole for match in pattern.finditer(claim.text)):
            yield name
    heading = read(claim.heading)
    known = frozenset().union(*(sentence.concepts for sentence in (*told, *heading)))
    names = frozenset().union(*(sentence.names for sentence in (*told, *heading)))
    english = guess_language(claim.text) == ENGLISH
    for said in read(claim.text):
        yield from _quantity_faults(said, told)
        if said.names - names - _spread(names) and not all(_is_heard(n, known | heard) for n in said.names - names):
            yield "name"
        if english:
            yield from _wording_faults(said, told, known, heard)


def _is_heard(name: str, known: frozenset[str]) -> bool:
    return concept(name) in known or name in known


def _spread(names: frozenset[str]) -> frozenset[str]:
    """Weekdays by their one name, and that by the days it spans."""
    days = {"monday", "tuesday", "wednesday", "thursday", "friday"}
    return frozenset({"weekday", *days}) if {"monday", "friday"} <= names or "weekday" in names else frozenset()


def _wording_faults(
    said: Sentence, told: Sequence[Sentence], known: frozenset[str], heard: frozenset[str]
) -> Iterator[str]:
    foreign = said.concepts - known - heard
    if len(foreign) > _FREE_TERMS and len(foreign) > (1 - SUPPORT) * len(said.concepts):
        yield "unsupported"
    meant = _nearest(said, told)
    if not meant:
        return
    if any(_is_turned(clause, said, told) for clause in said.clauses):
        yield "polarity"
    if _opposed(said, meant, told):
        yield "antonym"
    yield from _qualifier_faults(said, meant, told)
    if _role_faults(said, told):
        yield "role"
    if _dropped_condition(said, meant):
        yield "condition"
    if reversed_relations(said.text, [sentence.text for sentence in told]):
        yield "order"


def _weights(told: Sequence[Sentence]) -> dict[str, float]:
    """What stands in few clauses says which one is meant."""
    counted: dict[str, int] = {}
    clauses = [clause for sentence in told for clause in sentence.clauses]
    for clause in clauses:
        for each in clause.concepts:
            counted[each] = counted.get(each, 0) + 1
    return {each: math.log(1 + len(clauses) / count) for each, count in counted.items()}


def _nearest(said: Sentence, told: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that share most with ``said``, those that come near the best among them."""
    weights = _weights(told)
    scored = [(sum(weights.get(each, 0.0) for each in said.concepts & source.concepts), source) for source in told]
    best = max((score for score, _ in scored), default=0.0)
    return [source for score, source in scored if best > 0 and score >= _TIE * best]


def _nearest_clauses(clause: Clause, told: Sequence[Sentence]) -> list[tuple[Clause, Sentence]]:
    weights = _weights(told)
    scored = [
        (sum(weights[each] for each in clause.concepts & source.concepts), source, sentence)
        for sentence in told
        for source in sentence.clauses
    ]
    best = max((score for score, _, _ in scored), default=0.0)
    return [(source, sentence) for score, source, sentence in scored if best > 0 and score >= _TIE * best]


def _is_turned(clause: Clause, said: Sentence, told: Sequence[Sentence]) -> bool:
    """Whether all that it may mean is negated where it is not, or the other way round."""
    near = _nearest_clauses(clause, told)
    shared = [source for source, _ in near if len(clause.concepts & source.concepts) >= min(2, len(clause.concepts))]
    if not shared or said.exclusive or any(sentence.exclusive for _, sentence in near):
        return False
    return all(source.negated != clause.negated for source in shared)


def _opposed(said: Sentence, meant: Sequence[Sentence], told: Sequence[Sentence]) -> bool:
    """Whether a word stands where what is meant has its opposite alone, and no negation makes up for it."""
    everywhere = frozenset().union(*(sentence.words for sentence in told))
    near = frozenset().union(*(sentence.words for sentence in meant))
    negated = any(clause.negated for clause in said.clauses) != any(c.negated for s in meant for c in s.clauses)
    for word in said.words:
        against = lexicon.OPPOSITES.get(word)
        if against is None or word in near or negated:
            continue
        if against & near and not (word in everywhere and not against & near):
            return True
    return False


def _qualifier_faults(said: Sentence, meant: Sequence[Sentence], told: Sequence[Sentence]) -> Iterator[str]:
    words, near = frozenset(said.words), frozenset().union(*(sentence.words for sentence in meant))
    if words & lexicon.ALL and not near & lexicon.ALL and near & (lexicon.SOME | lexicon.EXCLUSIVE | lexicon.CONDITIONS):
        yield "quantifier"
    if "only" in words and not near & (lexicon.EXCLUSIVE | lexicon.MUST | {"not", "cannot", "no", "one", "single"}):
        yield "quantifier"
    if near & lexicon.SOME and not words & (lexicon.SOME | {"can", "may", "might", "could", "should", "expect"}):
        yield "hedge"
    strong, free, advised = (words & kind for kind in (lexicon.MUST, lexicon.MAY, lexicon.SHOULD))
    was_strong, was_free, was_advised = (near & kind for kind in (lexicon.MUST, lexicon.MAY, lexicon.SHOULD))
    if strong and not was_strong and not near & {"only"} and (was_free or was_advised) and "must" in words:
        yield "modal"
    if was_strong and not strong and (free or advised) and not was_free and not was_advised:
        yield "modal"
    if advised & {"should", "recommend", "recommended", "advise"} and not was_advised and was_strong:
        yield "modal"


def _quantity_faults(said: Sentence, told: Sequence[Sentence]) -> Iterator[str]:
    known = [each for sentence in told for each in sentence.quantities]
    for each in said.quantities:
        same = [other for other in known if each.same_as(other)]
        if not same and not _is_one(each):
            yield "number"
        elif same and not each.measured and _counts_otherwise(each, known):
            yield "number"
    for bound, against in (("upto", "atleast"), ("atleast", "upto"), ("over", "upto"), ("under", "atleast")):
        for value in _bounded(said, bound):
            sources = [s for s in told if any(value.same_as(q) for q in s.quantities)]
            if sources and all(
                any(value.same_as(q) for q in _bounded(s, against)) for s in sources
            ):
                yield "bound"


def _is_one(each: Quantity) -> bool:
    """One is as often an article, or "each"."""
    return each.raw == "1"


def _counts_otherwise(each: Quantity, known: Sequence[Quantity]) -> bool:
    """Whether the same thing is counted, and never so often."""
    if not each.unit:
        return False
    counted = [other for other in known if other.unit == each.unit]
    return bool(counted) and all(not math.isclose(other.value, each.value) for other in counted)


def _bounded(sentence: Sentence, bound: str) -> list[Quantity]:
    """The numbers right behind a word of bounds, or right before it."""
    found = []
    for each in sentence.quantities:
        before = sentence.text[max(0, each.start - 12) : each.start]
        after = sentence.text[each.start : each.start + 40].split(",")[0]
        if bound in before or (f" {bound} " in f"{after} " and len(after.split()) <= 6):
            found.append(each)
    return found


def _role_faults(said: Sentence, told: Sequence[Sentence]) -> bool:
    """Whether somebody does what the nearest clauses say of somebody else alone."""
    everybody = frozenset().union(*(sentence.roles for sentence in told))
    if said.roles - everybody and everybody and not said.roles & everybody:
        return True
    for clause in said.clauses:
        near = _nearest_clauses(Clause(clause.words, clause.concepts - set(map(concept, clause.roles)), clause.roles,
                                       clause.negated), told)  # fmt: skip
        there = frozenset().union(*(sentence.roles for _, sentence in near)) if near else frozenset()
        if clause.roles and there and not clause.roles & there:
            return True
    return False


def _dropped_condition(said: Sentence, meant: Sequence[Sentence]) -> bool:
    """Whether what is said holds under a condition alone that it does not repeat."""
    if len(meant) != 1:
        return False
    (source,) = meant
    for clause in source.clauses:
        if not clause.words or clause.words[0] not in ("if", "unless", "except", "only", "until", "when"):
            continue
        rest = frozenset().union(*(other.concepts for other in source.clauses if other is not clause))
        if len(said.concepts & rest) >= max(2, len(rest) // 2) and not said.concepts & (clause.concepts - rest):
            return True
    return False
