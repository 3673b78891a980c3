"""Proposals out of what people answered: one for each kind of question, with its newest answer."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fte_agent.domain.learning import HandedOver
from fte_agent.gate.facts import normalise
from fte_agent.gate.quantities import quantities
from fte_agent.knowledge.gaps import clustered, normal
from fte_agent.learning.answers import Answer, answer_of, question_of
from fte_agent.learning.doubts import Vocabulary, doubts
from fte_agent.learning.exchange import Unproposed, exchange_of
from fte_agent.learning.personal import People, masked
from fte_agent.ports import Embedder
from fte_agent.text.cleaning import line
from fte_agent.text.language import guess_language
from fte_agent.text.markdown import plain, sentences

MOST_ASKED = 20
"""Questions of a section, those first that were asked first."""

_MAX_HEADING = 100
_MAX_SUBJECT = 200
_MAX_QUESTION = 2000
_MAX_NAME = 48
_ID_CHARS = 8
_YES_OR_NO = re.compile(r"^(?:(yes|ja|oui|sí|sim|sì)|(no|nein|non|nee|não))\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """One asking: ``text`` as a suite plays it; personal data is masked in both."""

    channel: str
    subject: str
    text: str

    @property
    def line(self) -> str:
        """On one line, as a section's questions are written."""
        return _uncommented(self.text)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A section and tickets that nobody has approved.

    ``name`` is that of its files. ``escalations`` are those it was made of, the oldest first; the answer is the last's.
    ``reviews`` are reasons for which it must not be taken as it stands.
    """

    name: str
    heading: str
    answer: str
    asked: tuple[Asked, ...]
    language: str
    escalations: tuple[UUID, ...]
    conversations: frozenset[UUID]
    answered_at: datetime
    reviews: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An escalation for which nothing is proposed, and why."""

    escalation: UUID
    conversation: UUID
    answered_at: datetime
    reason: Unproposed


@dataclass(frozen=True, slots=True)
class _Learned:
    """One escalation that a proposal can be made of."""

    handed: HandedOver
    asked: Asked
    answer: Answer
    answered_at: datetime
    notes: tuple[str, ...]


async def proposals_of(
    handed: Sequence[HandedOver], vocabulary: Vocabulary, known: Collection[str], embedder: Embedder
) -> tuple[list[Proposal], list[LeftOut]]:
    """Proposals, and what none was made of; both by the age of their oldest escalation.

    ``known`` are the questions that approved sections name, as `normal` has them: what is asked there is known.
    """
    learned: list[_Learned] = []
    left: list[LeftOut] = []
    for each in sorted(handed, key=lambda each: (each.opened_at, each.id)):
        match _learn(each, vocabulary, known):
            case Unproposed() as reason:
                left.append(LeftOut(each.id, each.conversation_id, _last(each), reason))
            case found:
                learned.append(found)
    groups = await clustered([each.asked.text for each in learned], embedder)
    return [_proposal([learned[at] for at in group], vocabulary) for group in groups], left


def _learn(handed: HandedOver, vocabulary: Vocabulary, known: Collection[str]) -> _Learned | Unproposed:
    exchange = exchange_of(handed)
    if isinstance(exchange, Unproposed):
        return exchange
    people = People(handed.people, handed.addresses, vocabulary.words)
    answer = answer_of(exchange.answer, people)
    if isinstance(answer, Unproposed):
        return answer
    question = question_of(exchange.question, people)[:_MAX_QUESTION]
    if not normal(question):
        return Unproposed.NO_QUESTION
    if normal(question) in known:
        return Unproposed.KNOWN
    asked = Asked(handed.channel, masked(line(handed.subject), people)[:_MAX_SUBJECT], question)
    return _Learned(handed, asked, answer, exchange.answered_at, exchange.notes)


def _last(handed: HandedOver) -> datetime:
    return max((told.at for told in handed.told), default=handed.opened_at)


def _proposal(group: Sequence[_Learned], vocabulary: Vocabulary) -> Proposal:
    first, newest = group[0], max(group, key=lambda each: each.answered_at)
    asked = _once(group)
    reviews = [*newest.answer.notes, *(note for each in group for note in each.notes), *_contradictions(group, newest)]
    reviews += [f"answer: {doubt}" for doubt in doubts(newest.answer.text, vocabulary)]
    for each in asked:
        reviews += [f"question: {doubt}" for doubt in doubts(f"{each.subject}\n{each.text}", vocabulary)]
    heading = _heading(first.asked.text)
    return Proposal(
        name=f"{_slug(heading)}-{first.handed.id.hex[:_ID_CHARS]}",
        heading=heading,
        answer=newest.answer.text,
        asked=asked,
        language=guess_language(f"{first.asked.text}\n{newest.answer.text}"),
        escalations=tuple(each.handed.id for each in group),
        conversations=frozenset(each.handed.conversation_id for each in group),
        answered_at=newest.answered_at,
        reviews=tuple(dict.fromkeys(reviews)),
    )


def _once(group: Sequence[_Learned]) -> tuple[Asked, ...]:
    """Every question, as it was first asked."""
    found: dict[str, Asked] = {}
    for each in group:
        found.setdefault(normal(each.asked.text), each.asked)
    return tuple(found.values())[:MOST_ASKED]


def _contradictions(group: Sequence[_Learned], newest: _Learned) -> list[str]:
    """Older answers that tell other numbers, or say no where the newest says yes."""
    found = []
    for each in group:
        ours, theirs = _numbers(newest.answer.text), _numbers(each.answer.text)
        if ours and theirs and ours != theirs:
            found.append(f"contradiction: the answer to {each.handed.id} gives other numbers")
        elif {_yes_or_no(newest.answer.text), _yes_or_no(each.answer.text)} == {"yes", "no"}:
            found.append(f"contradiction: the answer to {each.handed.id} says the opposite")
    return found


def _numbers(text: str) -> frozenset[tuple[float, str]]:
    read = normalise(plain(text)).casefold()
    return frozenset((each.value, each.unit if each.measured else "") for each in quantities(read))


def _yes_or_no(text: str) -> str:
    found = _YES_OR_NO.match(text)
    return "" if found is None else "yes" if found[1] else "no"


def _heading(question: str) -> str:
    """The first sentence that asks, else the first."""
    said = [each for line in question.splitlines() for each in sentences(line)]
    chosen = next((each for each in said if each.endswith("?")), said[0] if said else question)
    told = _uncommented(plain(chosen)).strip("#> ") or "A question"
    return told if len(told) <= _MAX_HEADING else told[:_MAX_HEADING].rsplit(" ", 1)[0] + "…"


def _uncommented(text: str) -> str:
    """On one line, and no comment begins or ends in it: a space takes the place, so what stood around makes none."""
    return " ".join(re.sub("<!--|-->", " ", text).split())


def _slug(heading: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().casefold()
    words = re.findall(r"[a-z0-9]+", ascii_only)
    name = ""
    for word in words:
        if len(name) + len(word) + 1 > _MAX_NAME:
            break
        name = f"{name}-{word}" if name else word
    return name or "question"
