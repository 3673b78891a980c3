"""The health poller: asks every available API for ``/health``, outside the work queue.

It writes nothing: what it learns is left in `HealthCache`, and a change enqueues those whom it concerns. An API that
does not answer, or not with a report, has said nothing. Who answers may be anybody: a tenant chooses what runs in its
pods, and how slow it is. So each pod is asked on its own, few of a namespace at a time, and the operator resolves no
name.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from secrets import SystemRandom
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from fte_operator.reconcile.health_cache import HealthCache
from fte_operator.status.health import Report, report
from fte_operator.status.shares import Pods
from fte_operator.workqueue import Key

ANSWER_SECONDS = 3.0
ANSWER_BYTES = 80 * 1024
AT_ONCE = 32
NAMESPACE_AT_ONCE = 4
SILENT_AT_ONCE = 32
"""How many that were silent before are asked at once; they have places of their own."""
SUSPECTS_OFTENER = 4
"""How many times as often one with a fault is asked: its second report makes it count, the first good one clears it."""

_random = SystemRandom()


class HealthPoller:
    """Asks at ``<url>/health``; `url` has the fields ``{name}`` and ``{namespace}`` of a DigitalFTE, and ``{address}``,
    which is that of each of its pods.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._new = asyncio.Event()
        self._free = asyncio.Semaphore(AT_ONCE)
        self._free_for_silent = asyncio.Semaphore(SILENT_AT_ONCE)
        self._namespaces: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self.health = HealthCache(self._new.set)

    async def run(self, period: float, enqueue: Callable[[Key], None]) -> None:
        """Ask each every `period` seconds, those with a fault more often, newcomers at once, for ever."""
        attended: dict[Key, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._new.clear()
                for key in self.health.newcomers():
                    if key in attended:
                        attended[key].cancel()
                    attended[key] = tasks.create_task(self._attend(key, period, enqueue))
                    attended[key].add_done_callback(partial(_left, attended, key))
                await self._new.wait()

    async def _attend(self, key: Key, period: float, enqueue: Callable[[Key], None]) -> None:
        """Ask one for as long as it is watched."""
        places = self._namespaces.setdefault(key.namespace, asyncio.Semaphore(NAMESPACE_AT_ONCE))
        pods = Pods()
        while self.health.watches(key):
            answers = await self._ask(key, places)
            for changed in self.health.record(key, pods.after(answers)):
                enqueue(changed)
            await asyncio.sleep(period / SUSPECTS_OFTENER if self.health.suspects(key) else period)

    async def _ask(self, key: Key, places: asyncio.Semaphore) -> dict[str, Report | None]:
        """What each of its pods says, by address. Of one whose pods said nothing for a while, only one is asked."""
        found: Sequence[str] = self.health.addresses(key) if "{address}" in self._url else ("",)
        silent = self.health.silent(key)
        free = self._free_for_silent if silent else self._free

        async def ask(address: str) -> Report | None:
            async with places, free:
                return await self._ask_one(key, address)

        if silent:
            found = [_random.choice(found)] if found else []
        return dict(zip(found, await asyncio.gather(*map(ask, found)), strict=True))

    async def _ask_one(self, key: Key, address: str) -> Report | None:
        """A report; None for no answer, a wrong one or one too long."""
        where = f"[{address}]" if ":" in address else address
        parts = urlsplit(self._url.format(name=key.name, namespace=key.namespace, address=where) + "/health")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await _exchange(parts.hostname or "", parts.port or 80, parts.netloc, parts.path)
        except (TimeoutError, OSError, UnicodeError):  # a host's name that no name can be, if the URL has one
            return None
        body = _body(answer)
        return report(body, f"{key.namespace}/{key.name}", self.health.channels(key)) if body is not None else None


def _left(attended: dict[Key, "asyncio.Task[None]"], key: Key, task: "asyncio.Task[None]") -> None:
    if attended.get(key) is task:
        del attended[key]


async def _exchange(host: str, port: int, authority: str, path: str) -> bytes:
    """What is answered until the connection ends, or the first bytes of what is too long.

    No HTTP client: aiohttp's goes through interim answers without end, and lets nothing else run meanwhile.
    """
    source, sink = await asyncio.open_connection(host, port, limit=ANSWER_BYTES)
    try:
        head = f"GET {path} HTTP/1.1\r\nHost: {authority}\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
        sink.write(head.encode())
        return await source.readexactly(ANSWER_BYTES)
    except asyncio.IncompleteReadError as ended:
        return ended.partial
    finally:
        sink.transport.abort()


def _body(answer: bytes) -> bytes | None:
    head, _, body = answer.partition(b"\r\n\r\n")
    version, _, status = head.partition(b"\r\n")[0].partition(b" ")
    if version not in (b"HTTP/1.0", b"HTTP/1.1") or status[:3] != b"200" or len(answer) >= ANSWER_BYTES:
        return None
    return body
