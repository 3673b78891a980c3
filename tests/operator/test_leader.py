import asyncio
import time

import pytest

from fte_operator.cluster.errors import Unreachable
from fte_operator.cluster.kinds import LEASE
from fte_operator.leader import Elector, LeaseLost, Times

pytestmark = pytest.mark.control_plane
TIMES = Times(lease=15, renew=10, retry=0.01)


class Clock:
    """Monotonic time, `now` seconds ahead."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now + time.monotonic()


class Cut:
    """A cluster that can be cut off."""

    def __init__(self, cluster):
        self.cluster, self.off = cluster, False

    def __getattr__(self, name):
        if self.off:
            raise Unreachable("cut off")
        return getattr(self.cluster, name)


class Late:
    """A cluster whose writes arrive at once and are answered `delays` later, on `clock`; after these, never."""

    def __init__(self, cluster, clock, *delays):
        self.get, self._cluster, self._clock = cluster.get, cluster, clock
        self._delays = list(delays)

    async def create(self, manifest):
        return await self._answer(await self._cluster.create(manifest))

    async def replace(self, manifest):
        return await self._answer(await self._cluster.replace(manifest))

    async def _answer(self, answer):
        if not self._delays:
            await asyncio.Event().wait()
        self._clock.now += self._delays.pop(0)
        return answer


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def elect(world, clock):
    def candidate(identity, cluster=None, *, clock=clock, times=TIMES):
        return Elector(cluster or world.cluster, world.namespace, identity, times, clock)

    return candidate


async def lease(world):
    return (await world.get(LEASE, "fte-operator"))["spec"]


async def test_one_leads_and_the_other_waits(world, elect):
    one, two = elect("one"), elect("two")
    assert await one.try_acquire()
    assert not await two.try_acquire()
    assert (await lease(world))["holderIdentity"] == "one"
    assert (one.is_leader, two.is_leader) == (True, False)


async def test_a_released_lease_is_taken_at_once(world, elect):
    one, two = elect("one"), elect("two")
    await one.try_acquire()
    await one.release()
    assert not one.is_leader
    assert await two.try_acquire()
    assert (await lease(world))["leaseTransitions"] == 1


async def test_an_unrenewed_lease_is_taken_after_its_time_on_our_clock(elect, clock):
    one, two = elect("one"), elect("two")
    await one.try_acquire()
    assert not await two.try_acquire()
    clock.now = 10.0
    assert not await two.try_acquire()
    clock.now = 15.1
    assert await two.try_acquire()


async def test_a_renewed_lease_is_not_taken(elect, clock):
    one, two = elect("one"), elect("two")
    await one.try_acquire()
    assert not await two.try_acquire()
    clock.now = 14.0
    await one._renew()
    assert not await two.try_acquire()
    clock.now = 20.0
    assert not await two.try_acquire()


async def test_a_restarted_replica_takes_its_own_lease_back(world, elect):
    await elect("one").try_acquire()
    assert await elect("one").try_acquire()
    assert (await lease(world))["leaseTransitions"] == 0


async def test_the_holder_notices_another_holder(elect, clock):
    one, two = elect("one", clock=Clock()), elect("two")
    await one.try_acquire()
    await two.try_acquire()
    clock.now = 16.0
    await two.try_acquire()
    async with asyncio.timeout(10):
        with pytest.raises(LeaseLost, match="another replica"):
            await one.hold()


async def test_an_edit_by_somebody_else_is_no_loss(world, elect):
    one = elect("one")
    await one.try_acquire()
    path = LEASE.path(world.namespace, "fte-operator")
    await world.raw.patch(path, {"metadata": {"labels": {"edited": "yes"}}})
    hold = asyncio.create_task(one.hold())
    before = (await lease(world))["renewTime"]

    async def renewed():
        return (await lease(world))["renewTime"] > before

    await world.until(renewed, reconcile=False)
    assert not hold.done()
    hold.cancel()


async def test_leadership_ends_when_the_lease_cannot_be_renewed(world, elect, clock):
    cut = Cut(world.cluster)
    one = elect("one", cut)
    await one.try_acquire()
    cut.off = True
    clock.now = TIMES.renew - 0.1
    async with asyncio.timeout(5):
        with pytest.raises(LeaseLost, match="could not be renewed"):
            await one.hold()


@pytest.mark.parametrize("delays", [[9.9], [0, 9.9]], ids=["taken", "renewed"])
async def test_the_time_left_counts_from_before_the_request(world, elect, clock, delays):
    """Others count from its arrival; counted from a late answer, the holder would believe longer than they do."""
    one = elect("one", Late(world.cluster, clock, *delays))
    await one.try_acquire()
    async with asyncio.timeout(5):
        with pytest.raises(LeaseLost, match="could not be renewed"):
            await one.hold()


async def test_a_renewal_without_an_answer_does_not_outlive_the_deadline(world, elect, clock):
    one = elect("one", Late(world.cluster, clock, 0), times=Times(lease=15, renew=0.1, retry=0.01))
    await one.try_acquire()
    async with asyncio.timeout(5):
        with pytest.raises(LeaseLost, match="could not be renewed"):
            await one.hold()


async def test_an_api_server_out_of_reach_is_waited_for(elect, world):
    cut = Cut(world.cluster)
    cut.off = True
    one = elect("one", cut)
    assert not await one.try_acquire()
    cut.off = False
    assert await one.try_acquire()
