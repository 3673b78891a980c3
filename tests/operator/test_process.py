"""The whole operator as a process, on a real API server and a real broker, with the rights of its manifest."""

import asyncio

import aiohttp
import pytest
from operator_process import Process
from operator_world import channel, documents, employee, secret

from fte_operator.cluster.kinds import DEPLOYMENT, DIGITAL_FTE, LEASE, SUPPORT_CHANNEL

pytestmark = [pytest.mark.control_plane, pytest.mark.kafka]


async def holder(world):
    lease = await world.get(LEASE, "fte-operator")
    return lease and lease["spec"]["holderIdentity"]


def refused(world):
    """Requests of the operator that its rights did not cover."""
    return [
        event["requestURI"]
        for event in world.audited()
        if event["user"]["username"].endswith(f":{world.namespace}:fte-operator")
        and event["responseStatus"]["code"] in (401, 403)
    ]


@pytest.mark.parametrize("kubeconfig", ["everywhere", "namespaced"], indirect=True)
async def test_from_apply_to_ready_and_a_restart_that_writes_nothing(alive, run, kafka_bootstrap):
    world = alive
    async with run("one") as first:
        await world.apply(secret(), documents(), channel(), employee(kafka_bootstrap))
        await world.until_ready(reconcile=False)

        async def channel_ready():
            found = await world.conditions(SUPPORT_CHANNEL, "website")
            return found.get("Ready", {}).get("status") == "True"

        await world.until(channel_ready, reconcile=False)
        bound = await world.get(SUPPORT_CHANNEL, "website")
        assert bound["status"]["boundTo"] == [{"name": "helper"}]
        assert bound["status"]["endpointURL"].endswith("/support/submit")

        async def unheard():  # the last that is told of an employee whose API does not answer
            return (await world.conditions()).get("Answering", {}).get("reason") == "NotReported"

        await world.until(unheard, reconcile=False)
        told = world.writes().count("patch digitalftes/helper")
        await world.delete(DEPLOYMENT, "helper-message-processor")
        await world.until(lambda: world.get(DEPLOYMENT, "helper-message-processor"), reconcile=False)

        async def told_again():  # Ready is what it was before the deletion until then
            return world.writes().count("patch digitalftes/helper") > told

        await world.until(told_again, reconcile=False)
        await world.until_ready(reconcile=False)
        assert await first.stop() == 0
    assert not await holder(world), "a graceful stop gives the Lease up"

    before = world.writes()
    assert before, "the audit log must show the writes of the first process"
    async with run("two") as second:

        async def reconciled():
            name = 'fte_operator_reconciles_total{kind="%s",result="success"}'
            kinds = (DIGITAL_FTE.name, SUPPORT_CHANNEL.name)
            return all([await second.metric(name % kind) >= 1 for kind in kinds])

        await world.until(lambda: holder(world), reconcile=False)
        await world.until(reconciled, reconcile=False)
        assert await second.stop() == 0
    assert world.writes() == before
    assert refused(world) == []


@pytest.mark.parametrize("kubeconfig", ["namespaced"], indirect=True)
async def test_a_listed_namespace_without_rights_holds_back_nobody_else(alive, run, kafka_bootstrap):
    """The first of the list is gone, and the operator's rights in it: no other employee notices."""
    gone = f"{alive.namespace}-gone"
    async with run("one", [gone]) as process:
        await alive.apply(secret(), documents(), channel(), employee(kafka_bootstrap))
        await alive.until_ready(reconcile=False)
    assert f"no rights in namespace {gone}: apply deploy/namespace.yaml to it" in "".join(process.lines)
    assert all(f"/namespaces/{gone}/" in uri for uri in refused(alive))


@pytest.mark.parametrize("kubeconfig", ["namespaced"], indirect=True)
async def test_a_labelled_secret_is_told_at_once_and_no_list_brings_its_content(alive, run, kafka_bootstrap):
    async with run("one"):
        await alive.apply(secret(), documents(), channel(), employee(kafka_bootstrap))
        await alive.until_ready(reconcile=False)
        before = await digest(alive)
        await alive.apply(secret(url="postgresql://another-5f1c@nowhere/db"))

        async def rolled():
            return await digest(alive) != before

        await alive.until(rolled, reconcile=False)


async def digest(world):
    """What the worker's pods are annotated with of the database's Secret."""
    worker = await world.get(DEPLOYMENT, "helper-message-processor")
    return worker["spec"]["template"]["metadata"]["annotations"]["digitalfte.dev/database-digest"]


async def test_a_follower_takes_over_when_the_leader_stops(alive, run):
    async with run("one") as one:
        await alive.until(lambda: holder(alive), reconcile=False)
        async with run("two") as two:

            async def serves():
                try:
                    return await two.metric("fte_operator_leader") == 0
                except aiohttp.ClientError:
                    return False

            await alive.until(serves, reconcile=False)
            assert await holder(alive) == "one"
            assert await one.stop() == 0

            async def taken():
                return await holder(alive) == "two"

            await alive.until(taken, reconcile=False)


async def ends_with_its_lease(alive, one, seconds):
    await alive.until(lambda: holder(alive), reconcile=False)
    path = LEASE.path(alive.namespace, "fte-operator")
    await alive.raw.patch(path, {"spec": {"holderIdentity": "intruder"}})
    async with asyncio.timeout(seconds):
        assert await one.process.wait() == 1
    assert await holder(alive) == "intruder"


async def test_a_lost_lease_ends_the_process(alive, run):
    async with run("one") as one:
        await ends_with_its_lease(alive, one, 20)


WAITING = """
import asyncio, time
from fte_operator import __main__, health

poll = health.HealthPoller.run

async def beside(self, *arguments):
    asyncio.get_running_loop().run_in_executor(None, time.sleep, 600)
    await poll(self, *arguments)

health.HealthPoller.run = beside
__main__.main()
"""
"""The operator, one thread of which waits as for a name server that does not answer."""


async def test_a_lost_lease_ends_the_process_whatever_in_it_still_waits(alive, run, monkeypatch):
    monkeypatch.setattr(Process, "command", ("-c", WAITING, "run"))
    async with run("one") as one:
        await ends_with_its_lease(alive, one, 60)
