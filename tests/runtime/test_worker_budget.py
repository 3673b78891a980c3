"""What workers tell of the budget: in their report, as metrics, and when they begin."""

import asyncio
from typing import Any

import pytest
import yaml

from fte_agent.domain.budget import Caps, Spent, Totals
from fte_database.pool import Database
from fte_database.repositories.health import WorkerReport
from fte_runtime.answering import said_by
from fte_runtime.behaviour import load_behaviour
from fte_runtime.config import WorkerConfig
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.wiring.budget import accounts_of
from fte_runtime.wiring.worker import _deliveries
from fte_runtime.worker.accounts import FREE, PaidAccounts
from fte_runtime.worker.budget import NOT_COUNTED, BudgetHealth, BudgetLook, BudgetWatch, finding
from fte_runtime.worker.loop import Loop

USD = 1_000_000
CAPS = Caps(daily=5 * USD, yearly=1000 * USD)
WARNED = "warning: more than 80% of the day's budget of USD 5.00 are spent"
DAY = "day_spent: of the day's budget of USD 5.00 nothing is left for another answer"
YEAR = "year_spent: of the year's budget of USD 1,000.00 nothing is left for another answer"
PRICES = {"input": 2_500_000, "cached": 1_250_000, "output": 10_000_000}


SMALL = "too_small: one request may cost more than the {}'s budget of USD {}"


def totals(day: float, year: float = 0, *, refused: float = 0, of_year: float = 0, reserved: float = 0) -> Totals:
    amounts = ((day, reserved, refused), (max(day, year), 0, of_year))
    return Totals(*(Spent(*(round(amount * USD) for amount in each)) for each in amounts))


@pytest.mark.parametrize(
    ("seen", "caps", "told"),
    [
        (totals(3.99), CAPS, None),
        (totals(3.99, reserved=1), CAPS, None),
        (totals(4), CAPS, WARNED),
        (totals(4.99), CAPS, WARNED),
        (totals(4.99, refused=0.02), CAPS, DAY),
        (totals(4.98, refused=0.02), CAPS, WARNED),  # the limit was raised since
        (totals(4.99, refused=0.02), Caps(daily=100 * USD), None),
        (totals(0, refused=5.01), CAPS, SMALL.format("day", "5.00")),
        (totals(4.5, refused=5.01), CAPS, SMALL.format("day", "5.00")),
        (totals(5, refused=5.01), CAPS, DAY),
        (totals(0, of_year=1000.01), CAPS, SMALL.format("year", "1,000.00")),
        (totals(4.99, 999.99, refused=0.02, of_year=0.02), CAPS, YEAR),
        (totals(5), CAPS, DAY),
        (totals(5.4), CAPS, DAY),
        (totals(0, 800), CAPS, WARNED.replace("day", "year").replace("5.00", "1,000.00")),
        (totals(0, 1000), CAPS, YEAR),
        (totals(5, 1000), CAPS, YEAR),
        (totals(0, 999.99, of_year=0.02), CAPS, YEAR),
        (totals(10**6, 10**6, refused=1), Caps(), None),
        (totals(10**6, 0), Caps(daily=10**13), None),
    ],
)
def test_what_is_left_of_each_period_is_told_in_words_that_do_not_move(seen, caps, told):
    assert finding(seen, caps) == told


def test_nothing_is_told_before_the_ledger_was_read_but_that_nothing_is_counted():
    assert BudgetHealth(CAPS, priced=True).findings() == {}
    assert BudgetHealth(Caps(), priced=False).findings() == {"budget": NOT_COUNTED}
    health = BudgetHealth(CAPS, priced=True)
    health.looked(totals(1))
    assert health.findings() == {"budget": None}


class Ledger:
    def __init__(self, *seen: Totals) -> None:
        self.calls: list[str] = []
        self._seen = list(seen)

    async def charge_expired(self) -> None:
        self.calls.append("charge")

    async def totals(self) -> Totals:
        self.calls.append("totals")
        return self._seen.pop(0)


async def test_a_look_charges_what_was_left_over_and_shows_the_periods():
    metrics, ledger = WorkerMetrics(), Ledger(totals(4, 40, reserved=0.5), totals(5, 41))
    health = BudgetHealth(Caps(daily=5 * USD), priced=True)
    loop = Loop("budget-look", 0.001, asyncio.Event(), asyncio.Event(), metrics)
    look = BudgetLook(BudgetWatch(health, ledger), metrics.budget, loop)
    assert await look.step() is False
    assert (ledger.calls, health.findings()) == (["charge", "totals"], {"budget": WARNED})
    told = metrics.render().decode()
    for line in (
        'fte_budget_spent_micro_usd{period="day"} 4e+06',
        'fte_budget_spent_micro_usd{period="year"} 4e+07',
        'fte_budget_reserved_micro_usd{period="day"} 500000.0',
        'fte_budget_cap_micro_usd{period="day"} 5e+06',
    ):
        assert line in told
    assert 'fte_budget_cap_micro_usd{period="year"}' not in told
    await look.step()
    assert health.findings() == {"budget": DAY}


def test_the_budget_is_a_part_of_its_own_and_no_fault():
    reports = [WorkerReport("a", {"process": None}, 1, {"budget": None}), WorkerReport("b", {}, 1, {"budget": DAY})]
    found = said_by(reports)
    assert found["budget"] == {"ok": True, "error": None, "said": DAY}
    assert found["roles"]["roles"] == {"process": None}
    assert "budget" not in said_by([WorkerReport("a", {"process": None}, 1)])


HOSTED = {
    "base_url": "https://models.example/v1",
    "api": "Responses",
    "max_output_tokens": 700,
    "store": True,
    "parallel_tool_calls": True,
    "tool_choice": True,
    "preload": "Calls",
}
OFFLINE = {"provider": "Offline", "name": "offline"}


def configured(folder, *, prices: Any = PRICES, budget: Any = None, hosted: bool = True) -> WorkerConfig:
    endpoint = HOSTED | ({} if prices is None else {"prices": prices})
    model = {"provider": "OpenAI", "name": "gpt-4o", "endpoint": endpoint} if hosted else OFFLINE
    behaviour = {"image": "i", "company": {"name": "N"}, "model": model, "knowledge_snapshot": None}
    (folder / "behaviour.yaml").write_text(yaml.safe_dump(behaviour))
    return WorkerConfig.model_validate(
        {
            "kafka": {"bootstrap_servers": "k:1", "topic_prefix": "t"},
            "database": {"url_file": "/x", "owner": "a/b"},
            "channels": [],
            "behaviour_file": str(folder / "behaviour.yaml"),
            "budget": budget,
        }
    )


def opened(config: WorkerConfig) -> Any:
    return accounts_of(config, load_behaviour(config.behaviour_file), Database("", owner="a/b"))


def test_a_worker_keeps_accounts_by_its_documents(tmp_path):
    accounts, watch = opened(configured(tmp_path, budget={"daily": 5 * USD, "yearly": 1000 * USD}))
    assert isinstance(accounts, PaidAccounts)
    assert (watch.health.caps, watch.health.priced) == (CAPS, True)


def test_without_prices_a_worker_counts_nothing_and_says_so(tmp_path):
    accounts, watch = opened(configured(tmp_path, prices=None))
    assert isinstance(accounts, PaidAccounts)
    assert (watch.health.caps, watch.health.findings()) == (Caps(), {"budget": NOT_COUNTED})


def test_an_earlier_behaviour_without_prices_runs_under_a_new_budget_and_says_that_nothing_is_counted(tmp_path):
    accounts, watch = opened(configured(tmp_path, prices=None, budget={"yearly": USD}))
    assert isinstance(accounts, PaidAccounts)
    assert (watch.health.caps, watch.health.findings()) == (Caps(), {"budget": NOT_COUNTED})


def test_offline_costs_nothing_but_what_its_channels_take_against_a_budget(tmp_path):
    assert opened(configured(tmp_path, hosted=False)) == (FREE, None)
    accounts, watch = opened(configured(tmp_path, hosted=False, budget={"yearly": USD}))
    assert isinstance(accounts, PaidAccounts) and watch.health.priced


def test_what_a_channel_takes_is_charged_by_its_name(tmp_path):
    config = configured(tmp_path)
    config = WorkerConfig.model_validate(config.model_dump() | {"fees": {"website": 7}})
    assert _deliveries(config, Database("", owner="a/b"))._fees == {"website": 7}
