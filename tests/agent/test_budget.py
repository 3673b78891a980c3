"""Money: what tokens cost, the most a request may cost, and whether one more may be made."""

import random

import pytest

from fte_agent.domain.behaviour import Prices
from fte_agent.domain.budget import Caps, Grant, Spent, Totals, ceiling, cost, embedding_cost, grant, is_spent, refusing
from fte_agent.domain.turns import Usage

GPT_4O = Prices(input=2_500_000, cached=1_250_000, output=10_000_000)


@pytest.mark.parametrize(
    ("usage", "micro_usd"),
    [
        (Usage(1000, 100), 3500),
        (Usage(1000, 100, 0), 3500),
        (Usage(1000, 100, 400), 3000),
        (Usage(1000, 100, 9999), 2250),  # no more was cached than was read
        (Usage(0, 0), 0),
        (Usage(1, 0), 3),  # rounded up
        (Usage(None, 100), None),
        (Usage(1000, None), None),
        (Usage(None, None, 5), None),
    ],
)
def test_tokens_cost_what_the_prices_say_and_unknown_ones_nobody_knows(usage: Usage, micro_usd: int | None) -> None:
    assert cost(GPT_4O, usage) == micro_usd


def test_a_ceiling_is_above_whatever_a_request_of_that_size_can_cost() -> None:
    chance = random.Random(11)
    for _ in range(2000):
        prices = Prices(*(chance.randrange(20_000_000) for _ in range(3)))
        size, most = chance.randrange(100_000), chance.randrange(8000)
        read = chance.randint(0, size)
        used = Usage(read, chance.randint(0, most), chance.choice([None, chance.randint(0, read)]))
        assert (cost(prices, used) or 0) <= ceiling(prices, size, most), (prices, size, most, used)


DAY = Caps(daily=100)


@pytest.mark.parametrize(
    ("totals", "caps", "asked", "granted"),
    [
        (Totals(), Caps(), 10**12, Grant.GRANTED),
        (Totals(Spent(90)), DAY, 10, Grant.GRANTED),
        (Totals(Spent(91)), DAY, 10, Grant.SPENT),
        (Totals(Spent(80, 10)), DAY, 10, Grant.GRANTED),
        (Totals(Spent(80, 11)), DAY, 10, Grant.BUSY),
        (Totals(), DAY, 101, Grant.SPENT),
        (Totals(year=Spent(95)), Caps(daily=100, yearly=100), 10, Grant.SPENT),
        (Totals(year=Spent(50, 45)), Caps(daily=100, yearly=100), 10, Grant.BUSY),
        (Totals(Spent(95), Spent(50, 45)), Caps(daily=100, yearly=100), 10, Grant.SPENT),
    ],
)
def test_a_request_is_made_only_where_it_stays_within_both_caps(
    totals: Totals, caps: Caps, asked: int, granted: Grant
) -> None:
    assert grant(totals, caps, asked) is granted


@pytest.mark.parametrize(
    ("own", "caps", "asked", "granted"),
    [
        (Spent(40), Caps(daily=1000), 10, Grant.GRANTED),
        (Spent(41), Caps(daily=1000), 10, Grant.SHARE),
        (Spent(30, 11), Caps(daily=1000), 10, Grant.BUSY),
        (Spent(41), Caps(daily=1000, yearly=10**6), 10, Grant.SHARE),
        (Spent(41), Caps(daily=10**6, yearly=30_000), 10, Grant.SHARE),  # a thirtieth of the year is the day
        (Spent(40), Caps(yearly=30_000), 10, Grant.GRANTED),
        (Spent(41), Caps(yearly=30_000), 10, Grant.SHARE),
        (Spent(200), Caps(daily=1000), 100, Grant.GRANTED),  # three requests at the least
        (Spent(201), Caps(daily=1000), 100, Grant.SHARE),
        (Spent(10**9), Caps(), 10, Grant.GRANTED),
    ],
)
def test_a_customer_s_conversations_have_a_twentieth_of_the_day_and_three_requests_at_the_least(
    own: Spent, caps: Caps, asked: int, granted: Grant
) -> None:
    assert grant(Totals(), caps, asked, own) is granted
    assert grant(Totals(Spent(10**9), Spent(10**9)), caps, asked, own) in (Grant.SPENT, Grant.GRANTED)


def test_what_refuses_a_request_is_named() -> None:
    caps = Caps(daily=100, yearly=1000)
    assert refusing(Totals(Spent(91), Spent(991)), caps, 9) == frozenset()
    assert refusing(Totals(Spent(92), Spent(991)), caps, 9) == {"day"}
    assert refusing(Totals(Spent(92), Spent(992)), caps, 9) == {"day", "year"}


def test_no_more_tokens_are_embedded_than_there_can_be() -> None:
    assert [embedding_cost(tokens, 400, 20_000) for tokens in (100, None, 10**30)] == [2, 8, 8]


def test_a_period_is_spent_once_nothing_is_left_of_it() -> None:
    assert not is_spent(Totals(Spent(99, 50)), DAY)
    assert is_spent(Totals(Spent(100)), DAY)
    assert not is_spent(Totals(Spent(10**15), Spent(10**15)), Caps())


def test_usages_add_up_and_an_unknown_one_makes_the_sum_unknown() -> None:
    assert Usage(1, 2, 1).plus(Usage(3, 4)) == Usage(4, 6, 1)
    assert Usage(1, 2).plus(Usage(3, 4, 2)) == Usage(4, 6, 2)
    assert Usage(1, 2).plus(Usage(None, 4)) == Usage(None, 6)
