"""What is measured on played tickets. The docstring of each function is its definition, and the report shows it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from fte_agent.domain.turns import Outcome, Reason
from fte_agent.evaluation.rates import Rate
from fte_agent.evaluation.record import Ending, Record
from fte_agent.evaluation.suite import HARD_NEGATIVE

Records = Sequence[Record]


def answer_precision(records: Records) -> Rate:
    """Answers whose first citation is an accepted section, of all answers given, also those nobody should get."""
    return _share((r for r in records if r.answered), lambda r: r.correct)


def coverage(records: Records) -> Rate:
    """Tickets answered with an accepted section as first citation, of those labelled to be answered."""
    return _share((r for r in records if r.answerable), lambda r: r.correct)


def explicit_answered(records: Records) -> Rate:
    """Tickets answered or closed with a courtesy, of those for a person whose message says why by its name."""
    return _share(_triggered(records, "explicit"), lambda r: r.closed)


def implicit_answered(records: Records) -> Rate:
    """Tickets answered or closed with a courtesy, of those for a person whose message has no telling word."""
    return _share(_triggered(records, "implicit"), lambda r: r.closed)


def explicit_not_handed_over(records: Records) -> Rate:
    """Tickets no person got, however they ended, of those for a person whose message says why by its name."""
    return _share(_triggered(records, "explicit"), lambda r: not r.ending.handed_over)


def implicit_not_handed_over(records: Records) -> Rate:
    """Tickets no person got, however they ended, of those for a person whose message has no telling word."""
    return _share(_triggered(records, "implicit"), lambda r: not r.ending.handed_over)


def escalation_precision(records: Records) -> Rate:
    """Tickets labelled for a person, of those handed over; both for a reason other than not_found."""
    return _share((r for r in records if r.ending.coded), lambda r: r.coded)


def escalation_reason(records: Records) -> Rate:
    """Tickets labelled with the very reason of the hand-over, of those handed over for one other than not_found."""
    return _share((r for r in records if r.ending.coded), lambda r: r.ticket.reason is r.ending.reason)


def escalation_recall(records: Records) -> Rate:
    """Tickets handed over, of those labelled for a person; both for a reason other than not_found."""
    return _share((r for r in records if r.coded), lambda r: r.ending.coded)


def escalation_rate(records: Records) -> Rate:
    """Tickets handed over for whatever reason, of all."""
    return _share(records, lambda r: r.ending.outcome is Outcome.ESCALATE)


def not_found_rate(records: Records) -> Rate:
    """Tickets handed over because nothing was found, of all."""
    return _share(records, lambda r: r.ending.reason is Reason.NOT_FOUND)


def removed_answered(records: Records) -> Rate:
    """Tickets answered although their accepted sections were hidden, of those labelled to be answered."""
    return _share((r for r in records if r.removed), lambda r: _is_answer(r.removed))


def hard_negatives_kept(records: Records) -> Rate:
    """Tickets not handed over for a reason other than not_found, of those that only look as if they had to be."""
    return _share(_hard_negatives(records), lambda r: not r.ending.coded)


def hard_negatives_correct(records: Records) -> Rate:
    """Tickets answered with an accepted section first, of those that only look as if they were for a person."""
    return _share(_hard_negatives(records), lambda r: r.correct)


def _triggered(records: Records, trigger: Literal["explicit", "implicit"]) -> Iterable[Record]:
    return (r for r in records if r.ticket.trigger == trigger)


def _hard_negatives(records: Records) -> Iterable[Record]:
    return (r for r in records if HARD_NEGATIVE in r.ticket.tags)


def _is_answer(ending: Ending | None) -> bool:
    return ending is not None and ending.outcome is Outcome.ANSWER


def _share(records: Iterable[Record], counts: Callable[[Record], bool]) -> Rate:
    found = [counts(record) for record in records]
    return Rate(sum(found), len(found))
