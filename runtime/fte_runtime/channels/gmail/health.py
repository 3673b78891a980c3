"""What the worker finds out about a mailbox, as named parts of the channel's health."""

from collections.abc import Awaitable, Callable

from fte_runtime.channels.gmail.account import Account
from fte_runtime.channels.gmail.failures import NoCredentials, Rejected
from fte_runtime.channels.gmail.settings import Settings
from fte_runtime.errors import public_sentence

CREDENTIALS = "credentials"
REGISTRATION = "registration"
MISSING_CREDENTIALS = "The credentials cannot be read: a service account's key or an authorised user's JSON is needed."

Report = Callable[[str, str | None], Awaitable[None]]
"""Tells a named part of this channel's health: what is wrong with it, or None."""


class CredentialsCheck:
    """A singleton that tries the credentials on the mailbox itself; an outage of Gmail says nothing about them."""

    role = "gmail-credentials"
    period = 30.0

    def __init__(self, *, channel: str, account: Account, settings: Settings, report: Report) -> None:
        self.key = channel
        self._account = account
        self._settings = settings
        self._report = report

    async def step(self) -> None:
        """One real call, of one quota unit."""
        await self._report(CREDENTIALS, await self._fault())

    async def _fault(self) -> str | None:
        try:
            address = (await self._account.profile()).address
        except NoCredentials:
            return MISSING_CREDENTIALS
        except Rejected as rejected:
            return f"Google {public_sentence(rejected)}."
        if address != self._settings.mailbox:
            return f"The credentials open another mailbox than {self._settings.mailbox}."
        return None
