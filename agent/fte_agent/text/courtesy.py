"""Messages that ask nothing: greetings and thanks."""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

_WORD = re.compile(r"\w+")
_MAX_COURTESY = 40
_MOST_NAMES = 3
_MAX_STRANGE = 2
"""Words of something else in a sentence that says what worked."""

_GRATEFUL = "thank thanks thx ty cheers ta merci danke gracias grateful appreciated appreciate"
_THANKS = frozenset(_GRATEFUL.split())
_GREETING = frozenset(["hello", "hi", "hiya", "hey", "heyyy", "dear", "morning", "afternoon", "evening"])
_WORKED = frozenset(["works", "worked", "working", "fixed", "solved", "sorted", "helped", "trick"])
_POLITE = (
    "hello hi hiya hey heyyy good great fine morning afternoon evening night day days week weekend today yesterday "
    "there dear team support colleagues all everyone everybody folks guys mate sir madam you your yours ever so very "
    "much a an the many lot lots again once more best kind warm regards wishes greetings sincerely lovely nice happy "
    "brilliant perfect super excellent awesome wonderful legend star rock quick fast kindly help helped helpful answer "
    "reply that it this was is works worked working fixed solved sorted did trick now for to of from and or ok okay "
    "cool yep yes ah ahh oh lol me my i we us am are have had been really just wanted say hope well how going s t m "
    "well bye goodbye see soon later last found next time take care welcome exactly what needed no further questions"
)
_COURTESY = _THANKS.union(_POLITE.split())
_WANTS = re.compile(
    r"\b(?:not|still|but|however|cannot|can|could|please|pls|need|want|why|where|when|which|problem|error|wrong|issue"
    r"|cancel|refund|stop|doesn|isn|won|didn)\b",
    re.IGNORECASE,
)
_WELL_MEANT = re.compile(
    r"\bhow(?: are you|'s it going| is it going| do you do)(?: today| doing)?\s?\?{0,3}", re.IGNORECASE
)
_GLAD = frozenset("👍🙏❤😊🙌👌💯🎉😀😃😄🙂👏🥳💪😁🤩♥")


class Social(StrEnum):
    """A message that asks nothing."""

    GREETING = "greeting"
    THANKS = "thanks"


def courtesy_of(texts: Iterable[str]) -> Social | None:
    """What kind of courtesy ``texts`` are together, or None as soon as they ask or want something.

    A sentence that says what worked may hold a word or two of something else; names are no words, where a name
    stands: after the greeting, or alone on the last line.
    """
    bodies = [_WELL_MEANT.sub("", text) for text in texts]
    text = "\n".join(bodies)
    words = [word.casefold() for word in _WORD.findall(text)]
    if len(words) > _MAX_COURTESY or "?" in text or _WANTS.search(text):
        return None
    if not words:
        return Social.THANKS if _GLAD.intersection(text) else None
    strange = [_strange(sentence) for body in bodies for sentence in _sentences(body)]
    if any(found and not (worked and found <= _MAX_STRANGE) for found, worked in strange):
        return None
    if _THANKS.isdisjoint(words):
        return None if _GREETING.isdisjoint(words) or any(found for found, _ in strange) else Social.GREETING
    return Social.THANKS


def is_bare(texts: Iterable[str]) -> bool:
    """Whether a courtesy holds no word of anything else."""
    bodies = (_WELL_MEANT.sub("", text) for text in texts)
    return not any(_strange(sentence)[0] for body in bodies for sentence in _sentences(body))


def _sentences(text: str) -> list[str]:
    """The sentences of ``text`` without a name on its last line."""
    *lines, last = text.strip().splitlines() or [""]
    signed = [] if lines and is_name(last.split()) else [last]
    return [sentence for line in (*lines, *signed) for sentence in re.split(r"[.!;:,\n]+", line) if sentence.strip()]


def _strange(sentence: str) -> tuple[int, bool]:
    """How many words are of something else, and whether the sentence says what worked."""
    words = _WORD.findall(sentence)
    if words and words[0].casefold() in _GREETING and is_name(words[1:]):
        words = words[:1]
    said = [word.casefold() for word in words]
    return sum(word not in _COURTESY for word in said), not _WORKED.isdisjoint(said)


def is_name(words: Sequence[str]) -> bool:
    """One to three capitalised words: nobody shouts their name."""
    return 0 < len(words) <= _MOST_NAMES and all(word.istitle() and word.isalpha() for word in words)
