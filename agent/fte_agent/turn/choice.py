"""Replies made of sentences that a hosted model names by id: what it is shown, and what its ids come to.

A section found in this turn is ``a``, ``b``, … in the order found, and its pieces are ``a.1``, ``a.2``, …: short, as
each is read and written as tokens.
"""

import json
import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fte_agent.domain.knowledge import Passage, Section
from fte_agent.domain.turns import Statement
from fte_agent.reply.phrases import PHRASE_IDS, phrase
from fte_agent.text.language import guess_language
from fte_agent.text.pieces import Span, quote, spans, with_bound
from fte_agent.turn.tools import MAX_CITATIONS, ChosenInput, OwnSentence, ResponseInput, SupportedInput

_LETTERS = string.ascii_lowercase
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s")


class Unusable(Exception):
    """Ids that make no reply. The message says why, counts them, and repeats none."""


@dataclass(frozen=True, slots=True)
class Worded:
    """A reply's text, the uris it rests on in their order, and where its words are a model's own, each sentence with
    what it rests on."""

    message: str
    citations: tuple[str, ...]
    statements: tuple[Statement, ...] = ()


def worded(given: ResponseInput | ChosenInput | SupportedInput, retrieved: Mapping[str, Passage]) -> Worded:
    """The reply that a call of `send_response` asks for.

    Raises:
        Unusable: an id names nothing of this turn, there is none, or there are more sections than may be cited.
    """
    match given:
        case ResponseInput():
            return Worded(given.message, given.citations)
        case ChosenInput():
            reply = _assembled(given.sentences, retrieved)
        case SupportedInput():
            reply = _supported(given.sentences, retrieved)
    if len(reply.citations) > MAX_CITATIONS:
        raise Unusable(f"sentences: of more than {MAX_CITATIONS} sections")
    return reply


def passages_json(found: Iterable[Passage], retrieved: Mapping[str, Passage]) -> str:
    """What a search tells a model that names sentences: the passages, best first, cut into them, as data."""
    names = _names(retrieved)
    listed = [
        {
            "title": passage.section.title,
            "heading": passage.section.heading,
            "sentences": dict(_shown(names[passage.section.uri], passage.section)),
        }
        for passage in found
    ]
    return json.dumps({"passages": listed}, ensure_ascii=False)


def _assembled(ids: Sequence[str], retrieved: Mapping[str, Passage]) -> Worded:
    """The reply that ``ids`` name, copied from the sections.

    A phrase opens a part. Within a part sections come as they were first named, sentences of one section always as
    they stand there: in another order approved sentences can say something else. What a sentence must not be read
    without comes along (`with_bound`), and nothing comes twice.
    """
    sections = _known_sections((each for each in ids if each not in PHRASE_IDS), retrieved)
    given: dict[str, set[int]] = {}
    paragraphs: list[str] = []
    for opening, named in _parts(ids):
        texts = list(_quoted(named, sections, given))
        if texts and (opened := phrase(opening, guess_language(" ".join(texts)))):
            paragraphs.append(opened)
        paragraphs.extend(texts)
    if not given:
        raise Unusable("sentences: only phrases")
    return Worded("\n\n".join(paragraphs), tuple(sections[name].uri for name in given))


def _supported(own: Sequence[OwnSentence], retrieved: Mapping[str, Passage]) -> Worded:
    """The reply in a model's own sentences; what begins like an item of a list stands on a line of its own."""
    ids = list(dict.fromkeys(each for sentence in own for each in sentence.supports))
    sections = _known_sections(ids, retrieved)
    statements = tuple(_claim(sentence, sections) for sentence in own)
    message = "".join(
        ("\n" if _ITEM.match(statement.text) else " ") + statement.text.strip() for statement in statements
    ).strip()
    return Worded(message, tuple(dict.fromkeys(sections[_section_of(each)].uri for each in ids)), statements)


def _claim(own: OwnSentence, sections: Mapping[str, Section]) -> Statement:
    """The sentence with all that its supports must not be read without."""
    wanted: dict[str, list[int]] = {}
    for each in own.supports:
        wanted.setdefault(_section_of(each), []).append(_number_of(each))
    supports = [text for name, numbers in wanted.items() for text in _bound(sections[name].content, numbers)]
    return Statement(own.text, tuple(supports), sections[next(iter(wanted))].heading)


def _bound(content: str, numbers: Iterable[int]) -> Iterator[str]:
    pieces = _pieces(content)
    for number in with_bound(content, pieces, numbers):
        yield content[pieces[number].start : pieces[number].end]


def _known_sections(ids: Iterable[str], retrieved: Mapping[str, Passage]) -> dict[str, Section]:
    """This turn's sections by name, once all ``ids`` are known to be sentences of theirs."""
    sections = {name: retrieved[uri].section for uri, name in _names(retrieved).items()}
    if unknown := sum(not _is_known(each, sections) for each in ids):
        raise Unusable(f"sentences: {unknown} of the ids name no sentence that this turn found")
    return sections


def _names(retrieved: Mapping[str, Passage]) -> dict[str, str]:
    """Each section's name, by uri."""
    return {uri: _name(number) for number, uri in enumerate(retrieved)}


def _name(number: int) -> str:
    """``a`` to ``z``, then ``aa``, ``ab``, …"""
    above, letter = divmod(number, len(_LETTERS))
    return (_name(above - 1) if above else "") + _LETTERS[letter]


def _shown(name: str, section: Section) -> Iterator[tuple[str, str]]:
    for number, piece in enumerate(_pieces(section.content), start=1):
        yield f"{name}.{number}", section.content[piece.start : piece.end]


@lru_cache(maxsize=1024)
def _pieces(content: str) -> tuple[Span, ...]:
    """Sections come again in turn after turn, and are cut once."""
    return tuple(spans(content))


def _is_known(each: str, sections: Mapping[str, Section]) -> bool:
    """Whether it is a sentence's id, in the one spelling that was shown."""
    name, dot, number = each.partition(".")
    if not dot or name not in sections or not (number.isascii() and number.isdigit()) or number.startswith("0"):
        return False
    return len(number) <= 4 and int(number) <= len(_pieces(sections[name].content))


def _section_of(each: str) -> str:
    return each.partition(".")[0]


def _number_of(each: str) -> int:
    return int(each.partition(".")[2]) - 1


def _parts(ids: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Each phrase, or none at the start, with the sentences named after it."""
    opening, named = "", list[str]()
    for each in ids:
        if each in PHRASE_IDS:
            yield opening, named
            opening, named = each, []
        else:
            named.append(each)
    yield opening, named


def _quoted(named: Iterable[str], sections: Mapping[str, Section], given: dict[str, set[int]]) -> Iterator[str]:
    """The text of each section named in one part, without what an earlier part gave; ``given`` takes note of it."""
    wanted: dict[str, list[int]] = {}
    for each in named:
        wanted.setdefault(_section_of(each), []).append(_number_of(each))
    for name, numbers in wanted.items():
        content = sections[name].content
        pieces = _pieces(content)
        fresh = set(with_bound(content, pieces, numbers)) - given.setdefault(name, set())
        given[name] |= fresh
        if fresh:
            yield quote(content, [pieces[number] for number in fresh])
