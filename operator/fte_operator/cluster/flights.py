"""Reads that many ask for at the same time, done once, and few of them at once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

Answer = TypeVar("Answer")


class Flights(Generic[Answer]):
    """Whoever asks for what waits to be read shares that answer; nobody gets one whose read began before they asked.

    So a large list costs each worker no list of its own. Reads of one lane are done one after the other, and
    `at_once` of all lanes: nobody waits for another lane's, unless there are that many.
    """

    def __init__(self, at_once: int) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._lanes: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._waiting: dict[Hashable, asyncio.Task[Answer]] = {}

    async def join(self, key: Hashable, read: Callable[[], Awaitable[Answer]], *, lane: Hashable) -> Answer:
        """The answer of a `read` of `key` that begins from now on; raises what it raises."""
        task = self._waiting.get(key)
        if task is None:
            task = self._waiting[key] = asyncio.create_task(self._fly(key, read, lane))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # when nobody waits any more
        return await asyncio.shield(task)

    async def _fly(self, key: Hashable, read: Callable[[], Awaitable[Answer]], lane: Hashable) -> Answer:
        turn = self._lanes.setdefault(lane, asyncio.Lock())
        try:
            async with turn, self._places:  # in this order: who waits for their lane holds no place
                del self._waiting[key]
                return await read()
        finally:
            if self._waiting.get(key) is asyncio.current_task():
                del self._waiting[key]
