"""What the turns of an evaluation cost, and what a year of tickets like these would."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from fte_agent.domain import budget
from fte_agent.domain.behaviour import Prices
from fte_agent.domain.turns import Usage
from fte_agent.evaluation.record import Ending, Record

TICKETS_A_DAY = 33
DAYS_A_YEAR = 365

Cost = Callable[[Usage], int | None]
"""Micro-dollars (USD 0.000001) of a usage; None where it is unknown, or no price is."""


@dataclass(frozen=True, slots=True)
class Spending:
    """Tokens and micro-dollars over all turns played; sums are of the turns that say what they used.

    ``unknown`` turns do not. ``cached_tokens`` is None where the provider never speaks of its cache. ``ticket`` is the
    mean of one play of a ticket over the ``priced`` plays whose cost is known, ``year`` that of `TICKETS_A_DAY` for a
    year. All three are None where no cost is known.
    """

    turns: int
    unknown: int
    input_tokens: int
    cached_tokens: int | None
    output_tokens: int
    plays: int
    priced: int
    total: int | None
    ticket: float | None
    year: int | None


def cost_by(prices: Prices | None) -> Cost:
    """What a usage costs, rounded up. Tokens of which nobody says so were not cached; no tokens cost nothing."""

    def cost(usage: Usage) -> int | None:
        if usage.total == 0:
            return 0
        return None if prices is None else budget.cost(prices, usage)

    return cost


def spending(records: Sequence[Record], cost: Cost) -> Spending:
    """The sums over the records."""
    plays = [ending for record in records for ending in _plays(record)]
    turns = [*plays, *(record.removed for record in records if record.removed is not None)]
    known = [ending.usage for ending in turns if ending.usage.total is not None]
    cached = [usage.cached_tokens for usage in known if usage.cached_tokens is not None]
    costs = [found for ending in plays if (found := cost(ending.usage)) is not None]
    all_costs = [found for ending in turns if (found := cost(ending.usage)) is not None]
    ticket = fmean(costs) if costs else None
    return Spending(
        turns=len(turns),
        unknown=len(turns) - len(known),
        input_tokens=sum(usage.input_tokens or 0 for usage in known),
        cached_tokens=sum(cached) if cached else None,
        output_tokens=sum(usage.output_tokens or 0 for usage in known),
        plays=len(plays),
        priced=len(costs),
        total=sum(all_costs) if all_costs else None,
        ticket=ticket,
        year=None if ticket is None else round(ticket * TICKETS_A_DAY * DAYS_A_YEAR),
    )


def in_words(spent: Spending) -> list[str]:
    """The sums as sentences."""
    cached = "cached unknown" if spent.cached_tokens is None else f"{spent.cached_tokens:,} of them cached"
    unknown = f"; unknown for {spent.unknown} of {spent.turns} turns" if spent.unknown else ""
    told = [f"Tokens: {spent.input_tokens:,} in ({cached}), {spent.output_tokens:,} out{unknown}."]
    if spent.total is None or spent.ticket is None or spent.year is None:
        return [*told, "Cost: unknown; the document holds no prices, or the model does not say what it used."]
    of = "" if spent.priced == spent.plays else f" over the {spent.priced} of {spent.plays} plays whose cost is known"
    told.append(f"Cost: {dollars(spent.total)} in all; {spent.ticket:,.0f} micro-dollars a ticket{of}.")
    return [*told, f"Forecast: {dollars(spent.year)} a year at {TICKETS_A_DAY} such tickets a day."]


def dollars(micro: int) -> str:
    """An amount for people."""
    return f"USD {micro / 1_000_000:,.2f}" if micro >= 1_000_000 else f"USD {micro / 1_000_000:.4f}"


def _plays(record: Record) -> Sequence[Ending]:
    return record.plays or (record.ending,)
