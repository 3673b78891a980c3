"""A budget behind real processes: spent to the end by two workers, told, and there again on the next day."""

import pytest
from data_plane import DataPlane, until
from model_endpoint import Endpoint, an_endpoint

from fte_agent.domain.turns import Reason
from fte_agent.reply.templates import acknowledgement

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

KEY = "key-canary-4711"
PRICES = {"input": 2_500_000, "cached": 1_250_000, "output": 10_000_000}
DAILY = 5_000_000
TICKETS = 6


@pytest.fixture
async def endpoint(data_plane: DataPlane) -> Endpoint:
    return await an_endpoint(data_plane, KEY)


async def told(plane: DataPlane, word: str | None) -> None:
    """Wait until the API says so of the budget."""

    async def ask() -> bool:
        report = (await plane.http.get(f"{plane.inner}/health")).json()["answering"]
        said = report.get("budget", {}).get("said", "nothing yet")
        return said is None if word is None else str(said).startswith(word)

    await until(ask, 60, f"{word} of the budget")


async def test_two_workers_spend_a_budget_to_its_end_and_go_on_the_next_day(
    data_plane: DataPlane, endpoint: Endpoint
) -> None:
    data_plane.use_model(endpoint.base_url, KEY)
    data_plane.model["endpoint"] |= {"prices": PRICES}  # type: ignore[operator]
    budget = {"budget": {"daily": DAILY, "yearly": 100 * DAILY}}
    await data_plane.api()
    await data_plane.worker(**budget)
    await data_plane.worker(**budget)
    page = await data_plane.answered(await data_plane.submit(), seconds=60)
    assert page["messages"][-1]["author"] == "ai"
    await told(data_plane, None)
    [answer] = endpoint.answers()
    fresh = answer["input_tokens"] - answer["cached_tokens"]
    cost = -(-(fresh * 2_500_000 + answer["cached_tokens"] * 1_250_000 + answer["output_tokens"] * 10**7) // 10**6)
    [run] = await data_plane.rows("SELECT cost_micro_usd, cached_tokens FROM agent_runs")
    assert tuple(run) == (cost, answer["cached_tokens"])
    assert await data_plane.rows("SELECT spent_micro_usd, reserved_micro_usd FROM budget_days") == [(cost, 0)]

    await data_plane.rows(
        """WITH rest AS (UPDATE budget_days SET spent_micro_usd = $1 RETURNING day)
        INSERT INTO budget_entries (kind, day, spent_micro_usd) SELECT 'channel', day, $2 FROM rest""",
        DAILY,
        DAILY - cost,
    )
    await told(data_plane, "day_spent: ")
    assert await data_plane.rows("SELECT FROM worker_health WHERE roles ? 'budget'") == [], "earlier APIs read a fault"
    for ticket in [await data_plane.submit() for _ in range(TICKETS)]:
        page = await data_plane.answered(ticket, seconds=60)
        assert (page["status"], page["messages"][-1]["author"]) == ("escalated", "system")
        assert acknowledgement(Reason.BUDGET) in page["messages"][-1]["text"]
    assert len(endpoint.answers()) == 1
    assert await data_plane.rows("SELECT reason_code, count(*) FROM escalations GROUP BY 1") == [("budget", TICKETS)]
    assert await data_plane.rows("SELECT sum(cost_micro_usd) FROM agent_runs") == [(cost,)]

    async def counted() -> bool:
        metrics = await data_plane.http.get(f"http://127.0.0.1:{data_plane.worker_port}/metrics")
        return 'fte_budget_spent_micro_usd{period="day"} 5e+06' in metrics.text

    await until(counted, 60, "the second worker's look at the ledger")

    for table in ("budget_days", "budget_entries"):
        await data_plane.rows(f"UPDATE {table} SET day = day - 1")  # noqa: S608
    page = await data_plane.answered(await data_plane.submit(), seconds=60)
    assert page["messages"][-1]["author"] == "ai"
    await told(data_plane, None)


async def test_what_a_killed_worker_had_reserved_is_charged_and_its_ticket_is_answered(
    data_plane: DataPlane, endpoint: Endpoint
) -> None:
    data_plane.use_model(endpoint.base_url, KEY)
    data_plane.model["endpoint"] |= {"prices": PRICES}  # type: ignore[operator]
    settings = {"budget": {"daily": DAILY, "yearly": 100 * DAILY}, "lease_seconds": 3}
    orders = endpoint.base_url.removesuffix("/v1") + "/_double/script"
    await data_plane.http.post(orders, json=[{"cut": "hang"}])
    await data_plane.api()
    worker = await data_plane.worker(**settings)
    ticket = await data_plane.submit()

    async def reserved() -> int:
        rows = await data_plane.rows("SELECT reserved_micro_usd FROM budget_days WHERE reserved_micro_usd > 0")
        return rows[0][0] if rows else 0

    async def hangs() -> bool:
        return '"decision": "hang"' in endpoint.journal.read_text()

    await until(hangs, 60, "the request")
    ceiling = await reserved()
    worker.kill()
    worker.wait()
    assert await reserved() == ceiling > 0
    await data_plane.worker(**settings)
    page = await data_plane.answered(ticket, seconds=60)
    assert page["messages"][-1]["author"] == "ai"
    [answer] = endpoint.answers()
    assert await reserved() == ceiling, "the lease of what it had reserved goes on"
    await data_plane.rows("UPDATE budget_entries SET expires_at = now() WHERE expires_at IS NOT NULL")

    async def charged() -> bool:
        return not await reserved()

    await until(charged, 60, "the charge")
    [day] = await data_plane.rows("SELECT spent_micro_usd FROM budget_days")
    [known] = await data_plane.rows("SELECT cost_micro_usd FROM agent_runs WHERE status = 'committed'")
    assert 0 < known[0] < answer["input_tokens"] * 10
    assert day[0] == ceiling + known[0]
    runs = await data_plane.rows("SELECT status, cost_micro_usd FROM agent_runs ORDER BY epoch")
    assert tuple(runs[0]) == ("abandoned", None)
    assert await data_plane.rows("SELECT estimated FROM conversation_costs") == [(True,)]
