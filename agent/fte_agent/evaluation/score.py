"""Scores played tickets: the measures with their targets, who ended where, counts by kind, and latency."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from math import ceil

from fte_agent.domain.turns import Outcome
from fte_agent.evaluation import measures
from fte_agent.evaluation.rates import Rate, Target, Verdict, at_least, at_most
from fte_agent.evaluation.record import Grade, Record

STAGES = ("total", "classify", "search", "model")


@dataclass(frozen=True, slots=True)
class Measure:
    """One rate, what it means, and what it should be, if anything was promised."""

    name: str
    definition: str
    rate: Rate
    target: Target | None = None

    @property
    def verdict(self) -> Verdict | None:
        """What the rate says about the target; None without one."""
        return self.target.verdict(self.rate) if self.target else None


@dataclass(frozen=True, slots=True)
class Group:
    """Counts of the tickets of one kind. ``as_labelled`` is right in outcome, reason and first citation."""

    name: str
    tickets: int
    as_labelled: int
    answered: int
    correct: int
    escalated: int


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds of a stage over the ``turns`` in which it ran, by nearest rank."""

    stage: str
    turns: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Score:
    """Everything computed of the played tickets. ``confusion`` counts (labelled, actual) outcomes."""

    tickets: int
    measures: tuple[Measure, ...]
    confusion: Mapping[tuple[Outcome, Outcome], int]
    groups: Mapping[str, tuple[Group, ...]]
    latency: tuple[Percentiles, ...]

    @property
    def missed(self) -> tuple[Measure, ...]:
        """The measures that fail their target."""
        return tuple(measure for measure in self.measures if measure.verdict is Verdict.MISSED)


def score(records: Sequence[Record]) -> Score:
    """Score the records. `measures` says what each rate means."""
    return Score(
        tickets=len(records),
        measures=tuple(
            Measure(name, cleandoc(rate.__doc__ or ""), rate(records), target) for name, rate, target in _MEASURES
        ),
        confusion=Counter((record.ticket.outcome, record.ending.outcome) for record in records),
        groups={by: tuple(_groups(records, keys)) for by, keys in _KINDS.items()},
        latency=tuple(found for stage in STAGES if (found := _percentiles(records, stage))),
    )


_MEASURES: tuple[tuple[str, Callable[[Sequence[Record]], Rate], Target | None], ...] = (
    ("Answer precision", measures.answer_precision, at_least(0.85)),
    ("Coverage", measures.coverage, at_least(0.50)),
    ("Explicit escalations answered", measures.explicit_answered, at_most(0.0)),
    ("Implicit escalations answered", measures.implicit_answered, at_most(0.10)),
    ("Escalation precision", measures.escalation_precision, at_least(0.70)),
    ("Answered without its sections", measures.removed_answered, at_most(0.25)),
    ("Explicit escalations not handed over", measures.explicit_not_handed_over, None),
    ("Implicit escalations not handed over", measures.implicit_not_handed_over, None),
    ("Escalation with the same reason", measures.escalation_reason, None),
    ("Escalation recall", measures.escalation_recall, None),
    ("Escalation rate", measures.escalation_rate, None),
    ("Not-found rate", measures.not_found_rate, None),
    ("Hard negatives not escalated", measures.hard_negatives_kept, None),
    ("Hard negatives answered rightly", measures.hard_negatives_correct, None),
)

_KINDS: Mapping[str, Callable[[Record], Iterable[str]]] = {
    "reason": lambda record: (record.ticket.reason,) if record.ticket.reason else (),
    "channel": lambda record: (record.ticket.channel,),
    "tag": lambda record: record.ticket.tags,
    "language": lambda record: (record.ticket.language,),
}


def _groups(records: Sequence[Record], keys: Callable[[Record], Iterable[str]]) -> Iterable[Group]:
    for name in sorted({str(key) for record in records for key in keys(record)}):
        members = [record for record in records if name in keys(record)]
        yield Group(
            name=name,
            tickets=len(members),
            as_labelled=sum(record.grade is Grade.AS_LABELLED for record in members),
            answered=sum(record.answered for record in members),
            correct=sum(record.correct for record in members),
            escalated=sum(record.ending.outcome is Outcome.ESCALATE for record in members),
        )


def _percentiles(records: Sequence[Record], stage: str) -> Percentiles | None:
    times = (getattr(record.ending.latency, stage) for record in records)
    spent: list[float] = sorted(ms for ms in times if ms is not None)
    if not spent:
        return None
    p50, p95 = (spent[ceil(share * len(spent)) - 1] for share in (0.50, 0.95))
    return Percentiles(stage, len(spent), p50, p95)
