"""What an evaluation reports: its facts and its numbers in words, JSON and Markdown."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from fte_agent.evaluation import repeats, spending
from fte_agent.evaluation.rates import Rate, Target, Verdict
from fte_agent.evaluation.record import Ending, Record
from fte_agent.evaluation.repeats import passes
from fte_agent.evaluation.score import Measure, Score
from fte_agent.evaluation.spending import Spending

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Run:
    """What was played on what: suites by name, the knowledge, and who answered, when.

    ``revision`` is that of a behaviour document, where one says who answers.
    """

    suites: tuple[str, ...]
    company: str
    snapshot: str
    sections: int
    model: str
    embedder: str
    finished: datetime
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A run with its records and their score; what it cost, where a model was asked that may cost something."""

    run: Run
    records: Sequence[Record]
    score: Score
    spending: Spending | None = None

    @property
    def passes(self) -> tuple[float, ...]:
        """`passes` of the records, where tickets were played several times."""
        return passes(self.records) if len(self.records[0].plays) > 1 else ()


def remarks(report: Report) -> list[str]:
    """What several plays and a model that costs something add, in sentences."""
    steady = [repeats.in_words(report.passes)] if report.passes else []
    return steady + (spending.in_words(report.spending) if report.spending else [])


def percent(rate: Rate) -> str:
    """The rate in percent, or a dash of nothing."""
    return "-" if rate.value is None else f"{rate.value:.1%}"


def interval(rate: Rate) -> str:
    """The confidence interval in percent, or a dash of nothing."""
    return "-" if rate.interval is None else "{:.1%} to {:.1%}".format(*rate.interval)


def target(bound: Target | None) -> str:
    """What the rate should be, or a dash."""
    if bound is None:
        return "-"
    return f"at least {bound.bound:.0%}" if bound.at_least else f"at most {bound.bound:.0%}"


def conclusion(score: Score) -> str:
    """The verdicts in one sentence. They are of measured rates; the intervals tell how sure these are."""
    if score.missed:
        return f"Missed: {', '.join(measure.name for measure in score.missed)}."
    unshown = [measure.name for measure in score.measures if measure.verdict is Verdict.NOT_SHOWN]
    if unshown:
        return f"No measured rate misses its target; too few tickets to show: {', '.join(unshown)}."
    return "Every measured rate keeps its target; intervals tell how sure that is."


def as_dict(report: Report) -> Json:
    """Everything, as values that JSON can hold."""
    run, score = report.run, report.score
    return {
        "suites": list(run.suites),
        "company": run.company,
        "snapshot": run.snapshot,
        "sections": run.sections,
        "model": run.model,
        "embedder": run.embedder,
        "finished": run.finished.isoformat(),
        "revision": run.revision,
        "pass_hat": list(report.passes),
        "spending": asdict(report.spending) if report.spending else None,
        "conclusion": conclusion(score),
        "measures": [_measure(measure) for measure in score.measures],
        "confusion": [
            {"labelled": labelled, "actual": actual, "tickets": count}
            for (labelled, actual), count in sorted(score.confusion.items())
        ],
        "groups": {by: list(map(asdict, groups)) for by, groups in score.groups.items()},
        "latency_ms": list(map(asdict, score.latency)),
        "tickets": [_ticket(record) for record in report.records],
    }


def markdown(report: Report) -> str:
    """A block for a document. It holds no time or latency: the same code and tickets give the same block."""
    run, score = report.run, report.score
    rows = [
        f"| {measure.name} | {measure.rate.numerator}/{measure.rate.denominator} | {percent(measure.rate)} "
        f"| {interval(measure.rate)} | {target(measure.target)} | {measure.verdict or '-'} |"
        for measure in score.measures
    ]
    names = ", ".join(_in_markdown(name) for name in run.suites)
    return "\n".join(
        (
            f"{score.tickets} tickets of {names}; {run.sections} sections; model `{run.model}`. {conclusion(score)}",
            "",
            "| Measure | Tickets | Rate | 95% interval | Target | Verdict |",
            "| --- | ---: | ---: | --- | --- | --- |",
            *rows,
            *(("", " ".join(remarks(report))) if remarks(report) else ()),
        )
    )


def _in_markdown(text: str) -> str:
    """``text`` on one line, with nothing that Markdown or HTML would read as a sign."""
    return "".join(f"\\{char}" if char in r"\`*_[]<>|#&" else char for char in " ".join(text.split()))


def _measure(measure: Measure) -> Json:
    low, high = measure.rate.interval or (None, None)
    return {
        "name": measure.name,
        "definition": measure.definition,
        "numerator": measure.rate.numerator,
        "denominator": measure.rate.denominator,
        "rate": measure.rate.value,
        "low": low,
        "high": high,
        "target": asdict(measure.target) if measure.target else None,
        "verdict": measure.verdict,
    }


def _ticket(record: Record) -> Json:
    return {
        **record.ticket.model_dump(mode="json"),
        "grade": record.grade.name.lower(),
        "ending": _ending(record.ending),
        "without_accepted_sections": _ending(record.removed) if record.removed else None,
        **({"plays": list(map(_ending, record.plays))} if len(record.plays) > 1 else {}),
    }


def _ending(ending: Ending) -> Json:
    return {**asdict(ending), "tokens": ending.tokens}
