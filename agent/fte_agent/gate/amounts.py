"""Whether numbers are as they are told, in whatever form."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from fte_agent.domain.turns import Statement
from fte_agent.gate.clauses import Sentence, read, rewritten
from fte_agent.gate.quantities import Quantity, quantities

_NUMBER = re.compile(r"\d+")
_DIGITS = re.compile(r"[\d.,]+")
_AGAINST = (("upto", "atleast"), ("atleast", "upto"), ("over", "upto"), ("under", "atleast"))
_BEFORE_CHARS, _AFTER_CHARS, _AFTER_WORDS = 12, 40, 6
_ONES: Mapping[tuple[str, float], str] = MappingProxyType(
    {
        ("minutes", 1.0): "minute",
        ("minutes", 60.0): "hour",
        ("minutes", 1440.0): "day",
        ("minutes", 10080.0): "week",
        ("months", 1.0): "month",
        ("months", 12.0): "year",
    }
)


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


def quantity_faults(said: Sentence, told: Sequence[Sentence], allowed_texts: Sequence[str]) -> Iterator[str]:
    """Names of what is wrong with the sentence's numbers; digits of ``allowed_texts`` may be repeated."""
    known = [each for sentence in told for each in sentence.quantities]
    for each in said.quantities:
        same = [other for other in known if each.same_as(other)]
        unknown = not same and not _is_one(each, told) and not any(each.raw in text for text in allowed_texts)
        if unknown or (same and not each.measured and _counts_otherwise(each, known)):
            yield "number"
    for bound, against in _AGAINST:
        for value in _bounded(said, bound):
            sources = [s for s in told if any(value.same_as(q) for q in s.quantities)]
            sources = [s for s in sources if _is_negated(s) == _is_negated(said)]
            if sources and all(any(value.same_as(q) for q in _bounded(s, against)) for s in sources):
                yield "bound"


def foreign_numbers(statement: Statement, allowed_texts: Sequence[str]) -> Iterator[str]:
    """One finding for each number of a sentence, in whatever language, whose digits stand nowhere."""
    texts = (statement.heading, *statement.supports, *allowed_texts)
    known = {digits for text in texts for digits in _NUMBER.findall(text)}
    known |= {each.raw for text in statement.supports for sentence in read(text) for each in sentence.quantities}
    for digits in _NUMBER.findall(statement.text):
        if digits not in known:
            yield "number"


def _is_one(each: Quantity, told: Sequence[Sentence]) -> bool:
    """One is as often an article, or "each"; of a unit that is told of, too."""
    if each.raw != "1":
        return False
    word = _ONES.get((each.unit, each.value))
    return not each.measured or any(word in sentence.words or f"{word}s" in sentence.words for sentence in told)


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
        before = sentence.text[max(0, each.start - _BEFORE_CHARS) : each.start]
        after = sentence.text[each.start : each.start + _AFTER_CHARS].split(",")[0]
        if bound in before or (f" {bound} " in f"{after} " and len(after.split()) <= _AFTER_WORDS):
            found.append(each)
    return found
