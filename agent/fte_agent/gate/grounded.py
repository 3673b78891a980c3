"""What a Grounded reply is checked for beyond its facts: each sentence against those that it rests on.

Every check compares words of a sentence with words of its supports. They are measured, not proven
(docs/evaluation.md has catch and false-alarm rates): a sentence of the right words can still say the wrong thing.
They read English; of another language numbers and names alone are compared.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from fte_agent.domain.turns import Statement
from fte_agent.gate import lexicon
from fte_agent.gate.clauses import Clause, Sentence, concept, read, rewritten
from fte_agent.gate.prohibited_phrases import NEVER
from fte_agent.gate.quantities import Quantity, quantities
from fte_agent.gate.relations import reversed_relations, reversed_roles
from fte_agent.text.language import ENGLISH, guess_language
from fte_agent.text.terms import terms

SUPPORT = 0.5
"""Least share of a sentence's concepts that must stand in what it rests on."""

_FREE_TERMS = 2
"""A sentence of so few concepts that stand nowhere is a phrase, not a statement."""

_LOOSE = frozenset({"any", "anything", "whenever", "anytime", "each"})
"""Said of all, and as often of whatever there is."""

_DIGITS = re.compile(r"[\d.,]+")
_ROLES = frozenset(map(concept, lexicon.ROLES))
_UNIVERSAL = frozenset({"always", "everyone", "everybody", "everywhere", "everything", "regardless"})
_NARROWING = frozenset(
    {"at", "on", "with", "of", "for", "under", "over", "above", "from", "who", "that", "whose", "which", "without", "atleast", "upto", "within", "aged"}
)  # fmt: skip

_FORCED = lexicon.MUST - {"has", "have", "need", "needs", "needed"}
_TIE = 0.8
"""Of the best match: whatever comes as near may be what is meant."""


def breaches(statements: Sequence[Statement], allowed_texts: Sequence[str] = ()) -> list[str]:
    """Names of the checks that ``statements`` fail, one per finding.

    What stands in ``allowed_texts``, the conversation and the company's own words, may be taken up but supports
    no more.
    """
    heard = frozenset[str]().union(*(map(concept, terms(text)) for text in allowed_texts))
    return [name for statement in statements for name in _faults(statement, heard, allowed_texts)]


def is_licensed(kind: str, fact: str, statements: Iterable[Statement]) -> bool:
    """Whether a fact of ``statements`` says an amount or a date of what they rest on in another form: 60 minutes of an
    hour. Digits alone are as what they count in the statement."""
    found = False
    for statement in statements:
        text, fact = rewritten(statement.text), rewritten(fact)
        if fact not in text and fact not in "".join(text.split()):
            continue
        known = [each for support in statement.supports for sentence in read(support) for each in sentence.quantities]
        meant = quantities(fact)
        if kind == "identifier" and _DIGITS.fullmatch(fact):
            meant = [each for each in quantities(text) if each.raw.startswith(fact) or fact.startswith(each.raw)]
        if not meant or not all(each.measured or _DIGITS.fullmatch(fact) for each in meant):
            return False
        if not all(any(each.same_as(other) for other in known) for each in meant):
            return False
        found = True
    return found


def _faults(statement: Statement, heard: frozenset[str], allowed_texts: Sequence[str]) -> Iterator[str]:
    told = tuple(sentence for support in statement.supports for sentence in read(support))
    whole = " ".join((statement.heading, *statement.supports)).casefold()
    yield from _never(statement.text, whole, is_free=_is_free(statement, told))
    heading = read(statement.heading)
    known = frozenset().union(*(sentence.concepts for sentence in (*told, *heading)))
    names = frozenset().union(*(sentence.names for sentence in (*told, *heading)))
    english = guess_language(statement.text) == ENGLISH
    for said in read(statement.text):
        yield from _quantity_faults(said, told, allowed_texts)
        if said.names - names - _spread(names) and not all(_is_heard(n, known | heard) for n in said.names - names):
            yield "name"
        if english:
            yield from _wording_faults(said, told, known, heard)


def _is_free(statement: Statement, told: Sequence[Sentence]) -> bool:
    """Whether what it may mean is told to be free of charge."""
    return any("free" in source.words for said in read(statement.text) for source in _nearest(said, told))


def _never(text: str, whole: str, *, is_free: bool) -> Iterator[str]:
    """The NEVER rules whose wordings stand in ``text`` and not in what it rests on, in these words or in others."""
    other = rewritten(whole)
    told = frozenset(map(concept, terms(other)))
    for name, pattern in NEVER.items():
        for match in pattern.finditer(text):
            found = match.group().casefold()
            if found in whole:
                continue
            around = rewritten(text[max(0, match.start() - 12) : match.end() + 25])
            if is_free and " free " in f" {around}" and name == "pricing":
                continue
            if name == "promise" and " we " in f" {other}" and frozenset(map(concept, terms(around))) & told:
                continue
            yield name
            break


def _is_heard(name: str, known: frozenset[str]) -> bool:
    return concept(name) in known or name in known


def _spread(names: frozenset[str]) -> frozenset[str]:
    """Weekdays by their one name, and that by the days it spans."""
    days = {"monday", "tuesday", "wednesday", "thursday", "friday"}
    return frozenset({"weekday", *days}) if {"monday", "friday"} <= names or "weekday" in names else frozenset()


def _wording_faults(
    said: Sentence, told: Sequence[Sentence], known: frozenset[str], heard: frozenset[str]
) -> Iterator[str]:
    if _is_unsupported(said, told, known, heard):
        yield "unsupported"
    meant = _nearest(said, told)
    if not meant:
        return
    if any(_is_turned(clause, said, told) for clause in said.clauses):
        yield "polarity"
    if any(_is_opposed(clause, said, told) for clause in said.clauses):
        yield "antonym"
    if any(_is_misbound(clause, said, told) for clause in said.clauses):
        yield "mismatch"
    yield from _qualifier_faults(said, meant, told)
    if _role_faults(said, told) or reversed_roles(said, told):
        yield "role"
    if any(_is_widened(clause, said, told) for clause in said.clauses):
        yield "scope"
    if _dropped_condition(said, meant):
        yield "condition"
    if reversed_relations(said.text, [sentence.text for sentence in told]):
        yield "order"


def _is_unsupported(said: Sentence, told: Sequence[Sentence], known: frozenset[str], heard: frozenset[str]) -> bool:
    """Whether half of its concepts stand nowhere; of a sentence that shares few, its very words count."""
    foreign, shared = said.concepts - known - heard, said.concepts & known
    if len(shared) <= _FREE_TERMS:
        words = frozenset(terms(said.text))
        strange = words - frozenset().union(*(terms(source.text) for source in told))
        if len({*map(concept, strange)} - heard) > _FREE_TERMS and len(strange) > (1 - SUPPORT) * len(words):
            return True
    else:
        foreign -= lexicon.FILLERS
    return len(foreign) > _FREE_TERMS and len(foreign) >= (1 - SUPPORT) * len(foreign | shared)


@lru_cache(maxsize=256)
def _weights(told: tuple[Sentence, ...]) -> dict[str, float]:
    """What stands in few clauses says which one is meant."""
    counted: dict[str, int] = {}
    clauses = [clause for sentence in told for clause in sentence.clauses]
    for clause in clauses:
        for each in clause.concepts:
            counted[each] = counted.get(each, 0) + 1
    return {each: math.log(1 + len(clauses) / count) for each, count in counted.items()}


def _nearest(said: Sentence, told: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that share most with ``said``, those that come near the best among them."""
    weights = _weights(tuple(told))
    scored = [(sum(weights.get(each, 0.0) for each in said.concepts & source.concepts), source) for source in told]
    best = max((score for score, _ in scored), default=0.0)
    return [source for score, source in scored if best > 0 and score >= _TIE * best]


def _nearest_clauses(clause: Clause, told: Sequence[Sentence]) -> list[tuple[Clause, Sentence]]:
    weights = _weights(tuple(told))
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
    if clause.words[:1] and clause.words[0] in ("if", "unless", "until", "when", "once"):
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


_LIMITING = frozenset({"over", "under", "atleast", "upto", "after", "longer", "within"})


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


def _is_opposed(clause: Clause, said: Sentence, told: Sequence[Sentence]) -> bool:
    """Whether a word stands where the nearest clauses have its opposite alone, and no negation makes up for it."""
    for word in clause.words:
        against = lexicon.opposites(word)
        if not against or against.intersection(said.words):
            continue
        rest = Clause(clause.words, clause.concepts - {concept(word)}, clause.roles, clause.negated)
        near = _nearest_clauses(rest, told)
        opposed = [source for source, _ in near if against.intersection(source.words)]
        if any(source.negated == clause.negated for source in opposed) and not any(
            word in sentence.words for _, sentence in near
        ):
            return True
    return False


def _is_misbound(clause: Clause, said: Sentence, told: Sequence[Sentence]) -> bool:
    """Whether one thing of the clause is told elsewhere, and the nearest clauses tell the rest of another of its kind."""
    everywhere = [source for sentence in told for source in sentence.clauses]
    heads = frozenset(source.head for source in everywhere)
    for each in clause.concepts:
        elsewhere = [source for source in everywhere if each in source.concepts]
        if not elsewhere or 3 * len(elsewhere) > len(everywhere) + 2:
            continue
        rest = Clause(clause.words, clause.concepts - {each}, clause.roles, clause.negated)
        near = _nearest_clauses(rest, told)
        if not near or any(
            each in sentence.concepts if not _splits(sentence, each) else each in source.concepts
            for source, sentence in near
        ):
            continue
        if any(
            len(rest.concepts & source.concepts) >= max(2, math.ceil(0.6 * len(rest.concepts)))
            and any(
                _alike(each, other, told) or (each == clause.head and other == source.head and each in heads)
                for other in source.concepts - clause.concepts
            )
            for source, _ in near
        ):
            return True
    return False


def _is_widened(clause: Clause, said: Sentence, told: Sequence[Sentence]) -> bool:
    """Whether something is added to that of which alone it holds."""
    if said.exclusive:
        return False
    known = frozenset[str]().union(*(sentence.concepts for sentence in told))
    kinds = _ROLES | frozenset(concept(n) for sentence in told for n in sentence.names)
    return any(
        "only" in source.words
        and clause.concepts & known & kinds - sentence.concepts
        and source.concepts & clause.concepts
        for source, sentence in _nearest_clauses(clause, told)
    )


def _splits(sentence: Sentence, each: str) -> bool:
    """Whether a sentence tells of several of the kind, each in a clause of its own."""
    return len(sentence.clauses) > 1


def _alike(one: str, other: str, told: Sequence[Sentence]) -> bool:
    """Whether two concepts are of one kind: numbers of one unit, roles, names, or words in one and the same place."""
    if one[0] == "=" or other[0] == "=":
        return one[0] == other[0] and one.lstrip("=-.0123456789e+") == other.lstrip("=-.0123456789e+")
    if one in _ROLES and other in _ROLES:
        return True
    names = frozenset(concept(name) for sentence in told for name in sentence.names)
    if one in names and other in names:
        return True
    return bool(_places(one, tuple(told)) & _places(other, tuple(told)))


@lru_cache(maxsize=4096)
def _places(each: str, told: tuple[Sentence, ...]) -> frozenset[tuple[str, str]]:
    """The concept's neighbours: what stands right before and right after it."""
    found = set()
    for sentence in told:
        words = ("", *sentence.words, "")
        for before, word, after in zip(words, words[1:], words[2:], strict=False):
            if concept(word) == each and after:
                found.add((concept(before), concept(after)))
    return frozenset(found)


def _qualifier_faults(said: Sentence, meant: Sequence[Sentence], told: Sequence[Sentence]) -> Iterator[str]:
    words, near = frozenset(said.words), frozenset().union(*(sentence.words for sentence in meant))
    limited = (lexicon.SOME | lexicon.EXCLUSIVE | lexicon.CONDITIONS | lexicon.RESTRICTORS) & near
    if (
        not near & lexicon.ALL
        and words & lexicon.ALL - _LOOSE
        and (limited - words or words & _UNIVERSAL - {"everyone"})
    ):
        yield "quantifier"
    elif _is_generalised(said, meant):
        yield "scope"
    if "only" in words and not near & (lexicon.EXCLUSIVE | lexicon.MUST | {"not", "cannot", "no", "one", "single"}):
        yield "quantifier"
    sure = len(meant) == 1 and 2 * len(said.concepts & meant[0].concepts) >= len(said.concepts)
    if (
        sure
        and near & lexicon.SOME
        and not words & (lexicon.SOME | {"can", "may", "might", "could", "should", "expect"})
    ):
        yield "hedge"
    strong, free, advised = (words & kind for kind in (lexicon.MUST, lexicon.MAY, lexicon.SHOULD))
    was_strong, was_free, was_advised = (near & kind for kind in (lexicon.MUST, lexicon.MAY, lexicon.SHOULD))
    if strong & _FORCED and not was_strong and "only" not in near and (was_free or was_advised):
        yield "modal"
    if was_strong and not strong and (free or advised) and not was_free and not was_advised:
        yield "modal"
    if advised & {"should", "recommend", "recommended", "advise"} and not was_advised and was_strong:
        yield "modal"


def _quantity_faults(said: Sentence, told: Sequence[Sentence], allowed_texts: Sequence[str]) -> Iterator[str]:
    known = [each for sentence in told for each in sentence.quantities]
    for each in said.quantities:
        same = [other for other in known if each.same_as(other)]
        unknown = not same and not _is_one(each, told) and not any(each.raw in text for text in allowed_texts)
        if unknown or (same and not each.measured and _counts_otherwise(each, known)):
            yield "number"
    for bound, against in (("upto", "atleast"), ("atleast", "upto"), ("over", "upto"), ("under", "atleast")):
        for value in _bounded(said, bound):
            sources = [s for s in told if any(value.same_as(q) for q in s.quantities)]
            sources = [s for s in sources if _is_negated(s) == _is_negated(said)]
            if sources and all(any(value.same_as(q) for q in _bounded(s, against)) for s in sources):
                yield "bound"


def _is_one(each: Quantity, told: Sequence[Sentence]) -> bool:
    """One is as often an article, or "each"; of a unit that is told of, too."""
    if each.raw != "1":
        return False
    word = _ONES.get((each.unit, each.value))
    return not each.measured or any(word in sentence.words or f"{word}s" in sentence.words for sentence in told)


_ONES = {
    ("minutes", 1.0): "minute", ("minutes", 60.0): "hour", ("minutes", 1440.0): "day", ("minutes", 10080.0): "week",
    ("months", 1.0): "month", ("months", 12.0): "year",
}  # fmt: skip


def _is_negated(sentence: Sentence) -> bool:
    return any(clause.negated for clause in sentence.clauses)


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
        there = (
            frozenset().union(*(source.roles or sentence.roles for source, sentence in near)) if near else frozenset()
        )
        near = [(source, sentence) for source, sentence in near if len(source.concepts & clause.concepts) > 1]
        if near and clause.roles and there and not clause.roles & there:
            return True
    return False


def _is_generalised(said: Sentence, meant: Sequence[Sentence]) -> bool:
    """Whether it is said of all of a kind what is told of some of it: "every card" of "lost cards"."""
    for before, word in zip(said.words, said.words[1:], strict=False):
        if before not in ("all", "every", "each", "any"):
            continue
        told = [narrowed for source in meant for narrowed in _narrowed(source, concept(word))]
        if told and all(narrowed and not narrowed & said.concepts for narrowed in told):
            return True
    return False


def _narrowed(source: Sentence, noun: str) -> Iterator[frozenset[str]]:
    """What narrows each mention of ``noun``: the word before it, and what follows with a word such as "with"."""
    for at, word in enumerate(source.words):
        if concept(word) != noun:
            continue
        if at and source.words[at - 1] in lexicon.ALL:
            yield frozenset()
            continue
        around = list(source.words[max(0, at - 1) : at])
        if at + 1 < len(source.words) and source.words[at + 1] in _NARROWING:
            around += source.words[at + 2 : at + 5]
        numbers = {f"={float(each):g}" for each in around if each.isdigit()}
        yield frozenset(map(concept, around)) & source.concepts | numbers & source.concepts


def _dropped_condition(said: Sentence, told: Sequence[Sentence]) -> bool:
    """Whether what is said holds under a condition alone that it does not repeat."""
    for source in told:
        for clause in source.clauses:
            rest = frozenset[str]().union(*(other.concepts for other in source.clauses if other is not clause))
            own = clause.concepts - rest
            if clause.words[:1] == ("otherwise",):
                own, rest = rest - clause.concepts, clause.concepts
            elif lexicon.RESTRICTORS.intersection(clause.words) & _BOUNDS and any(each[0] == "=" for each in own):
                own, rest = frozenset(each for each in own if each[0] == "="), clause.concepts
                rest -= own
            elif not clause.words or clause.words[0] not in _CONDITIONAL:
                continue
            if (
                rest
                and own
                and len(said.concepts & rest) >= 0.6 * max(len(rest), len(said.concepts))
                and not (said.concepts & own)
            ):
                return True
    return False


_BOUNDS = frozenset({"over", "under", "atleast"})
_CONDITIONAL = frozenset({"if", "unless", "except", "only", "until", "when", "once"})
