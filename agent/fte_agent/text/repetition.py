"""Whether a text says again what was said, as programs do that answer each other.

A template says the same each time but for numbers, dates and a name. What a person writes again may share a long
disclaimer with what they wrote before, so one sentence that says something new makes a text a new one.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from fte_agent.text.courtesy import courtesy_of
from fte_agent.text.terms import content_words

MAX_CHARS = 5_000
"""Of each text; what stands behind is not compared."""

FEW_WORDS = 5
"""Fewer different words than that say too little to be told from another short answer."""

SAYING = 2
"""With fewer words than that, it is the number that a text says."""

ALIKE = 0.8
"""Share of the words of two texts that both have."""

ENOUGH_ALIKE, ENOUGH_SHORT = 1, 2
"""How often a text was answered when it counts as repeated; people say "thanks" and "yes" twice."""

_WORD = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
    r"|[^\W_\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]+"
)
"""A run of letters and digits, or one letter of a script that puts no spaces between words."""

_SENTENCE = re.compile(r"[^.!?\n\u3002\uff01\uff1f]+[.!?\u3002\uff01\uff1f]?")
_DATES = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun january february march april "
    "may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec utc gmt "
    "cet cest am pm montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz mai juni juli "
    "oktober dezember lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril juin juillet août "
    "septembre octobre novembre décembre lunes martes miércoles jueves viernes sábado domingo enero febrero marzo "
    "abril mayo junio julio agosto septiembre octubre noviembre diciembre"
)
_DATE_WORDS = frozenset(_DATES.split())


@dataclass(frozen=True, slots=True)
class Exchange:
    """A reply that nobody judged before it went out, and the texts that it answered."""

    reply: str
    answered: Sequence[str]


def repeats(text: str, exchanges: Sequence[Exchange]) -> bool:
    """Whether ``text`` says what one of ``exchanges`` answered already, or hands the newest reply back.

    ``exchanges`` are with whoever wrote it, newest first. What a text repeats of our own replies does not count as its
    own: programs put what they answer into their answer, with and without a mark.
    """
    said, replies = _words(text), [_words(each.reply) for each in exchanges]
    if replies and _echoes(text, said, replies[0]):
        return True
    own = _own(said, replies)
    enough = ENOUGH_SHORT if len(own) < FEW_WORDS or courtesy_of([text[:MAX_CHARS]]) else ENOUGH_ALIKE

    def alike(earlier: str) -> bool:
        before = _words(earlier)
        if not _near(own, _own(before, replies)) or (len(own) < SAYING and _listed(text) != _listed(earlier)):
            return False
        ours = frozenset().union(*_repeated(said | before, replies))
        return not (_says_new(text, before | ours) or _says_new(earlier, said | ours))

    return sum(any(map(alike, each.answered)) for each in exchanges) >= enough


def _near(said: frozenset[str], before: frozenset[str]) -> bool:
    """Whether two texts have the same words, or long ones nearly the same."""
    if min(len(said), len(before)) < FEW_WORDS:
        return said == before
    return len(said & before) >= ALIKE * len(said | before)


def _echoes(text: str, said: frozenset[str], reply: frozenset[str]) -> bool:
    """Whether ``text`` is most of a reply, and nearly nothing else."""
    shared = len(said & reply)
    if len(said) < FEW_WORDS or shared < ALIKE * len(said) or 2 * shared < len(reply):
        return False
    return not _says_new(text, reply)


def _own(said: frozenset[str], replies: Sequence[frozenset[str]]) -> frozenset[str]:
    """The words of a text but for those of replies that it holds nearly whole; all where little else is left."""
    own = said.difference(*_repeated(said, replies))
    return own if len(own) >= FEW_WORDS else said


def _repeated(said: frozenset[str], replies: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    return [each for each in replies if len(each) >= FEW_WORDS and len(said & each) >= ALIKE * len(each)]


def _says_new(text: str, known: frozenset[str]) -> bool:
    """Whether a sentence asks by a word that is not ``known``, or consists mostly of such words, two at least."""
    for sentence in _SENTENCE.findall(text[:MAX_CHARS]):
        said = _words(" ".join(content_words(sentence)))
        new = len(said - known)
        if new and (sentence.endswith(("?", "\uff1f")) or (new > 1 and 2 * new > len(said))):
            return True
    return False


def _words(text: str) -> frozenset[str]:
    """The different words of ``text`` without numbers, dates and what is made with digits."""
    found = frozenset(_listed(text)) - _DATE_WORDS
    return frozenset(word for word in found if not any(map(str.isdigit, word)))


def _listed(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text[:MAX_CHARS]).casefold())
