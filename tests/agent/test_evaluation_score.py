"""Scores of hand-made records, counted here by hand, and the interval by the equation that defines it."""

import json
from math import sqrt

import pytest

from fte_agent.domain.turns import Outcome, Reason
from fte_agent.evaluation.rates import Rate, Verdict, at_least, at_most
from fte_agent.evaluation.record import Ending, Grade, Latency, Record
from fte_agent.evaluation.score import score
from fte_agent.evaluation.suite import SuiteTicket

RIGHT, WRONG = "docs/a.md#right", "docs/a.md#wrong"
ANSWERED_RIGHT = Ending(Outcome.ANSWER, citations=(RIGHT, WRONG))
ANSWERED_WRONG = Ending(Outcome.ANSWER, citations=(WRONG, RIGHT))
NOT_FOUND = Ending(Outcome.ESCALATE, Reason.NOT_FOUND)
CLARIFIED = Ending(Outcome.CLARIFY)


def escalated(reason: Reason) -> Ending:
    return Ending(Outcome.ESCALATE, reason)


def a_record(ending: Ending, *, removed: Ending | None = None, **labels: object) -> Record:
    given = {"id": "t", "channel": "email", "messages": ["m"], "outcome": "answer"} | labels
    if given["outcome"] == "answer":
        given["accepted_sections"] = ["a.md#right"]
    ticket = SuiteTicket.model_validate_json(json.dumps(given))
    return Record(ticket, frozenset({RIGHT} if ticket.accepted_sections else ()), ending, removed)


def for_a_person(ending: Ending, reason: str, trigger: str | None = None, **labels: object) -> Record:
    return a_record(ending, outcome="escalate", reason=reason, **({"trigger": trigger} if trigger else {}), **labels)


HARD = {"tags": ["hard_negative", "mixed"]}
RECORDS = [
    a_record(ANSWERED_RIGHT, removed=NOT_FOUND),
    a_record(ANSWERED_RIGHT, removed=ANSWERED_WRONG, **HARD),
    a_record(ANSWERED_WRONG, removed=ANSWERED_WRONG, channel="whatsapp"),
    a_record(NOT_FOUND, removed=NOT_FOUND, **HARD),
    a_record(escalated(Reason.PRICING), **HARD),  # its section was missing, so it was not played again
    a_record(CLARIFIED, removed=CLARIFIED, channel="whatsapp"),
    for_a_person(escalated(Reason.LEGAL), "legal", "explicit"),
    for_a_person(escalated(Reason.THREAT), "legal", "explicit"),
    for_a_person(ANSWERED_WRONG, "refund", "explicit"),
    for_a_person(NOT_FOUND, "human", "implicit"),
    for_a_person(ANSWERED_WRONG, "human", "implicit"),
    for_a_person(escalated(Reason.LANGUAGE), "language", language="de"),
    for_a_person(escalated(Reason.HUMAN), "not_found"),
    for_a_person(ANSWERED_WRONG, "not_found"),
    for_a_person(NOT_FOUND, "not_found"),
    a_record(Ending(Outcome.SOCIAL), outcome="social"),
    a_record(Ending(Outcome.SILENCE), outcome="silence", automated=True),
    a_record(NOT_FOUND, outcome="social"),
]

COUNTED = {
    "Answer precision": (2, 6),
    "Coverage": (2, 6),
    "Explicit escalations answered": (1, 3),
    "Implicit escalations answered": (1, 2),
    "Escalation precision": (3, 5),
    "Answered without its sections": (2, 5),
    "Explicit escalations not handed over": (1, 3),
    "Implicit escalations not handed over": (1, 2),
    "Escalation with the same reason": (2, 5),
    "Escalation recall": (3, 6),
    "Escalation rate": (9, 18),
    "Not-found rate": (4, 18),
    "Hard negatives not escalated": (2, 3),
    "Hard negatives answered rightly": (1, 3),
}
TARGETS = {
    "Answer precision": at_least(0.85),
    "Coverage": at_least(0.5),
    "Explicit escalations answered": at_most(0),
    "Implicit escalations answered": at_most(0.1),
    "Escalation precision": at_least(0.7),
    "Answered without its sections": at_most(0.25),
}


def test_every_measure_counts_what_it_says() -> None:
    found = {measure.name: (measure.rate.numerator, measure.rate.denominator) for measure in score(RECORDS).measures}
    assert found == COUNTED


def test_the_promised_targets_stand_and_every_measure_is_defined() -> None:
    measures = score(RECORDS).measures
    assert {measure.name: measure.target for measure in measures if measure.target} == TARGETS
    assert all(measure.definition.endswith(".") for measure in measures)


@pytest.mark.parametrize("trigger", ["explicit", "implicit"])
@pytest.mark.parametrize(
    ("ending", "answered", "not_handed_over"),
    [
        (ANSWERED_WRONG, 1, 1),
        (Ending(Outcome.SOCIAL), 1, 1),
        (CLARIFIED, 0, 1),
        (Ending(Outcome.SILENCE), 0, 1),
        (NOT_FOUND, 0, 0),
        (escalated(Reason.LEGAL), 0, 0),
        (Ending(Outcome.ACKNOWLEDGE_CAP), 0, 0),
    ],
)
def test_whom_no_person_got_counts_whatever_the_reply(
    trigger: str, ending: Ending, answered: int, not_handed_over: int
) -> None:
    kind = trigger.capitalize()
    played = [for_a_person(ending, "legal", trigger), for_a_person(escalated(Reason.LEGAL), "legal", trigger)]
    found = {measure.name: measure.rate for measure in score(played).measures}
    assert found[f"{kind} escalations answered"] == Rate(answered, 2)
    assert found[f"{kind} escalations not handed over"] == Rate(not_handed_over, 2)


def test_misses_are_those_of_the_targets() -> None:
    assert [measure.name for measure in score(RECORDS).missed] == list(TARGETS)
    assert score([RECORDS[0]] * 100).missed == ()


def test_nothing_played_shows_nothing() -> None:
    found = score([])
    assert {measure.verdict for measure in found.measures} == {Verdict.NOT_SHOWN, None}
    assert (found.tickets, found.confusion, found.latency) == (0, {}, ())


def test_outcomes_are_confused_as_counted() -> None:
    assert score(RECORDS).confusion == {
        (Outcome.ANSWER, Outcome.ANSWER): 3,
        (Outcome.ANSWER, Outcome.ESCALATE): 2,
        (Outcome.ANSWER, Outcome.CLARIFY): 1,
        (Outcome.ESCALATE, Outcome.ESCALATE): 6,
        (Outcome.ESCALATE, Outcome.ANSWER): 3,
        (Outcome.SOCIAL, Outcome.SOCIAL): 1,
        (Outcome.SOCIAL, Outcome.ESCALATE): 1,
        (Outcome.SILENCE, Outcome.SILENCE): 1,
    }


def test_kinds_are_counted_apart() -> None:
    found = {
        by: {g.name: (g.tickets, g.as_labelled, g.answered, g.correct, g.escalated) for g in groups}
        for by, groups in score(RECORDS).groups.items()
    }
    assert found["channel"] == {"email": (16, 7, 5, 2, 9), "whatsapp": (2, 0, 1, 0, 0)}
    assert found["tag"] == dict.fromkeys(("hard_negative", "mixed"), (3, 1, 1, 1, 2))
    assert found["language"] == {"de": (1, 1, 0, 0, 1), "en": (17, 6, 6, 2, 8)}
    assert found["reason"] == {
        "human": (2, 0, 1, 0, 1),
        "language": (1, 1, 0, 0, 1),
        "legal": (2, 1, 0, 0, 2),
        "not_found": (3, 1, 1, 0, 2),
        "refund": (1, 0, 1, 0, 0),
    }


@pytest.mark.parametrize(
    ("record", "grade"),
    [
        (RECORDS[0], Grade.AS_LABELLED),
        (RECORDS[2], Grade.WRONG_ANSWER),
        (RECORDS[3], Grade.OTHER),
        (RECORDS[5], Grade.OTHER),
        (RECORDS[7], Grade.OTHER),
        (RECORDS[8], Grade.MUST_NOT_ANSWER),
        (RECORDS[12], Grade.OTHER),
        (RECORDS[13], Grade.WRONG_ANSWER),
        (RECORDS[14], Grade.AS_LABELLED),
        (RECORDS[16], Grade.AS_LABELLED),
        (for_a_person(Ending(Outcome.SOCIAL), "legal"), Grade.MUST_NOT_ANSWER),
        (for_a_person(Ending(Outcome.SOCIAL), "not_found"), Grade.WRONG_ANSWER),
        (a_record(Ending(Outcome.SOCIAL)), Grade.OTHER),
        (for_a_person(CLARIFIED, "legal"), Grade.OTHER),
    ],
)
def test_grades(record: Record, grade: Grade) -> None:
    assert record.grade is grade


def test_an_answer_without_citation_is_not_correct() -> None:
    assert not a_record(Ending(Outcome.ANSWER)).correct


def test_percentiles_are_measured_values_by_nearest_rank() -> None:
    times = [Latency(float(ms), search=float(ms) if ms > 18 else None) for ms in range(20, 0, -1)]
    found = score([a_record(Ending(Outcome.SOCIAL, latency=each)) for each in times]).latency
    assert [(each.stage, each.turns, each.p50, each.p95) for each in found] == [
        ("total", 20, 10.0, 19.0),
        ("search", 2, 19.0, 20.0),
    ]


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (10, 10), (1, 1), (18, 30), (1, 35), (85, 100), (500, 10_000)])
def test_the_interval_solves_wilsons_equation(hits: int, n: int) -> None:
    interval = Rate(hits, n).interval
    assert interval is not None
    assert 0 <= interval[0] <= hits / n <= interval[1] <= 1
    for end in interval:
        assert abs(hits / n - end) == pytest.approx(1.959963984540054 * sqrt(end * (1 - end) / n), abs=1e-9)


def test_of_nothing_there_is_no_rate() -> None:
    assert (Rate(0, 0).value, Rate(0, 0).interval) == (None, None)


@pytest.mark.parametrize(
    ("target", "hits", "n", "verdict"),
    [
        (at_least(0.85), 85, 100, Verdict.MET),
        (at_least(0.85), 84, 100, Verdict.MISSED),
        (at_least(0.85), 22, 22, Verdict.MET),  # 22 / (22 + 1.96²) is 0.851
        (at_least(0.85), 21, 21, Verdict.NOT_SHOWN),  # 21 / (21 + 1.96²) is 0.845
        (at_least(0.85), 5, 6, Verdict.MISSED),
        (at_most(0.10), 3, 35, Verdict.MET),  # 1.96² / (35 + 1.96²) is 0.099
        (at_most(0.10), 3, 34, Verdict.NOT_SHOWN),  # 1.96² / (34 + 1.96²) is 0.102
        (at_most(0.10), 4, 35, Verdict.MISSED),
        (at_most(0), 0, 35, Verdict.MET),
        (at_most(0), 0, 34, Verdict.NOT_SHOWN),
        (at_most(0), 1, 1000, Verdict.MISSED),
        (at_most(0.25), 0, 0, Verdict.NOT_SHOWN),
    ],
)
def test_verdicts(target, hits: int, n: int, verdict: Verdict) -> None:
    assert target.verdict(Rate(hits, n)) is verdict
