"""Which separate questions a message asks."""

import itertools
import re
from collections.abc import Iterator

from fte_agent.text.markdown import sentences
from fte_agent.text.terms import content_words

MAX_QUESTIONS = 3
"""Questions answered one by one; in a message with more, the rest is one with the last."""

_ASKING = (
    "how what when where which who whom whose why can could may might do does did is are was were will would should has"
)
_ASKS = rf"(?:{'|'.join(_ASKING.split())})\b"
_BEFORE = (
    "and also or but then so plus oh first firstly second secondly third thirdly finally another next two three a "
    "couple of few several quick short question questions thing things points hi hello hey dear thanks pls please b c"
)
_OPENING = re.compile(rf"^(?:\W|\b(?:{'|'.join(_BEFORE.split())}|\d{{1,2}})\b)*", re.IGNORECASE)
"""What may stand before the words that ask."""

_ITEM = re.compile(r"(?:^|(?<=\s))(?:\(?[1-5a-c][.)]|[1-5](?= [a-z]))\s", re.IGNORECASE)
_JOINED = re.compile(rf"(?:,| -)? (?:and|also|plus)(?: also| then)? (?={_ASKS})", re.IGNORECASE)
_POINTING = re.compile(
    r"\b(?:it|its|they|them|their|that|this|these|those|there|then|he|she|him|her|same|else|anything|something|normal"
    r"|stuff|ok|okay)\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"^\W*(?:\(?[1-5a-c][.)]\s|[1-5]\s|second(?:ly)?\b|third(?:ly)?\b|another (?:one|thing|question)\b|also[,:])",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(
    r"\b(?:two|2|three|3|couple of|few|several) (?:\w+ )?(?:questions|things|points)\b", re.IGNORECASE
)
_LEAST_WORDS = 2


def separate_questions(text: str) -> list[str]:
    """The questions of a message that can each be answered alone; fewer than two mean that it is one matter.

    A question that points back ("and will they see it?") belongs to the one before unless it is numbered or
    announced ("two things"), as does one that says nothing of its own. What stands before a question explains
    it, so it is part of it.
    """
    found: list[str] = []
    pending: list[str] = []
    announced = _ANNOUNCED.search(text) is not None
    for clause in _clauses(text, announced):
        if not _is_question(clause):
            pending.append(clause)
        elif found and not stands_alone(clause, announced=announced):
            found[-1] = " ".join([found[-1], *pending, clause])
            pending = []
        else:
            found.append(" ".join([*pending, clause]))
            pending = []
    return [*found[: MAX_QUESTIONS - 1], " ".join(found[MAX_QUESTIONS - 1 :])] if len(found) > MAX_QUESTIONS else found


def _clauses(text: str, announced: bool) -> Iterator[str]:
    """Sentences, cut further at the numbers of a list and where one asks two things joined by "and"."""
    for line in filter(None, (line.strip() for line in text.splitlines())):
        for sentence in sentences(line):
            starts = [0, *(match.start() for match in _ITEM.finditer(sentence)), len(sentence)]
            for start, end in itertools.pairwise(starts):
                if item := sentence[start:end].strip():
                    yield from _unjoined(item, announced)


def _unjoined(sentence: str, announced: bool) -> list[str]:
    parts = _JOINED.split(sentence)
    whole = all(_is_question(part) and stands_alone(part, announced=announced) for part in parts)
    return parts if whole else [sentence]


def asks_with_words(clause: str) -> bool:
    """Whether a clause with a question mark says anything: a word that asks, or one of some matter."""
    begun = _OPENING.sub("", clause, count=1)
    return re.match(_ASKS, begun, re.IGNORECASE) is not None or bool(content_words(begun))


def _is_question(clause: str) -> bool:
    """Whether it asks: by its mark, or by how it begins."""
    begun = _OPENING.sub("", clause, count=1)
    asks = clause.rstrip("\"') ").endswith("?") or re.match(_ASKS, begun, re.IGNORECASE) is not None
    return asks and bool(content_words(begun))


def stands_alone(clause: str, *, announced: bool = False) -> bool:
    """Whether it has a matter of its own and, unless it is marked as one of several, does not point to another."""
    begun = _OPENING.sub("", clause, count=1)
    if re.search(_ASKS, begun, re.IGNORECASE) is None or len(content_words(begun)) < _LEAST_WORDS:
        return False
    return announced or _NUMBERED.match(clause) is not None or _POINTING.search(begun) is None
