"""An evaluation as one HTML page that needs nothing else: no script, no font, no image from elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from types import MappingProxyType

from fte_agent.domain.turns import Outcome
from fte_agent.evaluation.page_style import CSS
from fte_agent.evaluation.page_tickets import tickets
from fte_agent.evaluation.rates import Verdict
from fte_agent.evaluation.report import Report, conclusion, interval, percent, remarks, target
from fte_agent.evaluation.score import Group, Measure, Score

_SCALE = 200
"""Width of the drawn axis from 0 to 100 %, in units of the drawing."""

_INTERVAL = "95% interval (Wilson)"
_WORDS = frozenset({_INTERVAL, "Target", "Verdict"})
"""Columns that hold no numbers and stand on the left."""

_BADGES: Mapping[Verdict, str] = MappingProxyType(
    {Verdict.MET: "met", Verdict.NOT_SHOWN: "unshown", Verdict.MISSED: "missed"}
)


def page(report: Report) -> str:
    """The whole page. Everything that a suite or a reply says is escaped."""
    score = report.score
    title = f"Evaluation: {', '.join(report.run.suites)}"
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>",
            _header(title, report),
            "<main>",
            _measures(score.measures),
            _confusion(score),
            _latency(score),
            *(_groups(by, groups) for by, groups in score.groups.items() if groups),
            tickets(report.records),
            "</main>\n</body>\n</html>\n",
        )
    )


def _header(title: str, report: Report) -> str:
    run, score = report.run, report.score
    facts = {
        "Tickets": str(score.tickets),
        "Company": run.company,
        "Knowledge": f"{run.sections} sections, snapshot {run.snapshot[:10]}",
        "Model": f"{run.model}, {run.embedder}" + (f", revision {run.revision}" if run.revision else ""),
        "Finished": run.finished.strftime("%Y-%m-%d %H:%M %Z").strip(),
    }
    listed = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    verdicts = {measure.verdict for measure in score.measures}
    worst = next((each for each in (Verdict.MISSED, Verdict.NOT_SHOWN) if each in verdicts), Verdict.MET)
    told = "".join(f"<p>{escape(remark)}</p>" for remark in remarks(report))
    return (
        f"<header><h1>{escape(title)}</h1><dl>{listed}</dl>"
        f'<p class="conclusion {_BADGES[worst]}">{escape(conclusion(score))}</p>{told}</header>'
    )


def _measures(measures: Iterable[Measure]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(each.name)}<small>{escape(each.definition)}</small></th>'
        f'<td class="n">{each.rate.numerator}/{each.rate.denominator}</td>'
        f'<td class="n"><b>{percent(each.rate)}</b></td>'
        f"<td>{_drawn(each)}<small>{interval(each.rate)}</small></td><td>{target(each.target)}</td>"
        f"<td>{_badge(each.verdict)}</td></tr>"
        for each in measures
    )
    head = _head(("Measure", "Tickets", "Rate", _INTERVAL, "Target", "Verdict"))
    note = (
        "Met: the measured rate keeps the target. Not shown: on so few tickets not even a perfect rate would show that "
        "it does. Missed: the measured rate fails the target."
    )
    return f'<section><h2>Measures</h2><table class="measures">{head}{rows}</table><p class="note">{note}</p></section>'


def _drawn(measure: Measure) -> str:
    """The interval, the rate as a dot and the target as a line, on an axis from 0 to 100 %."""
    if measure.rate.interval is None or measure.rate.value is None:
        return ""
    low, high = (round(end * _SCALE, 1) for end in measure.rate.interval)
    at = round(measure.rate.value * _SCALE, 1)
    bound = ""
    if measure.target:
        x = round(measure.target.bound * _SCALE, 1)
        bound = f'<line class="bound" x1="{x}" x2="{x}" y1="0" y2="14"/>'
    return (
        f'<svg viewBox="-4 0 {_SCALE + 8} 14" width="{_SCALE + 8}" height="14" aria-hidden="true">'
        f'<line class="axis" x1="0" x2="{_SCALE}" y1="7" y2="7"/>'
        f'<rect class="range" x="{low}" y="4" width="{round(high - low, 1)}" height="6" rx="3"/>{bound}'
        f'<circle cx="{at}" cy="7" r="3.5"/></svg>'
    )


def _badge(verdict: Verdict | None) -> str:
    return "" if verdict is None else f'<span class="badge {_BADGES[verdict]}">{verdict}</span>'


def _confusion(score: Score) -> str:
    actual = [each for each in Outcome if any(pair[1] is each for pair in score.confusion)]
    labelled = [each for each in Outcome if any(pair[0] is each for pair in score.confusion)]
    rows = "".join(
        f'<tr><th scope="row">{row}</th>'
        + "".join(
            f'<td class="n{" same" if row is column else ""}">{score.confusion.get((row, column), 0) or "·"}</td>'
            for column in actual
        )
        + "</tr>"
        for row in labelled
    )
    return f"<section><h2>Outcomes</h2><table>{_head(('Labelled / ended as', *actual))}{rows}</table></section>"


def _latency(score: Score) -> str:
    rows = "".join(
        f'<tr><th scope="row">{each.stage}</th><td class="n">{each.turns}</td>'
        f'<td class="n">{each.p50:.1f}</td><td class="n">{each.p95:.1f}</td></tr>'
        for each in score.latency
    )
    head = _head(("Stage", "Turns", "p50, ms", "p95, ms"))
    note = "Searches that the model asked for count in both stages."
    return f'<section><h2>Latency</h2><table>{head}{rows}</table><p class="note">{note}</p></section>'


def _groups(by: str, groups: Iterable[Group]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(group.name)}</th>'
        + "".join(
            f'<td class="n">{count}</td>'
            for count in (group.tickets, group.as_labelled, group.answered, group.correct, group.escalated)
        )
        + "</tr>"
        for group in groups
    )
    head = _head((by.capitalize(), "Tickets", "As labelled", "Answered", "Correct", "Escalated"))
    return f"<section><h2>By {by}</h2><table>{head}{rows}</table></section>"


def _head(names: Sequence[str]) -> str:
    """The head row; a first column and columns of words stand on the left, numbers on the right."""
    kinds = ("word" if at == 0 or name in _WORDS else "n" for at, name in enumerate(names))
    cells = (f'<th scope="col" class="{kind}">{escape(name)}</th>' for kind, name in zip(kinds, names, strict=True))
    return f"<thead><tr>{''.join(cells)}</tr></thead>"
