"""Tokens, micro-dollars and steadiness of an evaluation."""

from itertools import combinations

import pytest

from fte_agent.domain.behaviour import Prices
from fte_agent.domain.turns import Outcome, Usage
from fte_agent.evaluation.record import Ending, Record
from fte_agent.evaluation.repeats import passes
from fte_agent.evaluation.spending import cost_by, in_words, spending
from fte_agent.evaluation.suite import SuiteTicket

PRICES = Prices(input=2_500_000, cached=1_250_000, output=10_000_000)
TICKET = SuiteTicket.model_validate_json('{"id": "t", "channel": "email", "messages": ["Hi"], "outcome": "social"}')


def a_record(*usages: Usage, removed: Usage | None = None) -> Record:
    plays = tuple(Ending(Outcome.SOCIAL, usage=usage) for usage in usages)
    again = None if removed is None else Ending(Outcome.ESCALATE, usage=removed)
    return Record(TICKET, frozenset(), plays[0], again, plays)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (Usage(1000, 100, 0), 2500 + 1000),
        (Usage(1000, 100, 400), 1500 + 500 + 1000),
        (Usage(1000, 100, None), 2500 + 1000),
        (Usage(1000, 100, 5000), 1250 + 1000),
        (Usage(1, 0, 0), 3),
        (Usage(0, 0), 0),
        (Usage(None, 100), None),
        (Usage(1000, None), None),
    ],
)
def test_a_usage_costs_what_its_tokens_cost_rounded_up(usage, expected):
    assert cost_by(PRICES)(usage) == expected


def test_without_prices_only_what_asked_no_model_has_a_cost():
    assert [cost_by(None)(usage) for usage in (Usage(0, 0), Usage(1, 1))] == [0, None]


def test_sums_are_over_all_turns_and_the_forecast_over_plays_with_their_sections():
    found = spending([a_record(Usage(1000, 100, 400), Usage(3000, 300), removed=Usage(100, 10))], cost_by(PRICES))
    assert (found.turns, found.unknown, found.input_tokens, found.cached_tokens, found.output_tokens) == (
        3,
        0,
        4100,
        400,
        410,
    )
    assert (found.plays, found.priced, found.total, found.ticket) == (2, 2, 3000 + 10500 + 350, 6750)
    assert found.year == 6750 * 33 * 365
    assert in_words(found) == [
        "Tokens: 4,100 in (400 of them cached), 410 out.",
        "Cost: USD 0.0138 in all; 6,750 micro-dollars a ticket.",
        "Forecast: USD 81.30 a year at 33 such tickets a day.",
    ]


def test_what_is_unknown_stays_unknown_and_is_no_zero():
    found = spending([a_record(Usage(1000, 100)), a_record(Usage())], cost_by(PRICES))
    assert (found.unknown, found.cached_tokens, found.priced, found.ticket) == (1, None, 1, 3500)
    told = " ".join(in_words(found))
    assert "cached unknown" in told
    assert "unknown for 1 of 2 turns" in told
    assert "over the 1 of 2 plays whose cost is known" in told


def test_without_any_known_cost_there_is_no_forecast():
    found = spending([a_record(Usage())], cost_by(PRICES))
    assert (found.total, found.ticket, found.year) == (None, None, None)
    assert [line for line in in_words(found) if "Forecast" in line] == []


def test_passes_are_the_share_of_subsets_of_plays_that_are_all_right():
    right = [(True, True, False, True), (True, True, True, True), (False, False, False, True)]
    outcomes = {True: Outcome.SOCIAL, False: Outcome.CLARIFY}
    records = [
        Record(TICKET, frozenset(), Ending(outcomes[plays[0]]), plays=tuple(Ending(outcomes[p]) for p in plays))
        for plays in right
    ]
    expected = []
    for j in range(1, 5):
        subsets = [[all(some) for some in combinations(plays, j)] for plays in right]
        expected.append(sum(sum(found) / len(found) for found in subsets) / len(right))
    assert passes(records) == pytest.approx(expected)
    assert passes(records)[-1] == pytest.approx(1 / 3)
