"""A journal's lines: what counts when a run goes on, and what does not."""

import json

import pytest

from fte_agent.domain.turns import Outcome, Reason, Usage
from fte_agent.evaluation.journal import Kept, NoJournal, conditions_line, play_line, read
from fte_agent.evaluation.plan import Play
from fte_agent.evaluation.record import Ending, Latency, Played

HERE, THERE = {"suite": "1", "document": "2"}, {"suite": "1", "document": "3"}
FULL = Played(
    Ending(
        Outcome.ESCALATE,
        Reason.LEGAL,
        ("docs/a.md#b",),
        ("create_ticket",),
        "Grüße\u2028\n",
        Usage(7, None, 3),
        Latency(1.5, 0.5, None, 1.0),
    ),
    Ending(Outcome.ANSWER),
)
PLAIN = Played(Ending(Outcome.SILENCE))
A, B = Play("a", 1), Play("b", 2)


def lines(*parts: object) -> list[str]:
    """Conditions as they are, plays as pairs."""
    return [conditions_line(p) if isinstance(p, dict) else play_line(*p) for p in parts]  # type: ignore[misc]


def test_a_play_comes_back_as_it_was_on_one_line():
    written = lines(HERE, (A, FULL), (B, PLAIN))
    assert all(len(line.splitlines()) == 1 for line in written)
    assert read(written, HERE) == Kept({A: FULL, B: PLAIN}, current=True)


def test_an_empty_journal_knows_nothing():
    assert read([], HERE) == Kept({})


def test_plays_under_other_conditions_do_not_count_and_the_difference_is_named():
    assert read(lines(THERE, (A, FULL)), HERE) == Kept({}, ("document",))
    assert read(lines(HERE | {"more": "x"}, (A, FULL)), HERE) == Kept({}, ("more",))


def test_who_returns_to_earlier_conditions_finds_the_plays_again():
    written = lines(HERE, (A, FULL), THERE, (B, PLAIN))
    assert read(written, HERE) == Kept({A: FULL}, ("document",))
    assert read([*written, *lines(HERE, (B, FULL))], HERE) == Kept({A: FULL, B: FULL}, current=True)


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_line_that_broke_off_is_passed_over(cut):
    first, torn, last = lines(HERE, (A, FULL), (B, PLAIN))
    assert read([first, torn[:-cut], "", last], HERE).plays == {B: PLAIN}


@pytest.mark.parametrize(
    "change", [{"play": "1"}, {"ticket": None}, {"ending": {"outcome": "nonsense"}}, {"ending": None}]
)
def test_a_line_that_is_no_play_is_passed_over(change):
    first, line = lines(HERE, (A, FULL))
    assert read([first, json.dumps(json.loads(line) | change)], HERE).plays == {}


@pytest.mark.parametrize("text", ["# Help", '{"name": "suite", "tickets": []}', "[]", '"fte-evaluate recording"'])
def test_another_file_is_refused(text):
    with pytest.raises(NoJournal):
        read([text], HERE)
