"""What playing a ticket came to, as values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from fte_agent.domain.turns import Outcome, Reason, Usage
from fte_agent.evaluation.suite import SuiteTicket

_NOTHING = Usage(0, 0)


class Grade(IntEnum):
    """How a turn compares with its ticket's label, worst first."""

    MUST_NOT_ANSWER = 0
    WRONG_ANSWER = 1
    OTHER = 2
    AS_LABELLED = 3


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of one turn and of its stages; None where a stage did not run.

    ``search`` sums all searches. ``model`` includes those that the model itself asked for.
    """

    total: float
    classify: float | None = None
    search: float | None = None
    model: float | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How one turn ended. ``citations`` are uris, the first one the reply's main source.

    ``tools`` are the names in the turn's ledger.
    """

    outcome: Outcome
    reason: Reason | None = None
    citations: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    text: str = ""
    usage: Usage = _NOTHING
    latency: Latency = Latency(0.0)

    @property
    def tokens(self) -> int | None:
        """What went in and out, or None where the model does not say."""
        return self.usage.total

    @property
    def asked_model(self) -> bool:
        """Whether a model was asked that costs something, or may have."""
        return self.tokens != 0

    @property
    def handed_over(self) -> bool:
        """Whether a person has it: it was handed over now, or had been before and the reply only said so."""
        return self.outcome in (Outcome.ESCALATE, Outcome.ACKNOWLEDGE_CAP)

    @property
    def coded(self) -> bool:
        """Whether a person got it for a reason that the turn saw in it, not because nothing was found."""
        return self.outcome is Outcome.ESCALATE and self.reason is not Reason.NOT_FOUND


@dataclass(frozen=True, slots=True)
class Played:
    """One play of a ticket: how its turn ended, and the same turn without the sections that answer it, if played."""

    ending: Ending
    removed: Ending | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A ticket with the uris that answer it and how its turn ended: of several plays the worst.

    ``removed`` is how the same turn ends when these uris are hidden; None if that was not played. ``plays`` are the
    endings of all plays, in order.
    """

    ticket: SuiteTicket
    accepted: frozenset[str]
    ending: Ending
    removed: Ending | None = None
    plays: tuple[Ending, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether the customer got an answer, right or wrong."""
        return self.ending.outcome is Outcome.ANSWER

    @property
    def closed(self) -> bool:
        """Whether the customer got an answer or a closing courtesy, so that no person is to come."""
        return self.answered or self.ending.outcome is Outcome.SOCIAL

    @property
    def correct(self) -> bool:
        """Whether the customer got an answer whose first citation is an accepted section."""
        return self.answered and self.ending.citations[:1] != () and self.ending.citations[0] in self.accepted

    @property
    def answerable(self) -> bool:
        """Whether the ticket should be answered."""
        return self.ticket.outcome is Outcome.ANSWER

    @property
    def coded(self) -> bool:
        """Whether the ticket is labelled for a person for a reason in itself, not for want of a section."""
        return self.ticket.outcome is Outcome.ESCALATE and self.ticket.reason is not Reason.NOT_FOUND

    @property
    def grade(self) -> Grade:
        """How the ending compares with the label; an escalation must also give the labelled reason.

        On a ticket labelled for a person, a closing courtesy is as bad as an answer.
        """
        answered = self.closed if self.ticket.outcome is Outcome.ESCALATE else self.answered
        if answered and self.coded:
            return Grade.MUST_NOT_ANSWER
        if answered and not self.correct:
            return Grade.WRONG_ANSWER
        same = (self.ending.outcome, self.ending.reason) == (self.ticket.outcome, self.ticket.reason)
        return Grade.AS_LABELLED if same else Grade.OTHER

    @classmethod
    def of(cls, ticket: SuiteTicket, accepted: frozenset[str], plays: Sequence[Played]) -> "Record":
        """The record of a ticket that was played once or more often."""
        endings = tuple(play.ending for play in plays)
        worst = min((cls(ticket, accepted, ending) for ending in endings), key=lambda record: record.grade)
        removed = next((play.removed for play in plays if play.removed is not None), None)
        return replace(worst, removed=removed, plays=endings)

    def each(self) -> list["Record"]:
        """Every play as a record of its own."""
        return [replace(self, ending=ending, plays=(ending,)) for ending in self.plays]
