"""Replies made of sentences that a hosted model names by id: what it is shown, and what its ids come to.

A section found in this turn is ``a``, ``b``, … in the order found, and its pieces are ``a.1``, ``a.2``, …: short, as
each is read and written as tokens.
"""

import json
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fte_agent.domain.knowledge import Passage, Section
from fte_agent.domain.turns import Statement
from fte_agent.gate.facts import unmarked
from fte_agent.reply.phrases import PHRASE_IDS, phrase
from fte_agent.text.bindings import answers, is_title
from fte_agent.text.language import guess_language
from fte_agent.text.markdown import sentences
from fte_agent.text.passages import passages
from fte_agent.text.pieces import Span, quote, spans, with_bound
from fte_agent.text.wholeness import is_item, is_whole
from fte_agent.turn.tools import MAX_CITATIONS, ChosenInput, OwnSentence, ResponseInput, SupportedInput, Wording

_LETTERS = string.ascii_lowercase

_Cut = Callable[[str], list[Span]]

_CUT: Mapping[Wording, _Cut] = {Wording.CHOSEN: passages, Wording.SUPPORTED: spans}
"""How small the pieces are: what is copied is cut where it can be read alone, what is only rested on by sentence."""


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


def passages_json(found: Iterable[Passage], retrieved: Mapping[str, Passage], wording: Wording = Wording.CHOSEN) -> str:
    """What a search tells a model that names sentences: the passages, best first, cut into them, as data."""
    names = _names(retrieved)
    cut = _CUT[wording]
    listed = [
        {
            "title": passage.section.title,
            "heading": passage.section.heading,
            "sentences": dict(_shown(names[passage.section.uri], passage.section.content, cut)),
        }
        for passage in found
    ]
    return json.dumps({"passages": listed}, ensure_ascii=False)


def _assembled(ids: Sequence[str], retrieved: Mapping[str, Passage]) -> Worded:
    """The reply that ``ids`` name, copied from the sections.

    A phrase opens a part. All that is named of a section stands in the first part that names it, in the section's own
    order and with what it must not be read without (`with_bound`): in another order, or in two places, approved
    sentences can say something else.
    """
    sections = _known_sections((each for each in ids if each not in PHRASE_IDS), retrieved, passages)
    wanted = _wanted(each for each in ids if each not in PHRASE_IDS)
    paragraphs: list[str] = []
    for opening, named in _parts(ids):
        texts = [_quoted(sections[name], wanted.pop(name)) for name in _wanted(named) if name in wanted]
        if texts and (opened := phrase(opening, guess_language(" ".join(texts)))):
            paragraphs.append(opened)
        paragraphs.extend(texts)
    if not paragraphs:
        raise Unusable("sentences: only phrases")
    cited = dict.fromkeys(_section_of(each) for each in ids if each not in PHRASE_IDS)
    return Worded("\n\n".join(paragraphs), tuple(sections[name].uri for name in cited))


def _quoted(section: Section, numbers: Iterable[int]) -> str:
    """What is named of a section. A heading that asks opens it, and so it does an answer of yes or no."""
    pieces = _pieces(section.content, passages)
    kept = with_bound(section.content, pieces, numbers)
    text = quote(section.content, [pieces[number] for number in kept])
    return f"{section.heading}\n\n{text}" if is_title(section.heading) or answers(text) else text


def _wanted(ids: Iterable[str]) -> dict[str, list[int]]:
    """The numbers that are named, by section, both as first named."""
    wanted: dict[str, list[int]] = {}
    for each in ids:
        wanted.setdefault(_section_of(each), []).append(_number_of(each))
    return wanted


def _supported(own: Sequence[OwnSentence], retrieved: Mapping[str, Passage]) -> Worded:
    """The reply in a model's own sentences; what begins like an item of a list stands on a line of its own.

    It is cut again as its reader does, and each of its sentences rests on what its texts name.
    """
    ids = list(dict.fromkeys(each for sentence in own for each in sentence.supports))
    sections = _known_sections(ids, retrieved, spans)
    if broken := sum(not is_whole(sentence.text) for sentence in own):
        raise Unusable(f"sentences: {broken} of the texts are no whole sentences")
    if _is_out_of_order(own):
        raise Unusable("sentences: not in the order of their section")
    lines = [(line, each.supports) for each in own for line in each.text.splitlines()]
    statements = tuple(
        _claim(sentence, supports, sections)
        for line, (_, supports) in zip(unmarked([line for line, _ in lines]), lines, strict=True)
        for sentence in sentences(line)
    )
    message = "".join(("\n" if is_item(each.text) else " ") + each.text.strip() for each in own).strip()
    return Worded(message, tuple(dict.fromkeys(sections[_section_of(each)].uri for each in ids)), statements)


def _claim(text: str, supports: Iterable[str], sections: Mapping[str, Section]) -> Statement:
    """The sentence with all that its supports must not be read without, and the headings of all of them."""
    wanted = _wanted(supports)
    texts = (each for name, numbers in wanted.items() for each in _bound(sections[name].content, numbers))
    headings = dict.fromkeys(sections[name].heading for name in wanted)
    return Statement(text, tuple(texts), ". ".join(filter(None, headings)))


def _bound(content: str, numbers: Iterable[int]) -> Iterator[str]:
    pieces = _pieces(content, spans)
    for number in with_bound(content, pieces, numbers):
        yield content[pieces[number].start : pieces[number].end]


def _is_out_of_order(own: Sequence[OwnSentence]) -> bool:
    """Whether a sentence stands behind one that rests on what comes later in the same section."""
    reached: dict[str, int] = {}
    for sentence in own:
        for name, numbers in _wanted(sentence.supports).items():
            if max(numbers) < reached.get(name, 0):
                return True
            reached[name] = max(reached.get(name, 0), min(numbers))
    return False


def _known_sections(ids: Iterable[str], retrieved: Mapping[str, Passage], cut: _Cut) -> dict[str, Section]:
    """This turn's sections by name, once all ``ids`` are known to be sentences of theirs."""
    sections = {name: retrieved[uri].section for uri, name in _names(retrieved).items()}
    if unknown := sum(not _is_known(each, sections, cut) for each in ids):
        raise Unusable(f"sentences: {unknown} of the ids name no sentence that this turn found")
    return sections


def _names(retrieved: Mapping[str, Passage]) -> dict[str, str]:
    """Each section's name, by uri."""
    return {uri: _name(number) for number, uri in enumerate(retrieved)}


def _name(number: int) -> str:
    """``a`` to ``z``, then ``aa``, ``ab``, …"""
    above, letter = divmod(number, len(_LETTERS))
    return (_name(above - 1) if above else "") + _LETTERS[letter]


def _shown(name: str, content: str, cut: _Cut) -> Iterator[tuple[str, str]]:
    for number, piece in enumerate(_pieces(content, cut), start=1):
        yield f"{name}.{number}", content[piece.start : piece.end]


@lru_cache(maxsize=1024)
def _pieces(content: str, cut: _Cut) -> tuple[Span, ...]:
    """Sections come again in turn after turn, and are cut once."""
    return tuple(cut(content))


def _is_known(each: str, sections: Mapping[str, Section], cut: _Cut) -> bool:
    """Whether it is a sentence's id, in the one spelling that was shown."""
    name, dot, number = each.partition(".")
    if not dot or name not in sections or not (number.isascii() and number.isdigit()) or number.startswith("0"):
        return False
    return len(number) <= 4 and int(number) <= len(_pieces(sections[name].content, cut))


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
