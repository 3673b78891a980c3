"""A budget on a real API server: what workers say of it in the status, told by an Event, and over by itself."""

import pytest
from operator_world import IMAGE, channel, documents, employee, secret

from fte_operator.cluster.kinds import CONFIG_MAP, DIGITAL_FTE, EVENT
from fte_operator.reconcile.health_cache import HealthCache
from fte_operator.reconcile.reconciler import Reconciler
from fte_operator.workqueue import Key

pytestmark = pytest.mark.control_plane

HOSTED = {
    "provider": "OpenAICompatible",
    "name": "small-1",
    "baseURL": "https://models.example/v1",
    "apiKeySecretRef": {"name": "model", "key": "api-key"},
    "prices": {"inputPerMillion": 150_000, "outputPerMillion": 600_000},
}
SPENT = "day_spent: of the day's budget of USD 5.00 nothing is left for another answer"


async def test_a_spent_budget_is_a_condition_and_a_warning_until_it_is_over_and_nothing_else_suffers(world):
    model_key = secret("model", **{"api-key": "k"})
    await world.apply(secret(), documents(), channel(), model_key, employee(model=HOSTED, budget={"dailyUSD": 5}))
    await world.until_ready()
    assert "BudgetAvailable" not in await world.conditions(), "nobody has reported yet"
    documented = [each["data"] for each in await world.cluster.list(CONFIG_MAP, world.namespace, "")]
    assert any("daily: 5000000" in text for data in documented for text in (data or {}).values())
    health = HealthCache(lambda: None)
    world.reconciler = Reconciler(world.cluster, world.topics, IMAGE, world.now, health)
    place = Key(DIGITAL_FTE.name, world.namespace, "helper")
    await world.reconcile()

    async def said(word, reason):
        for _ in range(2):
            health.record(place, {"workers": None, "budget": word})
        return await world.until_condition("BudgetAvailable", reason)

    found = await said(SPENT, "DailyBudgetSpent")
    assert (found["status"], "spec.budget.dailyUSD" in found["message"]) == ("False", True)
    ready = (await world.conditions())["Ready"]
    assert (ready["status"], "nothing is left" in ready["message"]) == ("True", True)
    told = [each for each in await world.cluster.list(EVENT, world.namespace, "") if each["type"] == "Warning"]
    assert [each["reason"] for each in told].count("DailyBudgetSpent") == 1
    assert (await said(None, "WithinBudget"))["status"] == "True"
    assert (await world.conditions())["Ready"]["message"] == "everything is in place"
