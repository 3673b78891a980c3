"""A mailbox of ours on the Google double: settings, secret files, and a double to talk to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doubles.google.double import GoogleDouble
from doubles.google_world import ALIAS, DESK, a_double

from fte_runtime.channels.gmail.account import Account
from fte_runtime.channels.gmail.settings import Settings


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
