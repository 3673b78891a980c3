"""The report in its four forms: nothing lost, nothing unescaped, nothing out of line."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from fte_agent.domain.turns import Outcome, Reason
from fte_agent.evaluation.page import page
from fte_agent.evaluation.record import Ending, Latency, Record
from fte_agent.evaluation.report import Report, Run, as_dict, conclusion, markdown
from fte_agent.evaluation.score import score
from fte_agent.evaluation.suite import SuiteTicket
from fte_agent.evaluation.table import table
from fte_agent.testing import START

EVIL = "<script>alert('x')</script> & \"q\""
URI = "docs/a.md#right"
RUN = Run(("suite <i>|*",), "Acme & <u>Sons</u>", "0123456789abcdef", 7, "offline", "minilm", START)
SPENT = Latency(12.5, classify=3.25, search=1.0, model=2.0)
KEPT = "Every measured rate keeps its target; intervals tell how sure that is."
VOID = frozenset({"meta", "br"})


def a_ticket(name: str, **labels: object) -> SuiteTicket:
    given = {"id": name, "channel": "email", "messages": [EVIL, ""], "outcome": "social"} | labels
    return SuiteTicket.model_validate_json(json.dumps(given))


def records() -> list[Record]:
    answer = {"outcome": "answer", "accepted_sections": [f"a.md#{EVIL.replace('#', '')}"]}
    legal = {"outcome": "escalate", "reason": "legal", "trigger": "explicit"}
    history = [{"author": "customer", "text": EVIL}]
    right = Ending(Outcome.ANSWER, citations=(URI,), tools=("send_response",), text=EVIL, latency=SPENT)
    wrong = replace(right, citations=(f"docs/{EVIL}",))
    missed = Ending(Outcome.ESCALATE, Reason.NOT_FOUND, text="Sorry.", latency=Latency(4.0))
    return [
        Record(a_ticket("t-fine", **answer, subject=EVIL, tags=[EVIL, "mixed"]), frozenset({URI}), right, missed),
        Record(a_ticket("t-other", **answer, history=history), frozenset({URI}), missed, wrong),
        Record(a_ticket("t-wrong", **answer, customer_name=EVIL, author=EVIL), frozenset({URI}), wrong, missed),
        Record(a_ticket("t-worst", **legal), frozenset(), right),
        Record(a_ticket("t-robot", outcome="silence", automated=True), frozenset(), Ending(Outcome.SILENCE)),
    ]


@pytest.fixture
def report() -> Report:
    return Report(RUN, records(), score(records()))


class Page(HTMLParser):
    """Reads a page, fails where a tag is closed that is not open, and keeps texts and tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_well_formed_and_holds_nothing_foreign(report: Report) -> None:
    found = Page(page(report))
    assert {"script", "link", "img", "iframe", "object"}.isdisjoint(found.tags)
    assert not [name for name, _ in found.attributes if name in ("src", "href") or name.startswith("on")]
    assert found.tags.count("h1") == found.tags.count("main") == 1


def test_whatever_a_ticket_or_a_reply_says_is_shown_as_it_is(report: Report) -> None:
    html = page(report)
    assert "<script" not in html
    assert "<i>|" not in html
    assert "<u>" not in html
    text = Page(html).text
    # messages 5, replies 3, subject 1, history 1, tag in its ticket and in the counts 2, labels 3, citation 1
    assert text.count(EVIL) == 16
    assert "suite <i>|*" in text
    assert "Acme & <u>Sons</u>" in text


def test_the_worst_tickets_stand_first(report: Report) -> None:
    text = Page(page(report)).text.partition("Answered, but for a person")[2]
    places = [text.index(name) for name in ("t-worst", "t-wrong", "t-other", "t-fine", "t-robot")]
    assert places == sorted(places)
    assert "without its sections: escalate: not_found" in text


def test_the_page_says_what_the_numbers_are(report: Report) -> None:
    text = Page(page(report)).text
    for measure in report.score.measures:
        assert measure.name in text
        assert measure.definition in text
    assert "33.3%" in text  # 1 of 3 answers and of 3 answerable tickets
    assert "6.1% to 79.2%" in text
    assert "12.5" in text


def test_the_dictionary_is_json_and_complete(report: Report) -> None:
    found = json.loads(json.dumps(as_dict(report)))
    precision = found["measures"][0]
    assert (precision["name"], precision["numerator"], precision["denominator"]) == ("Answer precision", 1, 3)
    assert precision["rate"] == pytest.approx(1 / 3)
    assert (round(precision["low"], 3), round(precision["high"], 3)) == (0.061, 0.792)
    assert (precision["target"], precision["verdict"]) == ({"bound": 0.85, "at_least": True}, "missed")
    assert {"labelled": "escalate", "actual": "answer", "tickets": 1} in found["confusion"]
    assert found["groups"]["tag"][1]["name"] == "mixed"
    assert found["latency_ms"][0] == {"stage": "total", "turns": 5, "p50": 12.5, "p95": 12.5}
    worst = found["tickets"][3]
    assert (worst["id"], worst["grade"], worst["reason"]) == ("t-worst", "must_not_answer", "legal")
    assert worst["ending"]["citations"] == [URI]
    assert worst["ending"]["latency"] == {"total": 12.5, "classify": 3.25, "search": 1.0, "model": 2.0}
    assert found["tickets"][0]["without_accepted_sections"]["reason"] == "not_found"
    assert worst["without_accepted_sections"] is None


def test_the_table_is_plain_and_aligned(report: Report) -> None:
    text = table(report)
    assert text.endswith("\n")
    assert "\x1b" not in text
    assert "Answered, but for a person: t-worst" in text
    assert "Answered from another section, or not to be answered: t-wrong" in text
    measures = text.split("\n\n")[1].splitlines()
    assert "verdict" in measures[0]
    starts = {line.index(word) for line, word in zip(measures[2:5], ("at least", "at least", "at most"), strict=True)}
    assert starts == {measures[0].index("target")}
    assert len({line.index("%") for line in measures[2:5]}) == 1
    assert all(line == line.rstrip() for line in text.splitlines())


def test_every_form_shows_who_was_not_handed_over(report: Report) -> None:
    name = "Explicit escalations not handed over"
    (row,) = [line for line in table(report).splitlines() if line.startswith(name)]
    assert row.split()[5:7] + row.split()[-2:] == ["1/1", "100.0%", "-", "-"]
    assert f"| {name} | 1/1 | 100.0% | 20.7% to 100.0% | - | - |" in markdown(report).splitlines()
    (value,) = [each for each in json.loads(json.dumps(as_dict(report)))["measures"] if each["name"] == name]
    assert (value["numerator"], value["denominator"], value["target"], value["verdict"]) == (1, 1, None, None)
    assert f"{name}{value['definition']}1/1100.0%" in Page(page(report)).text


def test_every_form_speaks_of_measured_rates() -> None:
    legal = replace(records()[3], ending=Ending(Outcome.ESCALATE, Reason.LEGAL))
    implicit = replace(legal, ticket=legal.ticket.model_copy(update={"trigger": "implicit"}))
    played = [records()[0], legal, implicit] * 40
    kept = Report(RUN, played, score(played))
    assert table(kept).endswith(f"\n\n{KEPT}\n")
    assert markdown(kept).splitlines()[0].endswith(f" {KEPT}")
    assert as_dict(kept)["conclusion"] == KEPT
    assert KEPT in Page(page(kept)).text
    assert "Met: the measured rate keeps the target." in Page(page(kept)).text


def test_many_bad_tickets_are_counted_in_the_table(report: Report) -> None:
    many = [report.records[3]] * 25
    (line,) = [line for line in table(Report(RUN, many, score(many))).splitlines() if "for a person" in line]
    assert line.count("t-worst") == 20
    assert line.endswith("t-worst and 5 more")


def test_the_markdown_is_the_same_for_the_same_results(report: Report) -> None:
    slower = [replace(each, ending=replace(each.ending, latency=Latency(99.0))) for each in report.records]
    later = Report(replace(RUN, finished=START.replace(year=2030)), slower, score(slower))
    assert markdown(later) == markdown(report)


def test_the_markdown_is_a_table_that_names_cannot_break(report: Report) -> None:
    lines = markdown(report).splitlines()
    assert lines[0].startswith(r"5 tickets of suite \<i\>\|\*; 7 sections; model `offline`. Missed: Answer precision")
    assert {line.replace(r"\|", "").count("|") for line in lines[2:]} == {7}
    assert "| Answer precision | 1/3 | 33.3% | 6.1% to 79.2% | at least 85% | missed |" in lines
    assert "| Hard negatives not escalated | 0/0 | - | - | - | - |" in lines


def test_the_conclusion_names_what_was_missed_or_not_shown() -> None:
    answered = [records()[0]] * 40
    legal = [replace(records()[3], ending=Ending(Outcome.ESCALATE, Reason.LEGAL))] * 40
    implicit = [replace(each, ticket=each.ticket.model_copy(update={"trigger": "implicit"})) for each in legal]
    assert conclusion(score([*answered, *legal, *implicit])) == KEPT
    assert conclusion(score([*answered, *legal])) == (
        "No measured rate misses its target; too few tickets to show: Implicit escalations answered."
    )
    assert conclusion(score([*answered, *legal, records()[3]])) == "Missed: Explicit escalations answered."
