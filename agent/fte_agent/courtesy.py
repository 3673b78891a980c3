"""Messages that ask nothing: greetings and thanks."""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

_WORD = re.compile(r"\w+")
_MAX_COURTESY = 30
_STRANGE_SHARE = 0.2
"""Of the words of a thank-you, how many may be of something else: what it was that worked."""

_THANKS = frozenset(
    [
        "thank",
        "thanks",
        "thx",
        "ty",
        "cheers",
        "ta",
        "merci",
        "danke",
        "gracias",
        "grateful",
        "appreciated",
        "appreciate",
    ]
)
_POLITE = (
    "hello hi hiya hey heyyy good great fine morning afternoon evening night day days week weekend today yesterday "
    "there dear team support colleagues all everyone everybody folks guys mate sir madam you your yours ever so very "
    "much a an the many lot lots again once more best kind warm regards wishes greetings sincerely lovely nice happy "
    "brilliant perfect super excellent awesome wonderful legend star rock quick fast kindly help helped helpful answer "
    "reply that it this was is works worked working fixed solved sorted did trick now for to of from and or ok okay "
    "cool yep yes ah ahh oh lol me my i we us am are have had been really just wanted say hope well how going s t m "
    "well bye goodbye see soon later next time take care welcome exactly what needed no further questions"
)
_COURTESY = _THANKS.union(_POLITE.split())
_WANTS = re.compile(
    r"\b(?:not|still|but|however|cannot|can|could|please|pls|need|want|why|where|when|which|problem|error|wrong|issue"
    r"|cancel|refund|stop|doesn|isn|won|didn)\b",
    re.IGNORECASE,
)
_WELL_MEANT = re.compile(r"\bhow(?: are you|'s it going| is it going| do you do)\b[^?]*\?", re.IGNORECASE)


class Social(StrEnum):
    """A message that asks nothing."""

    GREETING = "greeting"
    THANKS = "thanks"


def courtesy_of(texts: Iterable[str]) -> Social | None:
    """What kind of courtesy ``texts`` are together, or None as soon as they ask or want something.

    In a thank-you a few words may tell what it is for; names are no words here.
    """
    text = _WELL_MEANT.sub("", "\n".join(texts))
    words = [word for word in _WORD.findall(text) if not word[:1].isupper() or word.casefold() in _COURTESY]
    said = [word.casefold() for word in words]
    thanks = not _THANKS.isdisjoint(said)
    strange = sum(word not in _COURTESY for word in said)
    if "?" in text or _WANTS.search(text) or len(said) > _MAX_COURTESY:
        return None
    if strange > (_STRANGE_SHARE * len(said) if thanks else 0):
        return None
    if not said:
        return Social.THANKS if any(unicodedata.category(char) == "So" for char in text) else None
    return Social.THANKS if thanks else Social.GREETING
