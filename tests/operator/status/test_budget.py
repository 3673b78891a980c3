"""``BudgetAvailable``: what workers say of the budget, as a condition that takes nothing from ``Ready``."""

import pytest

from fte_operator.status import budget
from fte_operator.status.conditions import ConditionType

SAID = "of the day's budget of USD 5.00 nothing is left for another answer"


def found(said, known=("budget",)):
    return budget.available({} if said is None else {"budget": said}, known)


@pytest.mark.parametrize(
    ("said", "status", "reason", "words"),
    [
        (None, "True", "WithinBudget", ("there is money",)),
        (f"day_spent: {SAID}", "False", "DailyBudgetSpent", (SAID, "midnight UTC", "spec.budget.dailyUSD", "a person")),
        (f"year_spent: {SAID}", "False", "YearlyBudgetSpent", (SAID, "next year", "spec.budget.yearlyUSD")),
        (
            "too_small: one request may cost more",
            "False",
            "BudgetTooSmall",
            ("may cost more", "spec.budget", "a person"),
        ),
        ("warning: more than 80% are spent", "True", "NearlySpent", ("more than 80%", "spec.budget")),
        ("unpriced: the prices are not known", "True", "Unpriced", ("not known", "add prices to spec.model")),
        ("frugal: a newer release's word", "True", "WithinBudget", ("frugal",)),
    ],
)
def test_each_word_has_a_status_a_reason_and_a_remedy(said, status, reason, words):
    condition = found(said)
    assert condition is not None
    assert (condition.type, condition.status, condition.reason) == (ConditionType.BUDGET_AVAILABLE, status, reason)
    assert all(word in condition.message for word in words)
    assert "_spent" not in condition.message


def test_what_nobody_reports_of_is_not_told():
    assert found(None, known=("workers",)) is None


@pytest.mark.parametrize(
    ("word", "warned"), [("day_spent", True), ("too_small", True), ("warning", True), ("unpriced", False)]
)
def test_what_a_person_should_act_on_is_a_warning_and_a_word_in_ready(word, warned):
    condition = found(f"{word}: {SAID}")
    assert condition is not None
    assert (condition.note, condition.warning) == (True, warned)
