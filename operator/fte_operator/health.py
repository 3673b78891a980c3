"""The health poller: asks every available API for ``/health``, outside the work queue.

It writes nothing: what it learns is left in `HealthCache`, and a change enqueues those whom it concerns. An API that
does not answer, or not with a report, has said nothing.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import aiohttp

from fte_operator.reconcile.health_cache import HealthCache
from fte_operator.status.health import Report, report
from fte_operator.workqueue import Key

ANSWER_SECONDS = 3.0
ANSWER_BYTES = 64 * 1024
AT_ONCE = 32


class HealthPoller:
    """Asks at ``<url>/health``; `url` has the fields ``{name}`` and ``{namespace}`` of a DigitalFTE."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._new = asyncio.Event()
        self._free = asyncio.Semaphore(AT_ONCE)
        self.health = HealthCache(self._new.set)

    async def run(self, period: float, enqueue: Callable[[Key], None]) -> None:
        """Ask everybody every `period` seconds, newcomers at once, for ever."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        jar = aiohttp.DummyCookieJar()
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        async with aiohttp.ClientSession(timeout=timeout, cookie_jar=jar, connector=connector) as session:
            following = 0.0
            while True:
                now = asyncio.get_running_loop().time()
                everybody = now >= following
                following = now + period if everybody else following
                self._new.clear()
                keys = self.health.watched(new_only=not everybody)
                await asyncio.gather(*(self._ask(session, key, enqueue) for key in keys))
                await self._wait(following)

    async def _wait(self, until: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._new.wait()

    async def _ask(self, session: aiohttp.ClientSession, key: Key, enqueue: Callable[[Key], None]) -> None:
        async with self._free:
            url = self._url.format(name=key.name, namespace=key.namespace)
            answer = await _read(session, f"{url}/health")
        for changed in self.health.record(key, answer):
            enqueue(changed)


async def _read(session: aiohttp.ClientSession, url: str) -> Report | None:
    """A report; None for no answer, a wrong one or one too long."""
    try:
        async with session.get(url, allow_redirects=False, headers={"Accept-Encoding": "identity"}) as answer:
            if answer.status != 200:
                return None
            return report(await _body(answer.content))
    except (TimeoutError, aiohttp.ClientError, OSError):
        return None


async def _body(content: aiohttp.StreamReader) -> bytes:
    """All of it; empty if it is longer than `ANSWER_BYTES`."""
    try:
        await content.readexactly(ANSWER_BYTES + 1)
    except asyncio.IncompleteReadError as ended:
        return ended.partial
    return b""
