"""Policy: what the rules say about a message before any model is asked."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fte_agent.channels import TRAITS
from fte_agent.domain.messages import Author, Preference, StoredMessage
from fte_agent.domain.turns import Escalation, Reason, Trigger, TurnContext
from fte_agent.inbound.preferences import preference_of
from fte_agent.text.courtesy import Social, courtesy_of, is_bare
from fte_agent.text.language import guess_language
from fte_agent.text.markdown import sentences
from fte_agent.text.questions import stands_alone
from fte_agent.turn.rejections import MOST, Rejected, new_words, rejected

CERTAIN = 1.0
"""Score of a verdict by a listed word."""

_INVISIBLE = ("Cf", "Cc", "Cs")
_WORD = re.compile(r"\w+")
_MAX_FOLLOW_UP_WORDS = 8
_MAX_PREVIOUS_CHARS = 300
_MAX_ASKED = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a message must go to a person; ``score`` is 1 for a word of the lexicon, else a similarity.

    The reason `Reason.GATE` says that the message is too long to be judged.
    """

    reason: Reason
    trigger: Trigger
    score: float


class EscalationClassifier(Protocol):
    """Judges a customer's message."""

    async def classify(self, text: str) -> Verdict | None:
        """Why ``text`` must go to a person, or None."""

    async def sentiment(self, text: str) -> int:
        """How ``text`` sounds, from -2 (a person sees it) to 2."""


def must_escalate(verdict: Verdict | None, *, bare: bool = False) -> Escalation | None:
    """The hand-over that a verdict demands. It beats whatever else the message holds.

    Only where the message is nothing but courtesy, a code or a word on an earlier contact (``bare``) must the verdict
    be certain: to a similarity, a bare "Hi" looks like a call for somebody.
    """
    if verdict is None or (bare and verdict.score < CERTAIN):
        return None
    summary = f"The escalation rules found '{verdict.reason}' in the customer's message (score {verdict.score:.2f})."
    if verdict.reason is Reason.GATE:
        summary = "The customer's message is too long to be judged sentence by sentence."
    return Escalation(verdict.reason, verdict.trigger, summary)


LOWEST = -2
"""The sentiment of a message that a person sees whatever it is about."""


def too_low(sentiments: Sequence[int]) -> Escalation | None:
    """The hand-over of a burst that holds a message of the lowest sentiment."""
    summary = "The customer's message sounds as low as can be."
    return Escalation(Reason.SENTIMENT, Trigger.RULE, summary) if min(sentiments, default=0) <= LOWEST else None


def rejected_twice(found: Rejected) -> Escalation | None:
    """The hand-over of a question to which the customer rejected as many answers as are given."""
    summary = f"The customer rejected {len(found.answers)} answers to this question."
    return Escalation(Reason.REJECTED, Trigger.CUSTOMER, summary) if len(found.answers) >= MOST else None


def customer_words(context: TurnContext) -> str:
    """What the customer says in this turn: subject and burst, without invisible characters."""
    texts = (context.subject, *(message.body for message in context.burst))
    return "\n".join(filter(None, map(_visible, texts)))


def customer_language(context: TurnContext) -> str:
    """The language the customer writes in: of this turn's words, or where it has none, of those before."""
    said = customer_words(context)
    if not _WORD.search(said):
        said = "\n".join(m.body for m in context.history if m.author is Author.CUSTOMER)
    return guess_language(said)


def attached(context: TurnContext) -> tuple[str, ...]:
    """The kinds of what came with this burst and is not text, each once."""
    return tuple(dict.fromkeys(kind for message in context.burst for kind in message.attachments))


def opts_in(context: TurnContext) -> bool:
    """Whether the whole burst says that the customer may be written to again."""
    return all(preference_of(message.body) is Preference.START for message in context.burst)


def first_query(context: TurnContext, limit: int) -> str:
    """What is searched first, in at most ``limit`` characters: subject, whole burst, and after a short follow-up
    the question it follows, unless it asks something of its own. Of a longer text its questions come first.

    Where the burst rejects an answer, that is what is new in the burst, and the question asked first unless the burst
    asks one of its own."""
    words = customer_words(context)
    if (found := rejected(context)).answers:
        question = _visible(found.question)[:_MAX_PREVIOUS_CHARS]
        words = "\n".join(filter(None, map(_visible, (context.subject, question, new_words(context)))))
        return words[:limit]
    said_now = "\n".join(_visible(message.body) for message in context.burst)
    if len(_WORD.findall(said_now)) <= _MAX_FOLLOW_UP_WORDS and not stands_alone(said_now):
        words = "\n".join(filter(None, (words, previous_question(context)[:_MAX_PREVIOUS_CHARS])))
    if len(words) > limit:
        asked = [sentence for line in words.splitlines() for sentence in sentences(line) if sentence.endswith("?")]
        words = "\n".join((*asked[-_MAX_ASKED:], words))
    return words[:limit]


def previous_question(context: TurnContext) -> str:
    """What the customer wrote last before this burst, if anything but a courtesy, else nothing."""
    said = (m.body for m in reversed(context.history) if m.author is Author.CUSTOMER)
    return next((_visible(body) for body in said if body.strip() and courtesy_of([body]) is None), "")


def may_ask_again(context: TurnContext) -> bool:
    """Whether a first miss is asked back rather than handed over: on chat, where a question costs a moment."""
    return TRAITS[context.channel].may_ask_again


def last_reply(context: TurnContext) -> StoredMessage | None:
    """The last message of the history that is not the customer's."""
    return next((m for m in reversed(context.history) if m.author is not Author.CUSTOMER), None)


def is_empty(context: TurnContext) -> bool:
    """Whether there is nothing to read; a subject counts only where it is not that of an answered message."""
    return not any(_visible(text) for text in said_now(context))


def social(context: TurnContext) -> Social | None:
    """What kind of courtesy the whole burst is, or None as soon as it holds one other word."""
    return courtesy_of(said_now(context))


def is_bare_courtesy(context: TurnContext) -> bool:
    """Whether the burst holds no word but those of courtesy."""
    return is_bare(said_now(context))


def said_now(context: TurnContext) -> tuple[str, ...]:
    """The texts of this turn: the burst, and the subject where it is not that of an answered message."""
    bodies = tuple(message.body for message in context.burst)
    return bodies if context.history else (context.subject, *bodies)


def _visible(text: str) -> str:
    return "".join(char for char in text if unicodedata.category(char) not in _INVISIBLE or char in "\n\t").strip()
