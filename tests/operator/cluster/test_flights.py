import asyncio

import pytest

from fte_operator.cluster.flights import Flights


class Reads:
    """A read that is held until `go`."""

    def __init__(self):
        self.count, self.running, self.most = 0, 0, 0
        self.started, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self):
        self.count += 1
        self.running += 1
        self.most = max(self.most, self.running)
        answer = self.count
        self.started.set()
        await self.go.wait()
        self.running -= 1
        return answer


async def test_who_asks_while_one_is_read_shares_the_next():
    flights, reads = Flights(1), Reads()
    first = asyncio.create_task(flights.join("a", reads, lane="a"))
    await reads.started.wait()
    later = [asyncio.create_task(flights.join(key, reads, lane="a")) for key in "aaab"]
    await asyncio.sleep(0)
    reads.go.set()
    assert await first == 1
    assert await asyncio.gather(*later) == [2, 2, 2, 3]
    assert reads.most == 1


async def test_who_gives_up_takes_nobody_along():
    flights, reads = Flights(1), Reads()
    first, second = (asyncio.create_task(flights.join("a", reads, lane="a")) for _ in range(2))
    await reads.started.wait()
    first.cancel()
    await asyncio.wait([first])
    reads.go.set()
    assert await second == 1
    assert first.cancelled()


async def test_a_failure_is_everybodys_and_not_the_nexts():
    flights = Flights(1)

    async def fail():
        raise OSError("no")

    assert [
        type(each)
        for each in await asyncio.gather(*(flights.join("a", fail, lane="a") for _ in range(2)), return_exceptions=True)
    ] == [OSError] * 2
    with pytest.raises(OSError, match="no"):
        await flights.join("a", fail, lane="a")

    async def succeed():
        return 1

    assert await flights.join("a", succeed, lane="a") == 1


async def test_lanes_do_not_wait_for_one_another_and_few_are_read_at_once():
    flights, reads = Flights(2), Reads()
    asked = [asyncio.create_task(flights.join(key, reads, lane=key[0])) for key in ("a1", "a2", "a3", "b1", "c1")]
    for _ in range(10):
        await asyncio.sleep(0)
    assert reads.running == 2
    reads.go.set()
    assert sorted(await asyncio.gather(*asked)) == [1, 2, 3, 4, 5]
    assert reads.most == 2
    assert len(flights._lanes) == 0, "nothing is kept of a lane that nobody uses"


async def test_one_lane_takes_one_place():
    flights, held, other = Flights(2), Reads(), Reads()
    tasks = [asyncio.create_task(flights.join(key, held, lane="a")) for key in "xyz"]
    await held.started.wait()
    other.go.set()
    async with asyncio.timeout(10):
        assert await flights.join("x", other, lane="b") == 1
    assert held.count == 1
    held.go.set()
    await asyncio.gather(*tasks)
