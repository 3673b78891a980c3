"""Money: what a model's tokens cost, what a period may cost, and whether one more request may be made.

Every amount is in micro-dollars (USD 0.000001), whole and rounded up; prices are micro-dollars for a million tokens.
"""

from dataclasses import dataclass
from enum import StrEnum

from fte_agent.domain.behaviour import Prices
from fte_agent.domain.turns import Usage

PER_TOKENS = 1_000_000


def cost(prices: Prices, usage: Usage) -> int | None:
    """What ``usage`` costs; None where it is not known. Tokens of which nobody says so were not cached."""
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    cached = min(usage.cached_tokens or 0, usage.input_tokens)
    fresh = usage.input_tokens - cached
    return _whole(fresh * prices.input + cached * prices.cached + usage.output_tokens * prices.output)


def ceiling(prices: Prices, size: int, max_output_tokens: int = 0) -> int:
    """The most that one request of ``size`` bytes may cost.

    No byte-level tokenizer makes more tokens of a text than it has bytes, and the JSON around the text is more than
    what a provider puts around each message.
    """
    return _whole(size * max(prices.input, prices.cached) + max_output_tokens * prices.output)


def embedding_cost(tokens: int, price: int) -> int:
    """What ``tokens`` cost whoever embeds them at ``price`` a million."""
    return _whole(tokens * price)


def _whole(millionths: int) -> int:
    return -(-millionths // PER_TOKENS)


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that a day and a calendar year, both of UTC, may cost; None is no limit."""

    daily: int | None = None
    yearly: int | None = None

    def __bool__(self) -> bool:
        return self.daily is not None or self.yearly is not None


@dataclass(frozen=True, slots=True)
class Spent:
    """What a period has cost, and what requests under way may still cost it."""

    spent: int = 0
    reserved: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """The day and the year that holds it; ``refused`` says that a request found no room in the day."""

    day: Spent = Spent()
    year: Spent = Spent()
    refused: bool = False


class Grant(StrEnum):
    """Whether a request may be made: yes; not while others are under way; not in this period."""

    GRANTED = "granted"
    BUSY = "busy"
    SPENT = "spent"


def grant(totals: Totals, caps: Caps, ceiling: int) -> Grant:
    """Whether a request that may cost ``ceiling`` stays within ``caps``, whatever those under way come to."""
    limited = [
        (cap, period) for cap, period in ((caps.daily, totals.day), (caps.yearly, totals.year)) if cap is not None
    ]
    if any(period.spent + ceiling > cap for cap, period in limited):
        return Grant.SPENT
    if any(period.spent + period.reserved + ceiling > cap for cap, period in limited):
        return Grant.BUSY
    return Grant.GRANTED


def is_spent(totals: Totals, caps: Caps) -> bool:
    """Whether a period has nothing left, so that not even the smallest request is made."""
    return grant(totals, caps, 1) is Grant.SPENT
