"""Bodies take turns: how much is parsed in one turn of the event loop, who goes first, and who is refused."""

import asyncio
import contextlib
from collections import Counter

import pytest

from fte_runtime.asgi import turns
from fte_runtime.asgi.turns import TURN_BYTES, Turns
from fte_runtime.errors import TooManyAtOnce


class Ticks:
    """Counts the turns of the event loop."""

    def __init__(self) -> None:
        self.now = 0
        self._handle = asyncio.get_running_loop().call_soon(self._tick)

    def _tick(self) -> None:
        self.now += 1
        self._handle = asyncio.get_running_loop().call_soon(self._tick)

    def stop(self) -> None:
        self._handle.cancel()


async def parsed(*sizes: int, taker: Turns | None = None) -> tuple[list[int], Counter[int]]:
    """Bodies of these sizes, all come at once: the order in which they are parsed, and bytes by turn of the loop."""
    taker, order, spent, ticks = taker or Turns(), [], Counter[int](), Ticks()

    async def one(size: int) -> None:
        await taker.take(size)
        order.append(size)
        spent[ticks.now] += size

    try:
        await asyncio.gather(*map(one, sizes))
    finally:
        ticks.stop()
    return order, spent


async def test_of_long_bodies_one_is_parsed_in_a_turn_of_the_loop() -> None:
    for size in (TURN_BYTES, 4 * TURN_BYTES):
        _, spent = await parsed(*[size] * 12)
        assert list(spent.values()) == [size] * 12


async def test_short_bodies_share_a_turn_and_no_turn_has_more_than_its_bytes() -> None:
    _, together = await parsed(*[1000] * 32)
    assert list(together.values()) == [32_000]
    _, spent = await parsed(*[1000] * 1000)
    assert sum(spent.values()) == 1_000_000
    assert max(spent.values()) <= TURN_BYTES
    assert len(spent) < 20


async def test_of_those_that_wait_the_shortest_goes_first() -> None:
    order, _ = await parsed(*[TURN_BYTES] * 20, 1000, 2000)
    assert order[:3] == [TURN_BYTES, 1000, 2000]


async def test_a_long_one_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_SECONDS_PER_BYTE", 1e-9)
    taker, done = Turns(), asyncio.Event()

    async def short() -> None:
        while not done.is_set():
            await taker.take(TURN_BYTES // 2)

    async def long() -> None:
        await taker.take(TURN_BYTES)
        done.set()

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        for one in (short, short, short, short, long):
            group.create_task(one())


async def test_where_too_much_waits_the_longest_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAITING_BYTES", 3 * TURN_BYTES)
    taker = Turns()
    answers = await asyncio.gather(
        *(taker.take(TURN_BYTES) for _ in range(6)), *(taker.take(1000) for _ in range(60)), return_exceptions=True
    )
    refused = [isinstance(answer, TooManyAtOnce) for answer in answers]
    assert refused[:6].count(True) == 3
    assert not any(refused[6:])
    assert await parsed(TURN_BYTES, TURN_BYTES, taker=taker), "and it goes on"


async def test_who_goes_while_it_waits_takes_no_turn() -> None:
    taker, ticks = Turns(), Ticks()
    await taker.take(TURN_BYTES)
    waiting = [asyncio.create_task(taker.take(TURN_BYTES)) for _ in range(50)]
    await asyncio.sleep(0)
    for each in waiting[:-1]:
        each.cancel()
    began = ticks.now
    await waiting[-1]
    assert ticks.now - began < 10
    ticks.stop()
    for each in waiting[:-1]:
        with contextlib.suppress(asyncio.CancelledError):
            await each
