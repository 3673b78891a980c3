"""What in a text may be personal though no pattern is sure of it: a person has to look.

Without a list of all names every word with a capital counts as one that may be a name, unless approved documents, or
the lists of `fte_agent.learning.ordinary`, know it. In German every noun has a capital, so there a person reads all.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fte_agent.learning import ordinary
from fte_agent.learning.personal import MASK
from fte_agent.text.language import ENGLISH, OTHER, known_language
from fte_agent.text.markdown import sentences

_TOKEN = re.compile(r"[^\W\d_][\w'’-]*")  # noqa: RUF001 - the mark meant
_LINK = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[^\s<>()\[\]\"'`]+", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}://)?(?:www\.)?([\w.-]+)", re.IGNORECASE)
_DATE = re.compile(
    r"\b\d{1,2}(?:st|nd|rd|th|\.)?\s(?:of\s)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s\d{1,2}(?:st|nd|rd|th)?\b"
    r"|\b\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.,€$£¥])\d{4,5}(?![\w.,]?\d|\s?[€$£¥%])(?!\s[a-z]+s\b)(?!(?<=19\d\d)|(?<=20\d\d))")
"""Four or five digits that count nothing: a customer's, an order's, a house's."""

_AT_IN_WORDS = re.compile(r"\b\w+ at \w+ dot \w+\b", re.IGNORECASE)
_SPOKEN_OF = re.compile(
    r"\b(?:ask(?: for)?|contact|call|email|ping|message|tell|colleague|speak (?:to|with)|talk (?:to|with)|cc|reach) "
    r"([a-z]{3,})(?= (?:in|from|at|on|about|for|directly|who|will|has|again)\b|[.,!;]|$)"
)
_NEAR = 40
"""Characters that tell what a word is."""

_LABEL_BEFORE = re.compile(
    r"(?:>|»|→|\*\*|[\"“'‘`]"  # noqa: RUF001 - the marks meant
    r"|\b(?:choose|select|click|press|tap|open|pick|hit|under|tick|toggle|enable|disable)(?: on)?(?: the)?)\s*$",
    re.IGNORECASE,
)
_LABEL_AFTER = re.compile(
    r"^\s*(?:>|»|→|\*\*|(?:menu|tab|button|page|settings?|view|section|screen|plan|option|mode|field|folder|icon|list)\b)"
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words and hosts that approved documents hold, as they are written there."""

    words: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Vocabulary":
        """That of ``texts``."""
        found: set[str] = set()
        hosts: set[str] = set()
        for text in texts:
            found.update(map(_bare, _TOKEN.findall(text)))
            hosts.update(map(_host, _LINK.findall(text)))
        return cls(frozenset(found), frozenset(hosts))


def doubts(text: str, vocabulary: Vocabulary) -> list[str]:
    """What a person has to look at in ``text``, whose surely personal data is masked; each once."""
    found = [f"{mask} stands for something that was taken out" for mask in MASK.findall(text)]
    language = known_language(text) or ENGLISH
    if language != ENGLISH:
        found.append(f"its language is {language!r}: read it for names, and for sentences on one customer's case")
    if language not in ("de", OTHER):
        names = _names(text, vocabulary, english=language == ENGLISH)
        found += [f"{word!r} may be a name" for word in names]
    found += [f"{each!r} may identify somebody" for each in _NUMBER.findall(text)]
    found += [f"{each[0]!r} is a date: does it hold for everybody?" for each in _DATE.finditer(text)]
    found += [f"{each[0]!r} may be an address" for each in _AT_IN_WORDS.finditer(text)]
    found += [f"{link!r} is a link" for link in _LINK.findall(text) if _host(link) not in vocabulary.hosts]
    return list(dict.fromkeys(found))


def _names(text: str, vocabulary: Vocabulary, *, english: bool) -> Iterator[str]:
    for line in MASK.sub("", text).splitlines():
        for sentence in sentences(line):
            yield from _capitals(sentence, vocabulary, english=english)
            for spoken in _SPOKEN_OF.finditer(sentence):
                if spoken[1] not in ordinary.SPOKEN_TO and spoken[1] not in vocabulary.words:
                    yield spoken[1]


def _capitals(sentence: str, vocabulary: Vocabulary, *, english: bool) -> Iterator[str]:
    """Words with a capital that neither documents nor lists know; what may begin a sentence is known of English."""
    found = list(_TOKEN.finditer(sentence))
    for number, each in enumerate(found):
        word, before, after = _bare(each[0]), *_around(sentence, each)
        if word.islower() or not word[0].isupper():
            continue
        first = number == 0 or re.search(r"(?:^|[:>(•*-]|\d[.)])\s*[\"'“*]*$", before) is not None
        if word.casefold() in ordinary.ALSO_NAMES:
            if not first or re.match(r"\s(?:will|from|has|is|can|and|said|was|in|or)\b|'s\b", after):
                yield word
        elif not (
            _is_known(word, vocabulary)
            or (first and (not english or _may_begin(word, vocabulary)))
            or _is_label(before, after)
        ):
            yield word


def _is_known(word: str, vocabulary: Vocabulary) -> bool:
    return (
        word in vocabulary.words or word.casefold() in ordinary.PROPER or (word.isupper() and word in ordinary.ACRONYMS)
    )


def _may_begin(word: str, vocabulary: Vocabulary) -> bool:
    lower = word.casefold()
    return lower in ordinary.OPENERS or lower in vocabulary.words or lower.endswith(ordinary.ENDINGS)


def _is_label(before: str, after: str) -> bool:
    """Whether a word is what stands on a screen: after "choose", beside ``>``, before "tab"."""
    return _LABEL_BEFORE.search(before) is not None or _LABEL_AFTER.match(after) is not None


def _around(sentence: str, found: re.Match[str]) -> tuple[str, str]:
    """What stands shortly before and after; the former begins with no beginning unless the sentence does."""
    start = found.start() - _NEAR
    before = sentence[: found.start()] if start <= 0 else f"_{sentence[start : found.start()]}"
    return before, sentence[found.end() : found.end() + _NEAR]


def _bare(word: str) -> str:
    return re.sub(r"(?:['’]s|['’-]+)$", "", word)  # noqa: RUF001 - the mark meant


def _host(link: str) -> str:
    found = _HOST.match(link)
    return found[1].casefold().rstrip(".") if found else ""
