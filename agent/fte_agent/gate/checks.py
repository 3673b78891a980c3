"""The gate: what every reply of a model must hold to, checked on values alone.

By construction: citations, length and, in Verbatim mode, every sentence and what stands next to it. In
Grounded mode the facts that can do harm are checked, and words that break a NEVER rule or have no support are
looked for (`fte_agent.gate.grounded`); what a sentence means is not, and nobody should say it is.
"""

import html
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache, reduce
from itertools import zip_longest
from operator import or_

from fte_agent.domain.knowledge import Passage, Section
from fte_agent.domain.turns import Statement
from fte_agent.gate.amounts import is_licensed
from fte_agent.gate.disclosure import discloses
from fte_agent.gate.facts import Fact, facts, normalise, unmarked
from fte_agent.gate.grounded import breaches
from fte_agent.reply.formatting import count_words
from fte_agent.reply.phrases import APPROVED
from fte_agent.text.language import known_language
from fte_agent.text.markdown import sentences
from fte_agent.text.names import Names

MAX_ALLOWED_CHARS = 8000
"""What is read of each text that may be repeated; what stands further on counts as unsaid."""

LANGUAGE = "language"
"""The rule that a customer is answered in their own language: another one is no answer to them."""

_MAY_BE_HEARD = "identifier"
_COUNTED = frozenset({"identifier", "amount", "date"})
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_MARK_IN_WORD = re.compile(r"<[^<>]*>|(?<=\w)(?:[*~`\\]+|__)(?=\w)")


class ReplyMode(StrEnum):
    """Whose words a reply may hold: only approved ones, or the model's own resting on cited sections."""

    VERBATIM = "Verbatim"
    GROUNDED = "Grounded"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a reply may rest on: passages found in this turn by uri, and other texts that may be repeated.

    ``allowed_texts`` is what may be repeated in full, such as the company's own configuration; ``customer_texts``
    what the customer wrote, of which only identifiers may be: a link or an amount that they give themselves would
    come back in the company's name. ``max_chars`` and ``max_words`` are what the channel leaves for the message;
    ``secrets`` must not be read out of a reply in any mode, ``competitors`` are names that stand in none. ``language``
    is the customer's, None if it cannot be told.
    """

    retrieved: Mapping[str, Passage]
    allowed_texts: Sequence[str]
    max_chars: int
    mode: ReplyMode = ReplyMode.VERBATIM
    secrets: Sequence[str] = ()
    customer_texts: Sequence[str] = ()
    max_words: int | None = None
    language: str | None = None
    competitors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule the reply breaks: ``name`` is the rule's, ``count`` how often. Never the offending text."""

    name: str
    count: int = 1

    def __str__(self) -> str:
        """The violation as a model is told of it."""
        return self.name if self.count == 1 else f"{self.name} ({self.count} times)"


def violations(
    message: str, citations: Collection[str], evidence: Evidence, statements: Sequence[Statement] = ()
) -> list[Violation]:
    """Every rule that the reply breaks; empty when it may be sent. How long it takes stands in docs/benchmarks.md.

    ``statements`` are the reply's sentences with what each rests on; without any, each rests on all that is cited.
    """
    if evidence.mode is ReplyMode.GROUNDED:
        statements = statements or statements_of(message, citations, evidence)
    found: list[Violation] = []
    cited = [evidence.retrieved[uri] for uri in citations if uri in evidence.retrieved]
    if not message.strip():
        found.append(Violation("empty"))
    if len(message) > evidence.max_chars or _has_too_many_words(message, evidence.max_words):
        found.append(Violation("too_long"))
    if not citations:
        found.append(Violation("no_citation"))
    if foreign := sum(uri not in evidence.retrieved for uri in citations):
        found.append(Violation("foreign_citation", foreign))
    found.extend(_foreign_facts(message, cited, evidence, statements))
    if secrets := discloses(message, evidence.secrets):
        found.append(Violation("secret", secrets))
    if evidence.language is not None and known_language(message) not in (evidence.language, None):
        found.append(Violation(LANGUAGE))
    if any(_names(evidence.competitors).holds(reading) for reading in _visible(message)):
        found.append(Violation("competitor"))
    match evidence.mode:
        case ReplyMode.VERBATIM:
            if own := _own_paragraphs(message, cited):
                found.append(Violation("not_verbatim", own))
        case ReplyMode.GROUNDED if cited:
            known = [text[:MAX_ALLOWED_CHARS] for text in (*evidence.allowed_texts, *evidence.customer_texts)]
            counted = [Counter(breaches(reading, known, evidence.language)) for reading in _readings(statements)]
            most = reduce(or_, counted, Counter[str]())
            if any(violation.name.startswith("foreign_") for violation in found):
                del most["number"]  # told already
            found.extend(Violation(name, count) for name, count in sorted(most.items()))
    return found


def statements_of(message: str, citations: Collection[str], evidence: Evidence) -> tuple[Statement, ...]:
    """The reply's sentences, each resting on all that is cited."""
    cited = [evidence.retrieved[uri].section for uri in dict.fromkeys(citations) if uri in evidence.retrieved]
    supports = tuple(section.content for section in cited)
    heading = ". ".join(section.heading for section in cited)
    return tuple(
        Statement(sentence, supports, heading)
        for line in unmarked(message.splitlines())
        for sentence in sentences(line)
    )


def _has_too_many_words(message: str, most: int | None) -> bool:
    return most is not None and count_words(message) > most


def is_harmless(text: str, evidence: Evidence, *, may_count: bool = False) -> bool:
    """Whether a text that is not sent may be shown to a person: it tells no secret, and no fact that stands nowhere.

    ``may_count`` allows numbers of its own: how many questions are open, how sure a rule was.
    """
    known = tuple(evidence.retrieved.values())
    foreign = {violation.name for violation in _foreign_facts(text, known, evidence)}
    allowed = {f"foreign_{_MAY_BE_HEARD}"} if may_count else set()
    return foreign <= allowed and not discloses(text, evidence.secrets)


def _foreign_facts(
    message: str, cited: Sequence[Passage], evidence: Evidence, statements: Sequence[Statement] = ()
) -> list[Violation]:
    """One violation per kind of fact that stands in none of the texts the reply may rest on.

    Of ``statements`` numbers may be said in another form, and those of list items are none.
    """
    foreign = facts("\n".join(unmarked(message.splitlines())) if statements else message)
    for passage in cited:
        foreign -= _facts_of(passage.section)
    for text in evidence.allowed_texts:
        if not foreign:
            break
        foreign -= facts(text[:MAX_ALLOWED_CHARS])
    for text in evidence.customer_texts:
        if not any(fact.kind == _MAY_BE_HEARD for fact in foreign):
            break
        foreign -= {fact for fact in facts(text[:MAX_ALLOWED_CHARS]) if fact.kind == _MAY_BE_HEARD}
    kinds = [
        fact.kind for fact in foreign if not (fact.kind in _COUNTED and is_licensed(fact.kind, fact.value, statements))
    ]
    return [Violation(f"foreign_{kind}", kinds.count(kind)) for kind in sorted(set(kinds))]


@lru_cache(maxsize=1024)
def _facts_of(section: Section) -> frozenset[Fact]:
    """What a section states. Sections come again in turn after turn, which what customers write does not."""
    return facts(section.title) | facts(section.heading) | facts(section.content)


@lru_cache(maxsize=64)
def _names(competitors: tuple[str, ...]) -> Names:
    return Names(competitors)


def _readings(statements: Sequence[Statement]) -> list[tuple[Statement, ...]]:
    """The statements in both of `_visible`'s readings."""
    texts = zip(*(_visible(statement.text) for statement in statements), strict=True)
    read = (map(_reworded, statements, reading) for reading in texts)
    return list(dict.fromkeys(map(tuple, read)))


def _reworded(statement: Statement, text: str) -> Statement:
    return replace(statement, text=text)


def _visible(text: str) -> tuple[str, str]:
    """``text`` without what a reader does not see, and once more without tags and marks in the middle of a word.

    Both are checked: what stands between ``<`` and ``>`` may be no tag at all.
    """
    plain = normalise(html.unescape(text))
    return plain, _MARK_IN_WORD.sub("", plain)


def _own_paragraphs(message: str, cited: Sequence[Passage]) -> int:
    """How many paragraphs are neither an unbroken run of one cited section's sentences nor an approved phrase.

    Sentences put together anew can say the opposite, so only a blank line may stand between two runs. Phrases alone
    answer nothing, and a section's heading stands right above its sentences or not at all.
    """
    approved = [_run(passage.section.content) for passage in cited]
    headed = {(passage.section.heading, run) for passage, run in zip(cited, approved, strict=True)}
    own = [paragraph.strip() for paragraph in _BLANK_LINE.split(message) if paragraph.strip()]
    said = [
        paragraph
        for paragraph, below in zip_longest(own, own[1:], fillvalue="")
        if paragraph not in APPROVED
        and not (below and any(paragraph == heading and _run(below) in run for heading, run in headed))
    ]
    return sum(not any(_run(each) in run for run in approved) for each in said or own)


def _run(text: str) -> str:
    """The sentences of each line with single spaces, one a line: the smallest pieces that may be copied alone."""
    units = (" ".join(sentence.split()) for line in text.splitlines() for sentence in sentences(line))
    return "".join(("\n", *(f"{unit}\n" for unit in units)))
