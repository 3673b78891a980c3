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


def embedding_cost(tokens: int | None, most: int, price: int) -> int:
    """What ``tokens`` cost at ``price`` a million; ``most`` where they are unknown, or more than there can be."""
    return _whole(min(most if tokens is None else tokens, most) * price)


def _whole(millionths: int) -> int:
    return -(-millionths // PER_TOKENS)


DAYS_OF_A_YEAR = 30
"""A day without a limit of its own may cost this part of the year's: so many bad days end it, and not two."""

SHARES = 20
"""A conversation, with whatever else the same proven customer writes, may cost a day this part of its limit."""

LEAST_REQUESTS = 3
"""So many requests are in every share, however small the limit is."""


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that a day and a calendar year, both of UTC, may cost; None is no limit."""

    daily: int | None = None
    yearly: int | None = None

    def __bool__(self) -> bool:
        return self.daily is not None or self.yearly is not None

    def share(self, ceiling: int) -> int | None:
        """What one customer's conversations may cost a day where a request may cost ``ceiling``; None is no limit."""
        days = [self.daily] if self.daily is not None else []
        days += [self.yearly // DAYS_OF_A_YEAR] if self.yearly is not None else []
        return max(min(days) // SHARES, LEAST_REQUESTS * ceiling) if days else None


@dataclass(frozen=True, slots=True)
class Spent:
    """What a period has cost, and what requests under way may still cost it.

    ``refused`` is the most that the latest request would have cost that found no room; 0 where each found some.
    """

    spent: int = 0
    reserved: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """The day and the year that holds it."""

    day: Spent = Spent()
    year: Spent = Spent()

    def limited(self, caps: Caps) -> dict[str, tuple[Spent, int]]:
        """The periods that have a limit, with it, by name: the longer one first."""
        periods = {"year": (self.year, caps.yearly), "day": (self.day, caps.daily)}
        return {name: (period, cap) for name, (period, cap) in periods.items() if cap is not None}


class Grant(StrEnum):
    """Whether a request may be made: yes; not while others are under way; not in this period; not by this customer."""

    GRANTED = "granted"
    BUSY = "busy"
    SPENT = "spent"
    SHARE = "share"


def refusing(totals: Totals, caps: Caps, ceiling: int) -> frozenset[str]:
    """The periods that have no room for a request that may cost ``ceiling``, whatever those under way come to."""
    limited = totals.limited(caps).items()
    return frozenset(name for name, (period, cap) in limited if period.spent + ceiling > cap)


def grant(totals: Totals, caps: Caps, ceiling: int, own: Spent = Spent()) -> Grant:
    """Whether a request that may cost ``ceiling`` stays within ``caps``, and the customer's ``own`` within a share."""
    if refusing(totals, caps, ceiling):
        return Grant.SPENT
    share = caps.share(ceiling)
    if share is not None and own.spent + ceiling > share:
        return Grant.SHARE
    limited = [*totals.limited(caps).values(), *([] if share is None else [(own, share)])]
    if any(period.spent + period.reserved + ceiling > cap for period, cap in limited):
        return Grant.BUSY
    return Grant.GRANTED


def is_spent(totals: Totals, caps: Caps) -> bool:
    """Whether a period has nothing left, so that not even the smallest request is made."""
    return bool(refusing(totals, caps, 1))
