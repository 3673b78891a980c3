"""Addresses that a customer says are theirs: "my mail is kim@shop.example", "you can find me under +49 …"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fte_agent.domain.identity import Claimed
from fte_agent.identity.claim_words import BARE, CLAIMS, HEARSAY
from fte_agent.identity.mentions import marked
from fte_agent.identity.references import brings_matter
from fte_agent.text.courtesy import is_bare, is_name
from fte_agent.text.folding import folded
from fte_agent.text.markdown import sentences

_MAX_CHARS = 2000
_CLAIMS = {language: [re.compile(pattern) for pattern in patterns] for language, patterns in CLAIMS.items()}
_HEARSAY = re.compile(HEARSAY)
_ALONE = re.compile(rf"{BARE}@\d+(?:[ ,.!-]*{BARE})[ .!]*")
_QUOTED = re.compile(r"[\"“„«»][^\"“”„«»\n]*?\s[^\"“”„«»\n]*?\s[^\"“”„«»\n]*?[\"”“«»]")
"""Words in quotation marks, three at least: somebody else's. An address alone may stand between them."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Addresses that a message says are its writer's, in their order; ``bare``: it says nothing else.

    ``language`` is that of the words that say so, empty where there are none.
    """

    addresses: tuple[Claimed, ...]
    bare: bool
    language: str


def claim_in(texts: Sequence[str], *, asked: bool) -> Claim | None:
    """What ``texts``, all that a customer says now, claim; None where they claim nothing.

    An address alone is a claim where it was ``asked`` for. One that is merely mentioned, quoted, or said to be somebody
    else's is none.
    """
    claimed: dict[Claimed, None] = {}
    spoken, bare = "", True
    for sentence, addresses in _sentences(texts):
        found = list(_found(sentence, asked=asked))
        own = [address for _, at, _ in found if (address := addresses[at]) is not None]
        claimed |= dict.fromkeys(own)
        if own:
            spoken = spoken or found[0][0]
        rest = _without(sentence, [span for _, _, span in found] if own else [])
        bare = bare and not brings_matter(rest)
    return Claim(tuple(claimed), bare, spoken) if claimed else None


def _sentences(texts: Sequence[str]) -> Iterator[tuple[str, list[Claimed | None]]]:
    """The sentences, folded and on one line each, with marks for addresses, but for what is quoted."""
    for text in texts:
        lines = [each for each in text[:_MAX_CHARS].splitlines() if each.strip() and not each.lstrip().startswith(">")]
        if len(lines) > 1 and is_name(lines[-1].split()):
            lines.pop()
        for line in lines:
            marks, addresses = marked(_QUOTED.sub(" ", line))
            for sentence in sentences(marks):
                if not is_bare([sentence]):
                    yield " ".join(folded(sentence).split()), addresses


def _found(sentence: str, *, asked: bool) -> Iterator[tuple[str, int, tuple[int, int]]]:
    """Language, number of the address and span of each claim."""
    if asked and (alone := _ALONE.fullmatch(sentence)):
        yield "", _number(alone), alone.span()
        return
    for language, patterns in _CLAIMS.items():
        for pattern in patterns:
            for match in pattern.finditer(sentence):
                if not _HEARSAY.search(sentence[: match.start()]):
                    yield language, _number(match), match.span()


def _number(match: re.Match[str]) -> int:
    """Which address stands in the words of a claim: there is one."""
    return int(match[0].partition("@")[2].split(maxsplit=1)[0].rstrip(",.!-"))


def _without(sentence: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        sentence = f"{sentence[:start]} , {sentence[end:]}"
    return sentence
