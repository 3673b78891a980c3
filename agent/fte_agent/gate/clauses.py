"""A text as what is compared of it: sentences and clauses with their concepts, roles, names and numbers."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from fte_agent.gate import lexicon
from fte_agent.gate.quantities import Quantity, in_digits, is_measure, quantities
from fte_agent.text.markdown import plain, sentences
from fte_agent.text.terms import terms

_WORD = re.compile(r"[^\W_]+")
_CUT = re.compile(
    r"\s*[;:()\u2013\u2014]\s*|, |\.\s|\b(?=(?:and|but|because|so that|while|whereas"
    r"|which|who|if|when|unless|until|once|after"
    r"|before|although|though|then|except|however|otherwise|only if|as well as|where|with the)\b)"
)
_FACT = re.compile(
    r"\S++@\S++|\b[a-z]{2,20}://\S++|\b\w++(?:\.\w++)*\.[a-z]{2,}\b\S*+|\+\d[\d\s().-]{5,}\d|\b\d{1,4}([-/.])\d{1,2}\1\d{1,4}\b"
    r"|\b(?=[a-z-]*\d)[a-z]++-?\d[\w-]*+",
    re.IGNORECASE,
)
"""Links, addresses, phones, dates in digits and identifiers, which are compared as facts: letter by letter."""

_HALF_AT_END = re.compile(r"\b([ap])\.m\.(?=\s+[A-Z]|\s*$)", re.IGNORECASE)
_HALF_OF_DAY = re.compile(r"\b([ap])\.m\.", re.IGNORECASE)
_PATH = re.compile(r"\b[\w-]+(?: [\w-]+)?(?: > [\w-]+(?: [A-Z][\w-]*)?)+")
_PROPER = re.compile(r"(?<=[\w,;)] )[A-Z][\w&-]*")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = frozenset(
    ["january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december"]
)
_SAYING_NO = frozenset(
    {"not", "no", "never", "none", "nobody", "nothing", "neither", "nor", "without", "cannot", "unable"}
)
_LEAST_CONCEPTS = 1


@dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """A stretch of a sentence with one verb, more or less. ``concepts`` are its words as their relatives share them."""

    words: tuple[str, ...]
    concepts: frozenset[str]
    roles: frozenset[str]
    negated: bool

    @property
    def head(self) -> str:
        """Its first concept, which is mostly what it speaks of."""
        return next((each for word in self.words if (each := concept(word)) in self.concepts), "")


@dataclass(frozen=True, slots=True, eq=False)
class Sentence:
    """A sentence, rewritten; ``names`` are words that stand in capitals within it, and days and months."""

    text: str
    words: tuple[str, ...]
    concepts: frozenset[str]
    terms: frozenset[str]
    names: frozenset[str]
    quantities: tuple[Quantity, ...]
    clauses: tuple[Clause, ...]

    @property
    def exclusive(self) -> bool:
        """Whether it says of whom or when alone something holds."""
        return not lexicon.EXCLUSIVE.isdisjoint(self.words)

    @property
    def roles(self) -> frozenset[str]:
        """Whom it speaks of."""
        return frozenset().union(*(clause.roles for clause in self.clauses))


@lru_cache(maxsize=4096)
def read(text: str) -> tuple[Sentence, ...]:
    """The sentences of ``text``. Sections come again in turn after turn."""
    text = _FACT.sub(" ", text)
    text = _HALF_OF_DAY.sub(r"\1m", _HALF_AT_END.sub(r"\1m.", plain(text)))
    lines = (line for line in text.splitlines() if line.strip())
    return tuple(_sentence(each) for line in lines for each in sentences(line))


@lru_cache(maxsize=4096)
def rewritten(text: str) -> str:
    """``text`` in lower case, one way to say a thing in the place of many."""
    low = text.casefold()
    for pattern, said in lexicon.REWRITES:
        low = pattern.sub(said, low)
    return " ".join(low.split())


@lru_cache(maxsize=16384)
def concept(word: str) -> str:
    """What the relatives of a word share."""
    rooted = lexicon.stem(word)
    return lexicon.SAME.get(rooted, rooted)


def _sentence(text: str) -> Sentence:
    low = rewritten(text)
    low = in_digits(low)
    words = tuple(_WORD.findall(low))
    counted = tuple(quantities(low))
    clauses = tuple(_clauses(low, counted))
    concepts = frozenset[str]().union(*(clause.concepts for clause in clauses))
    return Sentence(low, words, concepts, frozenset(terms(low)), _names(text, words), counted, clauses)


def _names(text: str, words: Iterable[str]) -> frozenset[str]:
    found = {word.casefold() for word in _PROPER.findall(_PATH.sub(" ", text))} - {"i"}
    found |= {word for word in words if word.removesuffix("s") in _DAYS or word in _MONTHS}
    return frozenset(name.removesuffix("'s").removesuffix("s") for name in found if name not in lexicon.ROLES)


def _clauses(low: str, counted: Iterable[Quantity]) -> Iterator[Clause]:
    held: list[tuple[list[str], int, int]] = []
    for part, start, end in _parts(low):
        words = _WORD.findall(part)
        if held and len(_concepts(held[-1][0])) < _LEAST_CONCEPTS:
            before, first, _ = held[-1]
            held[-1] = (before + words, first, end)
        else:
            held.append((words, start, end))
    if len(held) > 1 and len(_concepts(held[-1][0])) < _LEAST_CONCEPTS:
        words, _, end = held.pop()
        before, first, _ = held[-1]
        held[-1] = (before + words, first, end)
    for words, start, end in held:
        here = frozenset(each.key for each in counted if start <= each.start <= end)
        yield _clause(tuple(words), here)


def _parts(low: str) -> Iterator[tuple[str, int, int]]:
    """The stretches between cuts, with where they stand."""
    start = 0
    for match in _CUT.finditer(low):
        yield low[start : match.start()], start, match.start()
        start = match.end()
    yield low[start:], start, len(low)


def _clause(words: tuple[str, ...], counted: frozenset[str]) -> Clause:
    negations = [word for word in words if word in lexicon.NEGATIONS and word != "nor"]
    roles = frozenset(role for word in words if (role := word.removesuffix("s")) in lexicon.ROLES)
    return Clause(words, _concepts(words) | counted, roles, len(negations) % 2 == 1)


def _concepts(words: Iterable[str]) -> frozenset[str]:
    skipped = lexicon.EMPTY | _SAYING_NO
    return frozenset(
        concept(word)
        for word in words
        if word not in skipped and not word[0].isdigit() and len(word) > 1 and not is_measure(word)
    )
