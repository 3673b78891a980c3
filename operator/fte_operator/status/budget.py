"""``BudgetAvailable``: whether there is money for answers, as an employee's workers report it."""

from collections.abc import Collection
from types import MappingProxyType

from fte_operator.status.conditions import FALSE, TRUE, Condition, ConditionType
from fte_operator.status.health import BUDGET, Faults

_MEANWHILE = "customers are told that a person answers, and one has what they write; it goes on by itself"
_SPENT = MappingProxyType(
    {
        "day_spent": ("DailyBudgetSpent", f"{_MEANWHILE} after midnight UTC, or once spec.budget.dailyUSD is raised"),
        "year_spent": ("YearlyBudgetSpent", f"{_MEANWHILE} next year, or once spec.budget.yearlyUSD is raised"),
    }
)
_TOO_SMALL, _WARNING, _UNPRICED = "too_small", "warning", "unpriced"


def available(faults: Faults, known: Collection[str]) -> Condition | None:
    """The condition, None while nothing is reported of a budget. It takes nothing from ``Ready``: somebody answers."""
    kind = ConditionType.BUDGET_AVAILABLE
    if BUDGET not in faults:
        return Condition(kind, TRUE, "WithinBudget", "there is money for answers") if BUDGET in known else None
    word, _, said = faults[BUDGET].partition(": ")
    if word in _SPENT:
        reason, remedy = _SPENT[word]
        return Condition(kind, FALSE, reason, f"{said}: {remedy}", note=True, warning=True)
    if word == _TOO_SMALL:
        message = f"{said}, and goes to a person: raise it in spec.budget, or lower spec.model.maxOutputTokens"
        return Condition(kind, FALSE, "BudgetTooSmall", message, note=True, warning=True)
    if word == _UNPRICED:
        message = f"{said}; add prices to spec.model and spec.embedding"
        return Condition(kind, TRUE, "Unpriced", message, note=True)
    if word == _WARNING:
        return Condition(kind, TRUE, "NearlySpent", f"{said}; raise it in spec.budget", note=True, warning=True)
    return Condition(kind, TRUE, "WithinBudget", faults[BUDGET])  # a newer release's words
