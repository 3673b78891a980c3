"""What the worker finds out about an account at Twilio, as named parts of the channel's health."""

from collections.abc import Awaitable, Callable

from fte_runtime.channels.twilio_whatsapp.client import Account, Refused
from fte_runtime.config import ConfigError

CREDENTIALS = "credentials"
REGISTRATION = "registration"
REFUSED_CREDENTIALS = "Twilio refuses the account SID or the auth token; check the channel's Secret."
MISSING_CREDENTIALS = "The account SID or the auth token cannot be read; check the channel's Secret."

Report = Callable[[str, str | None], Awaitable[None]]
"""Tells a named part of this channel's health: what is wrong with it, or None."""


class CredentialsCheck:
    """A singleton that tries the credentials on the account itself: https://www.twilio.com/docs/iam/api/account.

    An outage of Twilio says nothing about them and changes nothing.
    """

    role = "twilio-credentials"
    period = 180.0

    def __init__(self, *, channel: str, account: Account, report: Report) -> None:
        self.key = channel
        self._account = account
        self._report = report

    async def step(self) -> None:
        """One real call."""
        try:
            await self._account.client().api.v2010.accounts(self._account.sid).fetch_async()
        except ConfigError:
            await self._report(CREDENTIALS, MISSING_CREDENTIALS)
        except Refused as refused:
            if not refused.unauthorised:
                raise
            await self._report(CREDENTIALS, REFUSED_CREDENTIALS)
        else:
            await self._report(CREDENTIALS, None)
