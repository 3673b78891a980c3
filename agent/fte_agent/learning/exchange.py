"""What was asked and what a person answered, out of the conversation of an escalation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from fte_agent.domain.learning import HandedOver, Told
from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Reason
from fte_agent.text.courtesy import courtesy_of
from fte_agent.text.rejection import rejects

ALWAYS_A_PERSONS = frozenset(
    {Reason.SAFETY, Reason.LEGAL, Reason.THREAT, Reason.SECURITY, Reason.OPTED_OUT, Reason.IDENTITY}
)
"""A hand-over for one of these stays one, whatever is written in documents."""

RULED = frozenset(
    {
        Reason.REFUND,
        Reason.PRICING,
        Reason.HUMAN,
        Reason.KEYWORD,
        Reason.COMPETITOR,
        Reason.FORBIDDEN_TOPIC,
        Reason.SENTIMENT,
        Reason.LANGUAGE,
    }
)
"""A rule that may hand the same question over again although a section answers it."""


class Unproposed(StrEnum):
    """Why nothing is proposed for an escalation that a person answered; `REASONS` has the words."""

    BY_RULE = "by_rule"
    NO_QUESTION = "no_question"
    NO_WORDS = "no_words"
    ONLY_DONE = "only_done"
    ASKS_BACK = "asks_back"
    ONE_CUSTOMER = "one_customer"
    REJECTED = "rejected"
    KNOWN = "known"


REASONS = MappingProxyType(
    {
        Unproposed.BY_RULE: "such a matter goes to a person whatever is written",
        Unproposed.NO_QUESTION: "no question in words came before the answer",
        Unproposed.NO_WORDS: "the answer holds no words of its own, such as an attachment or a forwarded mail",
        Unproposed.ONLY_DONE: "the answer says only that something was done, or is a courtesy",
        Unproposed.ASKS_BACK: "the answer asks the customer back",
        Unproposed.ONE_CUSTOMER: "the answer speaks of one customer's own case",
        Unproposed.REJECTED: "the customer said that the answer did not help",
        Unproposed.KNOWN: "an approved section names this very question",
    }
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """``question`` is the customer's and ``answer`` the person's, both as written; ``notes`` what to look at in it."""

    question: str
    answer: str
    answered_at: datetime
    notes: tuple[str, ...] = ()


def exchange_of(handed: HandedOver) -> Exchange | Unproposed:
    """The question of an escalation and its last answer, or why there is none to learn from.

    Several messages in a row are one answer. What the customer wrote afterwards tells whether it helped, thanks count
    as nothing.
    """
    if handed.reason in ALWAYS_A_PERSONS:
        return Unproposed.BY_RULE
    answers = [at for at, each in enumerate(handed.told) if _answers(handed, each)]
    if not answers:
        return Unproposed.NO_WORDS
    question = handed.request or "\n".join(_asked(handed.told[: answers[0]]))
    if not question.strip() or courtesy_of([question]):
        return Unproposed.NO_QUESTION
    first = _first_of_last(handed.told, answers)
    after = _follow_up(handed.told[answers[-1] + 1 :])
    if rejects(after):
        return Unproposed.REJECTED
    notes = []
    if first != answers[0]:
        notes.append("the customer and the person wrote to each other several times; only the last answer is here")
    if after:
        notes.append("the customer wrote again afterwards: look whether the answer helped")
    if handed.reason in RULED:
        notes.append(f"it was handed over by the rule {handed.reason!r}, which may hand it over again")
    answer = "\n\n".join(handed.told[at].body for at in answers if at >= first)
    return Exchange(question, answer, handed.told[answers[-1]].at, tuple(notes))


def _answers(handed: HandedOver, told: Told) -> bool:
    """Whether a person wrote it for this hand-over and not for the next."""
    within = handed.opened_at <= told.at and (handed.until is None or told.at < handed.until)
    return told.author is Author.HUMAN and within


def _asked(before: Sequence[Told]) -> list[str]:
    """What the customer wrote since somebody last answered; approved templates answer nothing."""
    asked: list[str] = []
    for told in reversed(before):
        if told.author is Author.CUSTOMER:
            asked.append(told.body)
        elif told.author is not Author.SYSTEM:
            break
    return asked[::-1]


def _first_of_last(told: Sequence[Told], answers: Sequence[int]) -> int:
    """Where the last answer begins: its messages follow each other with nothing but thanks between."""
    first = answers[-1]
    for earlier in reversed(answers[:-1]):
        between = [each.body for each in told[earlier + 1 : first] if each.author is Author.CUSTOMER]
        if between and not all(courtesy_of([body]) for body in between):
            break
        first = earlier
    return first


def _follow_up(after: Sequence[Told]) -> list[str]:
    """What the customer wrote to the answer, but for thanks."""
    found: list[str] = []
    for told in after:
        if told.author is Author.CUSTOMER and not courtesy_of([told.body]):
            found.append(told.body)
        elif told.author is not Author.CUSTOMER:
            break
    return found
