"""The escalation rules as written in ``context/escalation-rules.md``: words and examples per reason."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from fte_agent.domain.turns import Reason

REASONS = (
    Reason.SAFETY,
    Reason.THREAT,
    Reason.LEGAL,
    Reason.SECURITY,
    Reason.REFUND,
    Reason.HUMAN,
    Reason.PRICING,
)
"""The reasons that rules can give, most serious first: the first that holds names the escalation."""

DANGERS = (Reason.SAFETY, Reason.SECURITY)
"""Those of them that are no wish of the customer's: people or data are in danger."""

ANSWERABLE = frozenset({Reason.PRICING, Reason.REFUND})
"""Reasons of which a company may have the mere questions answered; they alone have ``### Questions``."""

HARMLESS = "none"
SENTIMENT = "sentiment"
MOODS: Mapping[str, int] = {"lowest": -2, "low": -1, "high": 1, "highest": 2}
"""Parts of the section of that name and what they score; what is neither scores 0."""

_PARTS = ("words", "examples")
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*$")
_EXAMPLE = re.compile(r"^[-*]\s+(?:\((?P<language>[a-z]{2})\)\s+)?(?P<text>\S.*)$")


class InvalidRules(Exception):
    """The rules cannot be used; the message names the line, or the reason that lacks something."""


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence as a customer might write it; ``language`` is an ISO 639-1 code.

    ``asks`` says that documents may answer it: it asks for a price, and does not bargain.
    """

    text: str
    language: str = "en"
    asks: bool = False


@dataclass(frozen=True, slots=True)
class EscalationRules:
    """Words that decide alone and examples to compare with, per reason, and harmless examples.

    ``asking`` are words as ``words``, of questions that documents may answer. ``near_misses`` are harmless messages
    that only look like a reason: they teach the line of one of `DANGERS`, and of others where questions are answered.
    An example that stands under a danger and under another reason teaches both. ``moods`` are examples by what they
    score, see `MOODS`.
    """

    words: Mapping[Reason, tuple[str, ...]]
    examples: Mapping[Reason, tuple[Example, ...]]
    harmless: tuple[Example, ...]
    asking: Mapping[Reason, tuple[str, ...]] = field(default_factory=dict)
    near_misses: Mapping[Reason, tuple[Example, ...]] = field(default_factory=dict)
    moods: Mapping[int, tuple[Example, ...]] = field(default_factory=dict)

    def answering(self, reasons: Collection[Reason]) -> "EscalationRules":
        """These rules for an employee who answers the mere questions of ``reasons``: they count as harmless."""
        asked = [each for reason in reasons for each in self.examples[reason] if each.asks]
        asked += [each for reason in reasons for each in self.near_misses.get(reason, ())]
        left = {
            reason: tuple(each for each in examples if not (reason in reasons and each.asks))
            for reason, examples in self.examples.items()
        }
        asking = {reason: words for reason, words in self.asking.items() if reason not in reasons}
        return replace(self, examples=left, harmless=(*self.harmless, *asked), asking=asking)


def parse_rules(text: str) -> EscalationRules:
    """Read the rules: a second-level heading per reason code, under it ``### Words`` and ``### Examples``.

    A reason of `ANSWERABLE` may have ``### Question words`` and ``### Questions``, too, and like one of `DANGERS`
    ``### Near misses``.

    Raises:
        InvalidRules: an unknown heading, a line that is no list item, or a reason without examples.
    """
    words: dict[Reason, tuple[str, ...]] = dict.fromkeys(REASONS, ())
    asking: dict[Reason, tuple[str, ...]] = {}
    examples: dict[str, tuple[Example, ...]] = dict.fromkeys((*REASONS, HARMLESS), ())
    near_misses: dict[Reason, tuple[Example, ...]] = {}
    moods: dict[int, tuple[Example, ...]] = {}
    for number, code, part, item in _items(text):
        match = _EXAMPLE.match(item)
        if match is None:
            raise InvalidRules(f"line {number}: expected a list item, found {item[:40]!r}")
        if part in MOODS:
            moods[MOODS[part]] = (*moods.get(MOODS[part], ()), Example(match["text"], match["language"] or "en"))
            continue
        if part in ("examples", "questions", "near misses"):
            example = Example(match["text"], match["language"] or "en", asks=part == "questions")
            if part == "near misses":
                near_misses[Reason(code)] = (*near_misses.get(Reason(code), ()), example)
            else:
                examples[code] += (example,)
            continue
        if code == HARMLESS:
            raise InvalidRules(f"line {number}: words can only raise an escalation; harmless messages are examples")
        listed = tuple(word.strip() for word in match["text"].split(",") if word.strip())
        if part == "words":
            words[Reason(code)] += listed
        else:
            asking[Reason(code)] = (*asking.get(Reason(code), ()), *listed)
    if missing := [code for code, found in examples.items() if not found]:
        raise InvalidRules(f"no examples under: {', '.join(missing)}")
    kept = {reason: examples[reason] for reason in REASONS}
    return EscalationRules(words, kept, examples[HARMLESS], asking, near_misses, moods)


def _parts_of(code: str) -> tuple[str, ...]:
    if code == SENTIMENT:
        return tuple(MOODS)
    if code in ANSWERABLE:
        return (*_PARTS, "question words", "questions", "near misses")
    return (*_PARTS, "near misses") if code in DANGERS else _PARTS


def _items(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Line number, reason code, part and text of every line under a ``### Words`` or ``### Examples``."""
    code, part = "", ""
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := _HEADING.match(line):
            level, name = len(heading[1]), heading[2].lower()
            if level == 2 and name not in (sections := (*REASONS, HARMLESS, SENTIMENT)):
                raise InvalidRules(f"line {number}: unknown reason {name!r}; known: {', '.join(sections)}")
            known = _parts_of(code)
            if level == 3 and name not in known:
                raise InvalidRules(f"line {number}: unknown part {name!r}; known: {', '.join(known)}")
            code, part = (name, "") if level == 2 else (code, name if level == 3 else "")
        elif line.strip() and part:
            yield number, code, part, line.strip()
