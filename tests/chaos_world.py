"""Everything a run of chaos consists of: services, processes, customers who write, and the faults."""

import asyncio
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random

import httpx
import ledger
from chaos_services import Services
from data_plane import DataPlane, until
from ledger_world import Customers, Provider, worked_off

PAUSE_SECONDS = 1.0
SLEEP_SECONDS = 8.0
SETTLE_SECONDS = 300.0
"""Longer than two rounds of asking the provider for messages whose webhook never came."""
TIMES: dict[str, object] = {"lease_seconds": 5, "send_seconds": 4, "lookup_seconds": 2}


class World:
    """Everything that runs; each fault is a method that ends with the world whole again, or with rules that end."""

    def __init__(self, plane: DataPlane, services: Services, seed: int) -> None:
        self.random = Random(seed)  # faults alone draw from it, so a seed fixes which come in which order
        self.writing = Random(seed + 1)
        self.plane = plane
        self.provider = Provider(plane)
        self.customers = Customers(plane, self.provider, self.writing)
        self.refused = 0
        self.done: Counter[str] = Counter()
        self._services = services
        self._workers: list[subprocess.Popen[bytes]] = []

    async def start(self) -> None:
        """The provider, one API, two workers."""
        await self.provider.start()
        self._api = await self.plane.api()
        self._workers = [await self.plane.worker(**TIMES) for _ in range(2)]

    async def kill_worker(self) -> None:
        place = self.random.randrange(len(self._workers))
        _kill(self._workers[place])
        self._workers[place] = await self.plane.worker(**TIMES)

    async def stop_worker(self) -> None:
        """Longer than its leases."""
        worker = self.random.choice(self._workers)
        worker.send_signal(signal.SIGSTOP)
        await asyncio.sleep(SLEEP_SECONDS)
        worker.send_signal(signal.SIGCONT)

    async def kill_api(self) -> None:
        _kill(self._api)
        self._api = await self.plane.api()

    async def restart_broker(self) -> None:
        await self._services.stop("kafka")
        await self._services.start("kafka")

    async def restart_database(self) -> None:
        await self._services.stop("postgres")
        await self._services.start("postgres")

    async def kill_provider(self) -> None:
        self.provider.kill()
        await self.provider.start()

    async def break_provider(self) -> None:
        """Errors, refusals, silence, and messages taken without an answer."""
        rules: list[dict[str, object]] = [
            {"on": "*", "status": 500, "times": 4},
            {"status": 429, "code": 20429, "retry_after": 1, "times": 4},
            {"cut": "hang", "times": 2},
            {"cut": "reset", "accepted": True, "times": 3},
            {"cut": "hang", "accepted": True, "times": 2},
        ]
        self.random.shuffle(rules)
        await self.provider.order("script", rules)

    async def fault(self) -> None:
        """One at random; the rarest so far first, so that a short run has many kinds."""
        kinds: list[Callable[[], Awaitable[None]]] = [
            self.kill_worker,
            self.stop_worker,
            self.kill_api,
            self.restart_broker,
            self.restart_database,
            self.kill_provider,
            self.break_provider,
        ]
        self.random.shuffle(kinds)
        kind = min(kinds, key=lambda each: self.done[each.__name__])
        self.done[kind.__name__] += 1
        await kind()

    async def write(self) -> None:
        """One customer after another, until cancelled; what is not accepted is counted and not promised."""
        while True:
            act = self.writing.choices(("form", "whatsapp", "again", "colleague"), (30, 55, 20, 1))[0]
            customer = self.customers.number(self.writing.randrange(200))
            with suppress(IndexError):  # nothing to say again yet
                self.refused += not await self._accepted(act, customer)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _accepted(self, act: str, customer: str) -> bool:
        try:
            match act:
                case "form":
                    return await self.customers.submit()
                case "whatsapp":
                    return await self.customers.write(customer)
                case "again":
                    return await self.customers.again()
                case _:
                    await self.customers.colleague(customer)
                    return True
        except httpx.HTTPError:
            return False

    def promised(self) -> list[str]:
        """The marks of all that was accepted, and of what the provider has: a lost webhook is no excuse."""
        received = [word for told in self.provider.journal.of("received") for word in ledger.MARK.findall(told["body"])]
        return sorted({*self.customers.said, *received})

    async def settled(self) -> None:
        """Everything that was promised is stored and worked off."""
        await self.provider.order("script", [])
        promised = set(self.promised())

        async def stored() -> bool:
            rows = await self.plane.rows(ledger.MESSAGES)
            return promised <= {word for row in rows for word in ledger.MARK.findall(row["body"])}

        with suppress(AssertionError):  # the oracle says what is missing
            await until(stored, SETTLE_SECONDS, "every message")
        with suppress(AssertionError):
            await worked_off(self.plane, SETTLE_SECONDS)


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


@asynccontextmanager
async def open_world(folder: Path, seed: int) -> AsyncIterator[World]:
    """A running world on services of its own, all ended on leaving."""
    services = Services(folder)
    try:
        await services.start()
        addresses = await services.addresses()
        plane = DataPlane(folder, addresses["FTE_DATABASE_URL"], addresses["FTE_KAFKA"])
        plane.channels[0]["web_form"] = {"rate_limit_per_minute": 6000}
        await plane.create()
        try:
            world = World(plane, services, seed)
            await world.start()
            yield world
        finally:
            await plane.close()
    finally:
        await services.stop()
