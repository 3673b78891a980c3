"""Pairs whose order is what is said: first and then, from and to, who does it to whom."""

import itertools
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from fte_agent.gate import lexicon
from fte_agent.gate.clauses import Sentence, concept

_WORD = re.compile(r"[^\W_]+")
_SKIPPED = frozenset(
    [
        "the",
        "a",
        "an",
        "your",
        "you",
        "it",
        "is",
        "are",
        "be",
        "to",
        "of",
        "and",
        "or",
        "then",
        "first",
        "we",
        "they",
        "this",
        "that",
        "will",
        "can",
        "must",
        "has",
        "have",
    ]
)
_PARTIES = frozenset({"you", "we"})
_LITTLE = frozenset(map(concept, _SKIPPED)) | frozenset(map(concept, ("from", "with", "not", "by", "for", "in", "on")))
_ORDERED: tuple[tuple[re.Pattern[str], bool], ...] = (
    (re.compile(r"^(?P<one>[^.;]+?),? before (?P<two>[^.;,]+)"), False),
    (re.compile(r"^before (?P<one>[^,]+), (?P<two>[^.;]+)"), True),
    (re.compile(r"^(?:only )?(?:after|once|when) (?P<one>[^,]+), (?P<two>[^.;]+)"), False),
    (re.compile(r"^(?P<one>[^.;]+?),? (?:only )?(?:after|once) (?P<two>[^.;,]+)"), True),
    (re.compile(r"^(?P<one>[^.;]+?)[,;]? (?:and )?(?:then|afterwards|followed by|finally) (?P<two>[^.;]+)"), False),
    (re.compile(r"\bfrom (?P<one>[^.;,]+?) (?:to|into) (?P<two>[^.;,]+)"), False),
    (re.compile(r"(?P<one>[^.;,]+?),? (?:instead of|rather than) (?P<two>[^.;,]+)"), False),
)
"""Each with whether what stands first comes second."""


def reversed_relations(said: str, told: Iterable[str]) -> bool:
    """Whether a pair of ``said`` stands the other way round in what was told, and never as it is said."""
    known = [pair for text in told for pair in _pairs(text)]
    for one, two in _pairs(said):
        straight = any(_meets(one, first) and _meets(two, second) for first, second in known)
        turned = any(
            _meets(one, second) and _meets(two, first) and not (_meets(one, first) and _meets(two, second))
            for first, second in known
        )
        if turned and not straight:
            return True
    return False


def reversed_roles(said: Sentence, told: Iterable[Sentence]) -> bool:
    """Whether two who stand in one told sentence stand there the other way round, about the same, in the same voice."""
    for one, two in itertools.permutations(said.roles | _PARTIES.intersection(said.words), 2):
        stretch = _between(said, one, two)
        if stretch is None:
            continue
        for source in told:
            other = _between(source, two, one)
            if other is None or _between(source, one, two) is not None:
                continue
            shared = frozenset(map(concept, stretch)) & frozenset(map(concept, other))
            if shared - {concept(one), concept(two)} - _LITTLE and ("by" in stretch) == ("by" in other):
                return True
    return False


def _between(sentence: Sentence, one: str, two: str) -> tuple[str, ...] | None:
    """The words from the first of ``one`` to the last of ``two``, None where they do not stand so."""
    words = [word.removesuffix("s") for word in sentence.words]
    if one not in words or two not in words:
        return None
    start, end = words.index(one), len(words) - 1 - words[::-1].index(two)
    return sentence.words[start + 1 : end] if start < end else None


def _meets(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one & other)


@lru_cache(maxsize=4096)
def _pairs(text: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    return tuple(_pairs_in(text))


def _pairs_in(text: str) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    for pattern, is_turned in _ORDERED:
        for match in pattern.finditer(text):
            one, two = _concepts(match["one"]), _concepts(match["two"])
            both = one & two
            one, two = one - both, two - both
            if one and two:
                yield (two, one) if is_turned else (one, two)


def _concepts(text: str) -> frozenset[str]:
    words = (word for word in _WORD.findall(text) if word not in _SKIPPED and word not in lexicon.NEGATIONS)
    return frozenset(concept(word) for word in words)
