"""The escalation rules as written in ``context/escalation-rules.md``: words and examples per reason."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fte_agent.domain.turns import Reason

REASONS = (Reason.THREAT, Reason.LEGAL, Reason.REFUND, Reason.HUMAN, Reason.PRICING)
"""The reasons that rules can give, most serious first: the first that holds names the escalation."""

HARMLESS = "none"
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*$")
_EXAMPLE = re.compile(r"^[-*]\s+(?:\((?P<language>[a-z]{2})\)\s+)?(?P<text>\S.*)$")


class InvalidRules(Exception):
    """The rules cannot be used; the message names the line, or the reason that lacks something."""


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence as a customer might write it; ``language`` is an ISO 639-1 code."""

    text: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class EscalationRules:
    """Words that decide alone and examples to compare with, per reason, and harmless examples."""

    words: Mapping[Reason, tuple[str, ...]]
    examples: Mapping[Reason, tuple[Example, ...]]
    harmless: tuple[Example, ...]


def parse_rules(text: str) -> EscalationRules:
    """Read the rules: a second-level heading per reason code, under it ``### Words`` and ``### Examples``.

    Raises:
        InvalidRules: an unknown heading, a line that is no list item, or a reason without examples.
    """
    words: dict[Reason, tuple[str, ...]] = dict.fromkeys(REASONS, ())
    examples: dict[str, tuple[Example, ...]] = dict.fromkeys((*REASONS, HARMLESS), ())
    for number, code, part, item in _items(text):
        match = _EXAMPLE.match(item)
        if match is None:
            raise InvalidRules(f"line {number}: expected a list item, found {item[:40]!r}")
        if part == "examples":
            examples[code] += (Example(match["text"], match["language"] or "en"),)
        elif code == HARMLESS:
            raise InvalidRules(f"line {number}: words can only raise an escalation; harmless messages are examples")
        else:
            words[Reason(code)] += tuple(word.strip() for word in match["text"].split(",") if word.strip())
    if missing := [code for code, found in examples.items() if not found]:
        raise InvalidRules(f"no examples under: {', '.join(missing)}")
    return EscalationRules(words, {reason: examples[reason] for reason in REASONS}, examples[HARMLESS])


def _items(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Line number, reason code, part and text of every line under a ``### Words`` or ``### Examples``."""
    code, part = "", ""
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := _HEADING.match(line):
            level, name = len(heading[1]), heading[2].lower()
            if level == 2 and name not in (*REASONS, HARMLESS):
                raise InvalidRules(f"line {number}: unknown reason {name!r}; known: {', '.join(REASONS)}, {HARMLESS}")
            if level == 3 and name not in ("words", "examples"):
                raise InvalidRules(f"line {number}: unknown part {name!r}; known: words, examples")
            code, part = (name, "") if level == 2 else (code, name if level == 3 else "")
        elif line.strip() and part:
            yield number, code, part, line.strip()
