"""Messages that refer to an earlier contact: "I wrote to you by mail yesterday", "any news on my form?"."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fte_agent.domain.messages import Channel
from fte_agent.identity.mentions import marked
from fte_agent.identity.reference_words import GENERIC, NAMED, SIGNS, SOME_DAY, TO_OTHERS
from fte_agent.identity.words import ASKING, WAY, WAYS, clauses, is_idle
from fte_agent.text.courtesy import is_bare, is_name
from fte_agent.text.folding import folded
from fte_agent.text.markdown import sentences

_MAX_CHARS = 1000
"""A longer message is about something of its own."""

_AROUND = 25
"""Characters around the words that refer, in which it may be said that some day or somebody else is meant."""

_ABOUT = re.compile(
    r"\s*\b(?:about|regarding|concerning|because of|wegen|bezuglich|zum?|zur|uber|sobre|acerca de|por|au sujet d[eu']"
    r"|a propos d[eu']|concernant|pour)\b[^,;:?!]*"
)
_SOME_DAY, _TO_OTHERS, _WAY = re.compile(SOME_DAY), re.compile(TO_OTHERS), re.compile(rf"\b{WAY}")
_WAYS = {channel: re.compile(rf"\b(?:{words})(?!\w)") for channel, words in WAYS.items()}


def _compiled(listed: Mapping[str, Sequence[str]]) -> dict[str, list[re.Pattern[str]]]:
    return {language: [re.compile(pattern) for pattern in patterns] for language, patterns in listed.items()}


_SIGNS = {language: re.compile(pattern) for language, pattern in SIGNS.items()}
_NAMED, _GENERIC = _compiled(NAMED), _compiled(GENERIC)


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier contact that a message refers to.

    ``ways`` are the kinds of channel that it names, none where it only says that there was one. ``bare`` says that the
    message holds nothing else; ``language`` is that of the words that refer.
    """

    ways: frozenset[Channel]
    bare: bool
    language: str


def reference_in(texts: Sequence[str], *, channel: Channel, anew: bool) -> Reference | None:
    """What ``texts``, all that a customer says now on ``channel``, refer to; None where they refer to nothing.

    What was said on the same kind of channel is no other way. A reference that names no way counts only in a
    conversation that begins so (``anew``): in another one it means what stands above.
    """
    said = list(_sentences(texts))
    spans = [_spans(sentence, anew=anew) for sentence in said]
    found = [
        (each[0], sentence[each[1] : each[2]]) for sentence, kept in zip(said, spans, strict=True) for each in kept
    ]
    bare = sum(map(len, texts)) <= _MAX_CHARS and all(map(_rest_is_idle, said, spans))
    if not found:
        return _by_sign(said, channel) if sum(map(len, texts)) <= _MAX_CHARS else None
    named = _ways_in([words for _, words in found])
    if named and named <= {channel}:
        return None
    return Reference(named - {channel}, bare, found[0][0])


def _by_sign(said: Sequence[str], channel: Channel) -> Reference | None:
    """A message of small words alone that names another way, and one word of which tells of what was."""
    whole = " , ".join(said)
    ways = _ways_in([whole]) - {channel}
    language = next((language for language, signs in _SIGNS.items() if signs.search(whole)), None)
    if not ways or language is None or not _is_meant(whole, 0, len(whole)):
        return None
    return Reference(ways, True, language) if all(map(is_idle, clauses(_WAY.sub(" ", whole)))) else None


def _ways_in(texts: Sequence[str]) -> frozenset[Channel]:
    return frozenset(way for way, pattern in _WAYS.items() if any(map(pattern.search, texts)))


def brings_matter(sentence: str) -> bool:
    """Whether a folded sentence is about more than an earlier contact, or whether there is an answer."""
    return not _rest_is_idle(sentence, _spans(sentence, anew=True))


def says_little(texts: Sequence[str]) -> bool:
    """Whether no word of ``texts`` is of any matter, also not within what refers: an address is none."""
    said = _sentences([marked(text)[0] for text in texts])
    return all(is_idle(clause) for sentence in said for clause in clauses(_WAY.sub(" ", sentence)))


def _sentences(texts: Sequence[str]) -> Iterator[str]:
    """The sentences, folded and on one line each, without a name on a text's last line and without what is quoted."""
    for text in texts:
        lines = [each for each in text[: _MAX_CHARS * 2].splitlines() if each.strip() and not each.startswith(">")]
        if len(lines) > 1 and is_name(lines[-1].split()):
            lines.pop()
        for line in lines:
            for sentence in sentences(line):
                if not is_bare([sentence]):
                    yield " ".join(folded(sentence).split())


def _spans(sentence: str, *, anew: bool) -> list[tuple[str, int, int]]:
    """Where a folded sentence refers: language, start and end of each, none within another."""
    listed = (_NAMED, _GENERIC) if anew else (_NAMED,)
    matches = (
        (language, match.start(), match.end())
        for patterns in listed
        for language, each in patterns.items()
        for pattern in each
        for match in pattern.finditer(sentence)
        if _is_meant(sentence, match.start(), match.end())
    )
    kept: list[tuple[str, int, int]] = []
    for language, start, end in sorted(matches, key=lambda each: each[1] - each[2]):
        if not any(start < other_end and other_start < end for _, other_start, other_end in kept):
            kept.append((language, start, end))
    return kept


def _is_meant(sentence: str, start: int, end: int) -> bool:
    """Whether the words between ``start`` and ``end`` tell of what was, and between the customer and us."""
    before = max(0, start - _AROUND)
    return not (_SOME_DAY.search(sentence[before:end]) or _TO_OTHERS.search(sentence[before : end + _AROUND]))


def _rest_is_idle(sentence: str, spans: Sequence[tuple[str, int, int]]) -> bool:
    """Whether a sentence says nothing besides: what it was about belongs to what it refers to."""
    if not spans:
        return all(map(is_idle, clauses(_WAY.sub(" ", sentence))))
    last = max(end for _, _, end in spans)
    head, tail = sentence[:last], sentence[last:]
    for _, start, end in sorted(spans, key=lambda each: each[1], reverse=True):
        head = f"{head[:start]} , {head[end:]}"
    about = _ABOUT.search(tail)
    if about is not None and not ASKING.search(about[0]):
        tail = tail[: about.start()] + tail[about.end() :]
    return all(map(is_idle, clauses(_WAY.sub(" ", f"{head} , {tail}"))))
