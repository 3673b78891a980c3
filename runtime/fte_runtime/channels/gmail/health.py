"""What the worker finds out about a mailbox, as named parts of the channel's health."""

from collections.abc import Sequence
from typing import Protocol

from fte_runtime.channels import parts
from fte_runtime.channels.gmail.account import Account
from fte_runtime.channels.gmail.consent import Consents
from fte_runtime.channels.gmail.failures import NoCredentials, OtherMailbox, Rejected
from fte_runtime.channels.parts import CREDENTIALS, Fault, Report
from fte_runtime.errors import public_sentence

MISSING_CREDENTIALS = "The credentials cannot be read: a service account's key or an authorised user's JSON is needed."
_ALL = "https://mail.google.com/"
_MODIFY = "https://www.googleapis.com/auth/gmail.modify"
_NEEDED = (
    frozenset({"https://www.googleapis.com/auth/gmail.readonly", _MODIFY, _ALL}),
    frozenset({"https://www.googleapis.com/auth/gmail.send", _MODIFY, _ALL}),
)
"""One scope of each is enough to read and to send; a person may consent to some only."""


class CredentialsCheck(parts.CredentialsCheck):
    """Tries the credentials on the mailbox itself, by a call of one quota unit, and looks when the consent ends."""

    role = "gmail-credentials"
    usual = 30.0

    def __init__(self, *, channel: str, account: Account, report: Report, consents: Consents | None = None) -> None:
        super().__init__(channel=channel, report=report)
        self._account = account
        self._consents = consents

    async def fault(self) -> Fault | None:
        """As the base class's."""
        try:
            await self._account.profile()
        except (NoCredentials, Rejected) as error:
            if self._consents and isinstance(error, Rejected) and error.reason == "invalid_grant":
                await self._consents.refused(self._account.grant)
            return fault_of(error)
        if self._consents:
            await self._consents.taken(self._account.grant)
        grant = self._account.grant
        if grant is not None and grant.scopes is not None and not all(grant.scopes & each for each in _NEEDED):
            return fault_of(Rejected("insufficientPermissions"))
        return None


def fault_of(error: NoCredentials | Rejected) -> Fault:
    """What a refusal says of the credentials."""
    if isinstance(error, NoCredentials):
        return Fault(MISSING_CREDENTIALS)
    if isinstance(error, OtherMailbox):
        return Fault(f"The credentials open another mailbox than {error.mailbox}.")
    return Fault(f"Google {public_sentence(error)}.", error.chance)


async def tell_refused(report: Report, error: NoCredentials | Rejected) -> None:
    """Tell at once what one refusal proves; the check finds the rest, and the end of it."""
    if not (fault := fault_of(error)).chance:
        await report(CREDENTIALS, fault.sentence)


class Check(Protocol):
    """A look at one part."""

    async def step(self) -> None:
        """Look, and tell."""


class Checks:
    """A singleton of several looks; ``credentials`` come last, so that what the store alone tells waits for nobody."""

    role = CredentialsCheck.role

    def __init__(self, first: Sequence[Check], credentials: CredentialsCheck) -> None:
        self.key = credentials.key
        self._first = first
        self._credentials = credentials

    @property
    def period(self) -> float:
        """Seconds until the next looks."""
        return self._credentials.period

    async def step(self) -> None:
        """Each look once."""
        for check in (*self._first, self._credentials):
            await check.step()
