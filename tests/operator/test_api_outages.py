"""The whole operator while the API server fails it."""

import asyncio

import pytest
from api_proxy import proxied
from operator_process import Process
from operator_world import channel, documents, employee, secret

from fte_operator.cluster.kinds import DEPLOYMENT, LEASE, SERVICE

pytestmark = [pytest.mark.control_plane, pytest.mark.kafka]

OUTAGE_SECONDS = 180


@pytest.fixture
async def proxy(kubeconfig):
    async with proxied(kubeconfig) as proxy:
        yield proxy


async def employed(world, kafka):
    """Wait for the last that is told of it: nothing but what a test does is news from then on."""
    await world.apply(secret(), documents(), channel(), employee(kafka))
    await world.until_ready(reconcile=False)

    async def unheard():
        return (await world.conditions()).get("Answering", {}).get("reason") == "NotReported"

    await world.until(unheard, reconcile=False)


async def test_a_child_whose_deletion_no_event_told_is_made_again(alive, proxy, run, kafka_bootstrap, monkeypatch):
    """Its Service is the only one: another that the new list shows would wake the employee."""
    monkeypatch.setattr(Process, "settings", {"STALENESS_SECONDS": "1"})
    async with run("one") as process:
        await employed(alive, kafka_bootstrap)
        proxy.deaf_to = {SERVICE.plural}

        async def found_out():
            if await alive.get(SERVICE, "helper-api"):  # the event of what was told last may bring it back
                await alive.delete(SERVICE, "helper-api")
                proxy.expire(SERVICE.plural)
            return any(f"Service {alive.namespace}/helper-api is gone" in line for line in process.lines)

        listed = proxy.lists[SERVICE.plural]
        await alive.until(found_out, reconcile=False)
        await alive.until(lambda: alive.get(SERVICE, "helper-api"), reconcile=False)
        assert proxy.lists[SERVICE.plural] > listed


@pytest.mark.timeout(600)
async def test_a_long_outage_and_a_refusal_cost_one_restart_at_most_and_no_write(alive, proxy, run, kafka_bootstrap):
    """Three minutes, twelve times what a Lease is held; then one list is refused, as while roles change."""
    async with run("one") as first:
        await employed(alive, kafka_bootstrap)
        before = alive.writes()
        proxy.refusal = lambda request: 503
        async with asyncio.timeout(60):
            assert await first.process.wait() == 1  # its Lease ran out
    async with run("one") as second:
        ended = asyncio.create_task(second.process.wait())
        await asyncio.wait([ended], timeout=OUTAGE_SECONDS)
        assert not ended.done()
        refused = []

        def one_list(request):
            if request.path.endswith(f"/{DEPLOYMENT.plural}") and request.method == "GET" and not refused:
                refused.append(request.path)
                return 403
            return None

        proxy.refusal = one_list

        async def reconciled():
            return await second.metric('fte_operator_reconciles_total{kind="DigitalFTE",result="success"}') >= 1

        await alive.until(reconciled, reconcile=False)
        assert refused
        assert await second.stop() == 0
        await ended
    assert alive.writes() == before


async def test_access_that_is_revoked_for_good_ends_the_process(alive, proxy, run):
    async with run("one") as one:

        async def led():
            return bool(await alive.get(LEASE, "fte-operator"))

        await alive.until(led, reconcile=False)
        proxy.refusal = lambda request: 401
        async with asyncio.timeout(60):
            assert await one.process.wait() == 1
