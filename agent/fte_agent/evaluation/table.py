"""An evaluation as a plain text for a terminal."""

from collections.abc import Iterable, Sequence

from fte_agent.evaluation.record import Grade
from fte_agent.evaluation.report import Report, conclusion, interval, percent, remarks, target
from fte_agent.evaluation.score import Score

SHOWN_TICKETS = 20
_HEAD = ("measure", "tickets", "rate", "95% interval", "target", "verdict")
_RIGHT = frozenset({"tickets", "rate", "turns", "p50 ms", "p95 ms"})


def table(report: Report) -> str:
    """Measures, outcomes, counts by kind, latency, and the tickets that ended worst; ends with a newline."""
    run, score = report.run, report.score
    blocks = [
        f"{', '.join(run.suites)}: {score.tickets} tickets, {run.sections} sections, model {run.model}",
        _measures(score),
        _confusion(score),
        *(_groups(score, by) for by in score.groups if score.groups[by]),
        _aligned(
            ("stage", "turns", "p50 ms", "p95 ms"),
            [(each.stage, str(each.turns), f"{each.p50:.1f}", f"{each.p95:.1f}") for each in score.latency],
        ),
        *_worst(report),
        *(("\n".join(remarks(report)),) if remarks(report) else ()),
        conclusion(score),
    ]
    return "\n\n".join(blocks) + "\n"


def _measures(score: Score) -> str:
    rows = [
        (
            measure.name,
            f"{measure.rate.numerator}/{measure.rate.denominator}",
            percent(measure.rate),
            interval(measure.rate),
            target(measure.target),
            str(measure.verdict or "-"),
        )
        for measure in score.measures
    ]
    return _aligned(_HEAD, rows)


def _confusion(score: Score) -> str:
    labelled = list(dict.fromkeys(sorted(pair[0] for pair in score.confusion)))
    actual = list(dict.fromkeys(sorted(pair[1] for pair in score.confusion)))
    rows = [(str(row), *(str(score.confusion.get((row, column), 0) or ".") for column in actual)) for row in labelled]
    return _aligned(("labelled / ended as", *map(str, actual)), rows, numbers=True)


def _groups(score: Score, by: str) -> str:
    rows = [
        (group.name, *map(str, (group.tickets, group.as_labelled, group.answered, group.correct, group.escalated)))
        for group in score.groups[by]
    ]
    return _aligned((by, "tickets", "as labelled", "answered", "correct", "escalated"), rows, numbers=True)


def _worst(report: Report) -> Iterable[str]:
    for grade, title in (
        (Grade.MUST_NOT_ANSWER, "Answered, but for a person"),
        (Grade.WRONG_ANSWER, "Answered from another section, or not to be answered"),
    ):
        found = [record.ticket.id for record in report.records if record.grade is grade]
        if found:
            more = f" and {len(found) - SHOWN_TICKETS} more" if len(found) > SHOWN_TICKETS else ""
            yield f"{title}: {', '.join(found[:SHOWN_TICKETS])}{more}"


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = False) -> str:
    """Columns as wide as their widest cell; with ``numbers`` all but the first stand on the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    right = [at > 0 and (numbers or name in _RIGHT) for at, name in enumerate(head)]
    lines = []
    for row in (head, ["-" * width for width in widths], *rows):
        cells = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
