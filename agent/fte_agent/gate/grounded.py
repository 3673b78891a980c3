"""What a Grounded reply is checked for beyond its facts: support, polarity, number words and the NEVER rules.

Every check compares words of a sentence with the words of the cited sections. They are measured, not proven
(docs/evaluation.md has catch and false-alarm rate): a sentence of the right words can still say the wrong thing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from fte_agent.gate.prohibited_phrases import NEVER
from fte_agent.text.markdown import plain, sentences
from fte_agent.text.terms import terms

SUPPORT = 0.5
"""Least share of a sentence's terms that must stand in the cited sections."""

_FREE_TERMS = 2
"""A sentence of so few terms that stand nowhere is a phrase, not a claim."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_NEGATION = re.compile(
    r"n't\b|\b(?:no|not|never|none|nobody|nothing|neither|nor|without|cannot|unable|impossible)\b", re.IGNORECASE
)
_QUALIFIERS = frozenset({"only", "always", "never", "every", "all", "any", "must", "unless", "except"})
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NUMBERS: Mapping[str, str] = MappingProxyType(
    {word: str(number) for number, word in enumerate(_UNITS.split())}
    | {word: str(10 * tens) for tens, word in enumerate(_TENS.split(), start=2)}
    | {"hundred": "100", "thousand": "1000", "dozen": "12", "once": "1", "twice": "2", "half": "half", "double": "2"}
)


@dataclass(frozen=True, slots=True)
class _Source:
    """One sentence of a cited section."""

    terms: frozenset[str]
    negated: bool


@dataclass(frozen=True, slots=True)
class _Told:
    """What the cited sections say, and the terms that may be taken up."""

    sources: tuple[_Source, ...]
    terms: frozenset[str]
    text: str
    qualifiers: frozenset[str]
    numbers: frozenset[str]


def breaches(message: str, cited: Sequence[str], allowed_texts: Sequence[str] = ()) -> list[str]:
    """Names of the checks that ``message`` fails against the texts of the cited sections, one per finding.

    What stands in ``allowed_texts``, the conversation and the company's own words, may be taken up but supports
    no more.
    """
    sources = tuple(source for text in cited for source in _sources(text))
    terms_known = frozenset().union(*(source.terms for source in sources), *map(terms, allowed_texts))
    text = " ".join(cited).casefold()
    told = _Told(sources, terms_known, text, _qualifiers(text), _numbers(text))
    return [name for sentence in _sentences(message) for name in _faults(sentence, told)]


def _faults(sentence: str, told: _Told) -> Iterator[str]:
    for name, pattern in NEVER.items():
        if any(match.group().casefold() not in told.text for match in pattern.finditer(sentence)):
            yield name
    said = _source(sentence)
    foreign = said.terms - told.terms
    if len(foreign) > _FREE_TERMS and len(foreign) > (1 - SUPPORT) * len(said.terms):
        yield "unsupported"
    nearest = max(told.sources, key=lambda source: _overlap(said.terms, source.terms), default=None)
    if nearest is None or not said.terms & nearest.terms:
        return
    if _overlap(said.terms, nearest.terms) >= SUPPORT:
        if said.negated != nearest.negated:
            yield "polarity"
        if _qualifiers(sentence) - told.qualifiers:
            yield "qualifier"
    if _number_words(sentence) - told.numbers:
        yield "number"


@lru_cache(maxsize=1024)
def _sources(section: str) -> tuple[_Source, ...]:
    """The sentences of a section. Sections come again in turn after turn, which what customers write does not."""
    return tuple(map(_source, _sentences(section)))


def _source(sentence: str) -> _Source:
    return _Source(frozenset(terms(sentence)), _NEGATION.search(sentence) is not None)


def _sentences(text: str) -> Iterable[str]:
    straight = plain(text).replace("’", "'")  # noqa: RUF001 - the apostrophe meant
    return (sentence for line in straight.splitlines() for sentence in sentences(line))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


def _qualifiers(text: str) -> frozenset[str]:
    return _QUALIFIERS.intersection(_words(text))


def _number_words(text: str) -> frozenset[str]:
    """Numbers written out; digits are facts, and checked as such. One is as often an article."""
    return frozenset(_NUMBERS[word] for word in _words(text) if word in _NUMBERS) - {"1"}


def _numbers(text: str) -> frozenset[str]:
    return _number_words(text).union(word for word in _words(text) if word.isdigit())


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]
