"""How much of the budget is spent, as metrics and as a word in the worker's report."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from fte_agent.domain.budget import Caps, Totals
from fte_runtime.metrics import BudgetMetrics
from fte_runtime.worker.loop import Loop

PART = "budget"
"""The part of the worker's report; what is wrong begins with one of the words below."""

LOOK_SECONDS = 5.0
WARNING_SHARE = 0.8

SPENT = MappingProxyType({"year": "year_spent", "day": "day_spent"})
TOO_SMALL, WARNING, UNPRICED = "too_small", "warning", "unpriced"
"""Nothing is left of a period; a request may cost more than a whole one; little is left; nothing is counted."""

NOT_COUNTED = f"{UNPRICED}: the model's prices are not known, so nothing is counted or limited"


@dataclass(slots=True)
class BudgetHealth:
    """What is known of the budget. ``priced`` says whether the model's prices are known."""

    caps: Caps
    priced: bool
    _totals: Totals | None = field(default=None)

    def looked(self, totals: Totals) -> None:
        """The ledger was read."""
        self._totals = totals

    def findings(self) -> dict[str, str | None]:
        """`PART` with what there is to say, or None; nothing before the first look."""
        if not self.priced:
            return {PART: NOT_COUNTED}
        return {} if self._totals is None else {PART: finding(self._totals, self.caps)}


def finding(totals: Totals, caps: Caps) -> str | None:
    """What there is to say of the periods, the longer one first. No amount that moves stands in it."""
    limited = totals.limited(caps)
    for name, (period, cap) in limited.items():
        if period.spent >= cap or period.spent + period.refused > cap >= period.refused:
            return f"{SPENT[name]}: of the {name}'s budget of {dollars(cap)} nothing is left for another answer"
    for name, (period, cap) in limited.items():
        if period.refused > cap:
            return f"{TOO_SMALL}: one request may cost more than the {name}'s budget of {dollars(cap)}"
    for name, (period, cap) in limited.items():
        if period.spent >= WARNING_SHARE * cap:
            return f"{WARNING}: more than {WARNING_SHARE:.0%} of the {name}'s budget of {dollars(cap)} are spent"
    return None


def dollars(micro_usd: int) -> str:
    """An amount for people, to the cent."""
    return f"USD {micro_usd / 1_000_000:,.2f}"


class Ledger(Protocol):
    """What a look needs of it."""

    async def charge_expired(self) -> None:
        """Charge what vanished workers had reserved."""

    async def totals(self) -> Totals:
        """What today and this year have cost."""


@dataclass(frozen=True, slots=True)
class BudgetWatch:
    """The budget's health, and the ledger that it is read from."""

    health: BudgetHealth
    ledger: Ledger


class BudgetLook:
    """A role that looks every `LOOK_SECONDS`."""

    name = "budget-look"

    def __init__(self, watch: BudgetWatch, metrics: BudgetMetrics, loop: Loop) -> None:
        self._watch = watch
        self._metrics = metrics
        self._loop = loop

    async def run(self) -> None:
        """Look until told to stop."""
        await self._loop.run(self.step)

    async def step(self) -> bool:
        """Look once; False, for there is nothing more to do."""
        await self._watch.ledger.charge_expired()
        totals = await self._watch.ledger.totals()
        self._watch.health.looked(totals)
        caps = self._watch.health.caps
        for name, period, cap in (("day", totals.day, caps.daily), ("year", totals.year, caps.yearly)):
            self._metrics.spent.labels(name).set(period.spent)
            self._metrics.reserved.labels(name).set(period.reserved)
            if cap is not None:
                self._metrics.cap.labels(name).set(cap)
        return False
