"""English words that a Grounded reply is compared by: what means the same, what the opposite, who and how often.

They stand in ``words/``, a file a kind.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

_STEM_CHARS = 5
_ENDINGS = ("ies", "ied", "ing", "ed", "es", "s", "ly", "e", "y")
_PREFIXES = ("un", "in", "im", "non", "dis", "ir")


def _lines(name: str) -> Iterator[str]:
    text = (files("fte_agent.gate") / "words" / f"{name}.txt").read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))


def _kinds() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    kind = ""
    for line in _lines("kinds"):
        if line.endswith(":"):
            kind = line[:-1]
            found[kind] = []
        else:
            found[kind] += line.split()
    return found


def _rewrites() -> Iterator[tuple[re.Pattern[str], str]]:
    for line in _lines("rewrites"):
        pattern, _, said = line.partition("\t")
        yield re.compile(pattern), said[1:-1]


_KINDS = _kinds()
REWRITES = tuple(_rewrites())
"""Ways to say a thing, and the one by which they are compared; applied in order to lower-case text."""

IRREGULAR: Mapping[str, str] = MappingProxyType(
    dict(zip(_KINDS["irregular"][::2], _KINDS["irregular"][1::2], strict=True))
)


def stem(word: str) -> str:
    """A word as its relatives share it: endings off, at most five letters of what is left."""
    word = IRREGULAR.get(word, word)
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:_STEM_CHARS]


def _same() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _lines("same"):
        first, *others = line.split()
        for word in (first, *others):
            found.setdefault(stem(word), stem(first))
    return found


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _lines("opposites"):
        one, other = ([word.strip() for word in side.split("|")] for side in line.split(" : "))
        for word in one:
            found.setdefault(word, set()).update(other)
        for word in other:
            found.setdefault(word, set()).update(one)
    return {word: frozenset(against) for word, against in found.items()}


def _measures() -> Iterator[tuple[str, tuple[str, float]]]:
    for line in _lines("measures"):
        measure, _, names = line.partition(": ")
        unit, factor = measure.split()
        yield from ((name, (unit.strip("-"), float(factor))) for name in names.split())


MEASURES: Mapping[str, tuple[str, float]] = MappingProxyType(dict(_measures()))
"""Names of units, with the unit all are counted in and how many of it one is."""

SAME: Mapping[str, str] = MappingProxyType(_same())
_OPPOSITES: Mapping[str, frozenset[str]] = MappingProxyType(_opposites())


@lru_cache(maxsize=16384)
def opposites(word: str) -> frozenset[str]:
    """What says the opposite, a word with ``un`` and the like before it among it."""
    bare = next((word[len(each) :] for each in _PREFIXES if word.startswith(each) and len(word) > len(each) + 4), "")
    made = {f"un{word}", f"in{word}", f"non{word}"} if len(word) > 4 else set()
    return _OPPOSITES.get(word, frozenset()) | made | ({bare} if bare else set())


def _kind(name: str) -> frozenset[str]:
    return frozenset(_KINDS[name])


FILLERS = frozenset(SAME.get(stem(word), stem(word)) for word in _KINDS["fillers"])
"""Concepts that no claim rests on: a sentence may hold any of them."""

EMPTY = _kind("empty")
"""Words that every sentence may hold."""

DENIALS = _kind("denials")
"""Words that may say no without a negation."""

RESTRICTORS = _kind("restrictors")
"""Words that say of which alone something is told."""

ROLES = _kind("roles")
EXCLUSIVE, ALL, SOME = _kind("exclusive"), _kind("all"), _kind("some")
NEGATIONS, CONDITIONS = _kind("negations"), _kind("conditions")
MUST, MAY, SHOULD = _kind("must"), _kind("may"), _kind("should")
