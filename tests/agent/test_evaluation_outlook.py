"""What playing will take: told before it begins and as it goes on."""

from fte_agent.domain.behaviour import Prices
from fte_agent.domain.turns import Outcome, Usage
from fte_agent.evaluation.outlook import Progress, Sizes, estimate
from fte_agent.evaluation.record import Ending, Played
from fte_agent.evaluation.spending import cost_by
from fte_agent.evaluation.suite import SuiteTicket
from fte_agent.testing import FixedClock

COST = cost_by(Prices(1_000_000, 1_000_000, 10_000_000))
TICKET = SuiteTicket.model_validate_json(
    '{"id": "t", "channel": "email", "subject": "1234", "messages": ["1234", "1234"], "outcome": "social",'
    '"history": [{"author": "ai", "text": "1234"}]}'
)
PLAYED = Played(Ending(Outcome.SOCIAL, usage=Usage(1000, 100)))


def test_an_estimate_is_made_of_the_sizes_of_what_is_sent():
    told = estimate([TICKET] * 40, Sizes(fixed=3000, section=196.8), COST, 2)
    assert "40 turns to play" in told
    assert "about 40,000 tokens in, 8,000 out, and about USD 0.1200" in told
    assert told.endswith("about 60 s.")


def test_an_estimate_without_prices_says_so():
    assert "not known" in estimate([TICKET], Sizes(3000, 200), cost_by(None), 1)


def test_progress_is_told_after_the_first_few_and_then_now_and_again_with_what_is_left():
    clock = FixedClock(step=1.0)
    progress = Progress(100, COST, clock)
    told = [line for _ in range(100) if (line := progress.played(PLAYED))]
    assert 15 <= len(told) <= 22
    assert told[0] == "3 of 100 turns, USD 0.0060 so far; about 32 s and USD 0.1940 to go"
    assert told[-1] == "100 of 100 turns, USD 0.2000 so far"


def test_a_ticket_played_without_its_sections_is_two_turns():
    progress = Progress(2, COST, FixedClock())
    assert progress.played(Played(PLAYED.ending, PLAYED.ending)) == "2 of 2 turns, USD 0.0040 so far"


def test_what_costs_nothing_is_told_without_money():
    told = Progress(4, COST, FixedClock(step=1.0))
    lines = [told.played(Played(Ending(Outcome.SOCIAL))) for _ in range(4)]
    assert not any("USD" in line for line in lines if line)
