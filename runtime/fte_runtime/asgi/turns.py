"""Bodies take turns: what is parsed between two looks of the event loop at everybody else has a bound.

Parsing blocks the loop in proportion to a body's length. Bodies that arrive together would otherwise be parsed in one
turn of the loop, however many, and probes and other visitors would wait for all of them.
"""

import asyncio
from heapq import heapify, heappop, heappush
from itertools import count

from fte_runtime.errors import TooManyAtOnce

TURN_BYTES = 64 * 1024
"""Of bodies that are parsed in one turn of the loop; a longer one has a turn of its own."""

WAITING_BYTES = 4 * 1024 * 1024
"""Of bodies that wait for their turn; beyond, the one whose turn is furthest is refused."""

_SECONDS_PER_BYTE = 1 / TURN_BYTES
"""How much later a body counts for its length: short ones, as people write them, go first, and no long one starves."""

_Waiting = tuple[float, int, int, "asyncio.Future[None]"]
"""When it counts as come, a number to tell it from its equals, its bytes, and what is set when it may go on."""


class Turns:
    """One application's. In use it costs a callback for each turn of the loop, and nothing to wait where few come."""

    def __init__(self) -> None:
        self._spent: int | None = None
        self._waiting: list[_Waiting] = []
        self._bytes = 0
        self._numbers = count()

    async def take(self, size: int) -> None:
        """Wait until a body of ``size`` bytes may be parsed; raises `TooManyAtOnce` where too much waits already."""
        if self._spent is None:
            self._begin(size)
        elif self._spent + size <= TURN_BYTES:
            self._spent += size
        else:
            await self._wait(size)

    def _begin(self, size: int) -> None:
        self._spent = size
        asyncio.get_running_loop().call_soon(self._next)

    async def _wait(self, size: int) -> None:
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        heappush(self._waiting, (loop.time() + size * _SECONDS_PER_BYTE, next(self._numbers), size, turn))
        self._bytes += size
        while self._bytes > WAITING_BYTES:
            last = max(self._waiting)
            self._waiting.remove(last)
            heapify(self._waiting)
            self._bytes -= last[2]
            if not last[3].done():
                last[3].set_exception(TooManyAtOnce())
        await turn

    def _next(self) -> None:
        """The next turn of the loop: one of those that wait, at least, and as many as it has room for."""
        released: list[int] = []
        while self._waiting and (not released or sum(released) + self._waiting[0][2] <= TURN_BYTES):
            _, _, size, turn = heappop(self._waiting)
            self._bytes -= size
            if not turn.done():  # else whoever waited has gone
                turn.set_result(None)
                released.append(size)
        if released:
            self._begin(sum(released))
        else:
            self._spent = None
