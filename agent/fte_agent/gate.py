"""The gate: what every reply of a model must hold to, checked on values alone.

By construction: citations, length and, in Verbatim mode, every sentence. In Grounded mode the facts that
can do harm are checked; what a sentence means is not, and nobody should say it is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fte_agent.domain.knowledge import Passage
from fte_agent.facts import facts
from fte_agent.markdown import sentences


class ReplyMode(StrEnum):
    """Whose words a reply may hold: only approved ones, or the model's own resting on cited sections."""

    VERBATIM = "Verbatim"
    GROUNDED = "Grounded"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a reply may rest on: passages found in this turn by uri, and other texts that may be repeated.

    ``spoken`` is the conversation and the company's own configuration; ``max_chars`` what the channel
    leaves for the message.
    """

    retrieved: Mapping[str, Passage]
    spoken: Sequence[str]
    max_chars: int
    mode: ReplyMode = ReplyMode.VERBATIM


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule the reply breaks: ``name`` is the rule's, ``count`` how often. Never the offending text."""

    name: str
    count: int = 1

    def __str__(self) -> str:
        """The violation as a model is told of it."""
        return self.name if self.count == 1 else f"{self.name} ({self.count} times)"


def violations(message: str, citations: Collection[str], evidence: Evidence) -> list[Violation]:
    """Every rule that the reply breaks; empty when it may be sent. Takes less than 1 ms for a usual reply."""
    found: list[Violation] = []
    cited = [evidence.retrieved[uri] for uri in citations if uri in evidence.retrieved]
    if not message.strip():
        found.append(Violation("empty"))
    if len(message) > evidence.max_chars:
        found.append(Violation("too_long"))
    if not citations:
        found.append(Violation("no_citation"))
    if foreign := sum(uri not in evidence.retrieved for uri in citations):
        found.append(Violation("foreign_citation", foreign))
    found.extend(_foreign_facts(message, cited, evidence.spoken))
    if evidence.mode is ReplyMode.VERBATIM and (own := len(_units(message) - _approved(cited))):
        found.append(Violation("not_verbatim", own))
    return found


def _foreign_facts(message: str, cited: Sequence[Passage], spoken: Sequence[str]) -> list[Violation]:
    """One violation per kind of fact that stands in none of the texts the reply may rest on."""
    claimed = facts(message)
    if not claimed:
        return []
    sections = (text for p in cited for text in (p.section.title, p.section.heading, p.section.content))
    known = frozenset().union(*(facts(text) for text in (*sections, *spoken)))
    foreign = [fact.kind for fact in claimed - known]
    return [Violation(f"foreign_{kind}", foreign.count(kind)) for kind in sorted(set(foreign))]


def _approved(cited: Sequence[Passage]) -> frozenset[str]:
    return frozenset().union(*(_units(passage.section.content) for passage in cited))


def _units(text: str) -> frozenset[str]:
    """The sentences of each line with single spaces: the smallest piece that may be copied alone."""
    return frozenset(" ".join(sentence.split()) for line in text.splitlines() for sentence in sentences(line))
