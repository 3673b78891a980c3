"""What the customer says of the employee's last answers: each gets one other try, then a person has it."""

from dataclasses import dataclass

from fte_agent.domain.messages import Author, StoredMessage
from fte_agent.domain.turns import TurnContext
from fte_agent.text.rejection import asks_anew, rejects, without_rejection

MOST = 2
"""Answers to one question that a customer rejects; then a person has it."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Answers that this burst and those before it rejected in a row, and the ``question`` they were given to.

    Where a rejecting burst asks something of its own, that is a question anew: from there on back nothing is looked
    for again, and nothing is kept from being found, though the answers count. ``sections`` are the uris that are.
    """

    answers: tuple[StoredMessage, ...] = ()
    question: str = ""
    sections: frozenset[str] = frozenset()


def rejected(context: TurnContext) -> Rejected:
    """What the burst rejects; nothing where the last reply is no answer of the employee's, or stands."""
    rest, said = list(context.history), [message.body for message in context.burst]
    answers: list[StoredMessage] = []
    question, sections, anew = "", frozenset[str](), False
    while rest and _is_by(rest[-1], Author.AI) and rejects(said):
        anew = anew or asks_anew(said)
        answers.append(rest.pop())
        while rest and not _is_by(rest[-1], Author.CUSTOMER):
            rest.pop()
        said = []
        while rest and _is_by(rest[-1], Author.CUSTOMER):
            said.insert(0, rest.pop().body)
        if not anew:
            question, sections = "\n".join(said), sections.union(answers[-1].citations)
    return Rejected(tuple(answers), question, sections)


def new_words(context: TurnContext) -> str:
    """What a rejecting burst says besides, for a search with the question."""
    return "\n".join(filter(None, (without_rejection(message.body) for message in context.burst)))


def _is_by(message: StoredMessage, author: Author) -> bool:
    return message.author is author
