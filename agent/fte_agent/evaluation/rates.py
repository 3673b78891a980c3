"""Rates with their uncertainty, and what they say about a target."""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)
ZERO_BOUND = 0.10
"""What the interval of a perfect result must stay below where the target is none at all: no finite number of
tickets shows zero."""


class Verdict(StrEnum):
    """What a measured rate says about its target."""

    MET = "met"
    NOT_SHOWN = "not shown"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Rate:
    """``numerator`` of ``denominator`` tickets."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """The share, or None of nothing."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % confidence interval by Wilson's score (E. B. Wilson, 1927), or None of nothing."""
        if not self.denominator:
            return None
        share, n = self.numerator / self.denominator, self.denominator
        spread = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
        scale = 1 + _Z**2 / n
        middle = share + _Z**2 / (2 * n)
        low, high = (middle - spread) / scale, (middle + spread) / scale
        return min(share, low), max(share, high)  # rounding may not push the share out


@dataclass(frozen=True, slots=True)
class Target:
    """A bound on a rate: at least or at most."""

    bound: float
    at_least: bool

    def verdict(self, rate: Rate) -> Verdict:
        """Missed if the measured rate fails the bound.

        Not shown if so few tickets could not show it: even a perfect result would leave the bound, or
        `ZERO_BOUND` where it is zero, inside the interval. Else met.
        """
        if rate.value is None:
            return Verdict.NOT_SHOWN
        if rate.value < self.bound if self.at_least else rate.value > self.bound:
            return Verdict.MISSED
        return Verdict.MET if self._can_be_shown_on(rate.denominator) else Verdict.NOT_SHOWN

    def _can_be_shown_on(self, denominator: int) -> bool:
        perfect = Rate(denominator if self.at_least else 0, denominator).interval
        if perfect is None:
            return False
        return perfect[0] >= self.bound if self.at_least else perfect[1] <= (self.bound or ZERO_BOUND)


def at_least(bound: float) -> Target:
    """The rate should be ``bound`` or more."""
    return Target(bound, at_least=True)


def at_most(bound: float) -> Target:
    """The rate should be ``bound`` or less."""
    return Target(bound, at_least=False)
