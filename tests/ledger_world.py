"""Customers who write by form and by WhatsApp, a provider that may be killed, and when all of it is worked off."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any, Protocol

import httpx
import ledger
import ledger_providers
from data_plane import PROGRAMS, QUESTION, ROOT, DataPlane, until
from doubles.twilio.account import Account, Sender
from doubles.twilio.journal import Journal
from doubles.twilio_world import OURS
from ports import free_port

SHORT: dict[str, object] = {"lease_seconds": 1, "send_seconds": 2, "lookup_seconds": 1}
"""A worker's times, so that what a crash leaves is due again at once."""
WORDS = ("Hello, I have a question.", QUESTION, "When is the showroom in Leeds open?", "Thank you!", QUESTION)


class Provider:
    """The Twilio double as a process of its own, with its journal in the plane's folder."""

    def __init__(self, plane: DataPlane) -> None:
        self._plane = plane
        self._path = plane.folder / "journal"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.account = Account(senders=[Sender(OURS)])
        self.url = f"http://127.0.0.1:{self._port}"
        plane.add_whatsapp(self)

    @property
    def journal(self) -> Journal:
        """What it wrote until now."""
        return Journal.read(self._path)

    @property
    def provided(self) -> ledger.Provided:
        """The same in the ledger's terms."""
        return ledger_providers.of_twilio(self.journal)

    async def start(self) -> None:
        """Start it, or start it again, and wait until it listens."""
        reach = [f"--reach={public}={actual}" for public, actual in self._plane.reach.items()]
        webhook = json.dumps(self.account.senders[0].webhook)
        program: Path = ROOT / "tests" / "doubles" / "twilio_server.py"
        options = ("--port", str(self._port), "--journal", self._path, "--webhook", webhook)
        self._process = self._plane.start(sys.executable, program, *options, *reach)
        await until(self._listens, 30, "the provider's start")

    def kill(self) -> None:
        """SIGKILL; the port stays its own."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def order(self, name: str, content: Any) -> Any:
        """An order as doubles/twilio/control.py has it."""
        response = await self._plane.http.post(f"{self.url}/_double/{name}", json=content)
        response.raise_for_status()
        return response.json()

    async def _listens(self) -> bool:
        try:
            return (await self._plane.http.get(self.url)).status_code > 0
        except httpx.TransportError:
            return False


class Customers:
    """Who writes, and the list of what was accepted: ``said`` holds the mark of each message that got 200 or 202."""

    def __init__(self, plane: DataPlane, provider: Provider, random: Random) -> None:
        self._plane = plane
        self._provider = provider
        self._random = random
        self._sent: list[tuple[str, Any]] = []
        self.said: list[str] = []
        self.posts = 0
        self.colleagues = 0

    def number(self, place: int) -> str:
        """A customer's address; numbers as in dramas."""
        return f"whatsapp:+447700{900000 + place}"

    async def submit(self) -> bool:
        """One form; whether it was accepted."""
        word = ledger.mark()
        form = self._plane.form(f"{QUESTION} My order is {word}.")
        if not await self._posted("form", form):
            return False
        self.said.append(word)
        self._sent.append(("form", form))
        return True

    async def write(self, customer: str) -> bool:
        """One message by WhatsApp; whether its webhook was taken."""
        word = ledger.mark()
        content = {"customer": customer, "body": f"{self._random.choice(WORDS)} My order is {word}."}
        received = await self._provider.order("inbound", content)
        self.posts += 1
        if not (received["outcomes"] and received["outcomes"][-1]["status"] == 200):
            return False
        self.said.append(word)
        self._sent.append(("again", {"sid": received["sid"]}))
        return True

    async def again(self) -> bool:
        """One of the latest messages is posted once more."""
        kind, content = self._random.choice(self._sent[-40:])
        return await self._posted(kind, content)

    async def colleague(self, customer: str) -> None:
        """Somebody answers the customer at the provider's console."""
        await self._provider.order("console", {"to": customer, "body": "I will look into it myself."})
        self.colleagues += 1

    async def _posted(self, kind: str, content: Any) -> bool:
        self.posts += 1
        if kind == "form":
            return (await self._plane.http.post("/support/submit", json=content)).status_code == 202
        return bool((await self._provider.order(kind, content))["outcomes"][-1]["status"] == 200)


async def stopped(process: subprocess.Popen[bytes]) -> None:
    """Wait until the process has stopped itself."""

    async def asleep() -> bool:
        return await asyncio.to_thread(_state, process.pid) == "T"

    await until(asleep, 60, "the stop")


def _state(process_id: int) -> str:
    """The process's state: man 5 proc_pid_stat."""
    return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]


def wake(process: subprocess.Popen[bytes]) -> None:
    """Let a stopped process go on."""
    process.send_signal(signal.SIGCONT)


async def worked_off(plane: DataPlane, seconds: float = 120, *, asleep: bool = False) -> None:
    """Wait until nothing is left to do; while a worker is ``asleep``, events may wait, whose relay may be its right."""

    async def left() -> dict[str, int]:
        found = await ledger.unfinished(plane.database_url)
        return {name: count for name, count in found.items() if not (asleep and name == "events")}

    async def done() -> bool:
        return not await left() and await plane.lag() == 0

    try:
        await until(done, seconds, "the end of all work")
    except AssertionError as error:
        obstacles = await ledger.obstacles(plane.database_url)
        raise AssertionError(f"{error}; left: {await left()}\n{obstacles}\n{plane.logs()}") from None


class Provides(Protocol):
    """A double that the ledger asks what it took."""

    @property
    def provided(self) -> ledger.Provided: ...


def invariants(plane: DataPlane) -> None:
    """The named invariants hold."""
    command = [PROGRAMS / "fte-worker", "--config", plane.worker_document(), "--check-invariants"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


async def violations(plane: DataPlane, provider: Provides, said: list[str]) -> list[str]:
    """What the oracle finds now."""
    dead = [record.value for record in await plane.records("dlq")]
    return ledger.violations(said, provider.provided, await ledger.Books.read(plane.database_url), dead)
