"""A mailbox of ours on the Google double: settings, secret files, and a double to talk to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doubles.google.double import GoogleDouble
from doubles.google_world import ALIAS, AUDIENCE, DESK, TOPIC, a_double
from runtime_doubles import FakeClock, FakeCursors, FakePublisher, FakeTakeovers

from fte_runtime.channels.gmail.account import Account
from fte_runtime.channels.gmail.pushes import Pushes
from fte_runtime.channels.gmail.reading import Reader
from fte_runtime.channels.gmail.settings import Settings
from fte_runtime.channels.gmail.sync import Sync
from fte_runtime.clock import SystemClock
from fte_runtime.events import Topics, decode
from fte_runtime.inbound_publisher import BusInboundPublisher
from fte_runtime.metrics import WorkerMetrics

PUB_SUB = {"topic": TOPIC, "audience": AUDIENCE, "service_account": "push@project.iam.gserviceaccount.com"}


@dataclass
class World:
    """The double and our account at it; `file` holds its credentials."""

    double: GoogleDouble
    file: Path
    accounts: list[Account] = field(default_factory=list)

    def settings(self, **changes: Any) -> Settings:
        facts: dict[str, Any] = {
            "mailbox": DESK,
            "aliases": [ALIAS],
            "credentials_file": self.file,
            "api_url": self.double.url,
            "token_url": self.double.token_url,
        }
        return Settings.model_validate(facts | changes)

    def account(self, **changes: Any) -> Account:
        limits = {name: changes.pop(name) for name in ("seconds", "max_answer_bytes", "pace") if name in changes}
        account = Account(self.settings(**changes), **limits)
        self.accounts.append(account)
        return account

    def service_account(self) -> None:
        """Credentials by domain-wide delegation."""
        account = self.double.identities.service_accounts[0]
        self.file.write_text(account.file("http://127.0.0.1:1/elsewhere"))

    def authorised_user(self) -> None:
        """Credentials by a person's consent."""
        self.file.write_text(self.double.identities.consents[0].file())


class Told(list[tuple[str, str | None]]):
    """What was told of a channel's parts, in order; it is itself the way to tell."""

    async def __call__(self, part: str, error: str | None) -> None:
        self.append((part, error))

    def of(self, part: str) -> list[str | None]:
        return [error for name, error in self if name == part]


class Room:
    """A mailbox's sync with all around it, of which `sync` makes another that finds the same store."""

    def __init__(self, world: World, clock: FakeClock | None = None) -> None:
        self.world = world
        self.bus, self.cursors, self.told = FakePublisher(), FakeCursors(), Told()
        self.clock = clock or FakeClock(at=SystemClock().now())
        self.metrics = WorkerMetrics()

    def sync(self, account: Account | None = None, **changes: Any) -> Sync:
        settings, account = self.world.settings(**changes), account or self.world.account(**changes)
        bus = BusInboundPublisher(topics=Topics("fte"), publisher=self.bus, metrics=self.metrics.inbound)
        shared: dict[str, Any] = {"channel": "mail", "account": account, "clock": self.clock}
        reader = Reader(settings=settings, publisher=bus, takeovers=FakeTakeovers(), again_seconds=0, **shared)
        return Sync(
            reader=reader,
            cursors=self.cursors,
            report=self.told,
            pushes=self.pushes(**changes),
            metrics=self.metrics.sync,
            **shared,
        )

    def pushes(self, **changes: Any) -> Pushes:
        return Pushes(channel="mail", settings=self.world.settings(**changes), cursors=self.cursors)

    @property
    def bodies(self) -> list[str]:
        return [decode(value).body for _, value, _ in self.bus.on("fte.tickets.incoming")]


@asynccontextmanager
async def a_world(folder: Path, **changes: Any) -> AsyncIterator[World]:
    async with a_double(**changes) as double:
        world = World(double, folder / "credentials.json")
        world.service_account()
        try:
            yield world
        finally:
            for account in world.accounts:
                await account.aclose()
