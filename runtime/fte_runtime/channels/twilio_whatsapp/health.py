"""What the worker finds out about an account at Twilio, as named parts of the channel's health."""

from fte_runtime.channels import parts
from fte_runtime.channels.parts import Fault, Report
from fte_runtime.channels.twilio_whatsapp.client import Account, Refused
from fte_runtime.config import ConfigError

REFUSED_CREDENTIALS = "Twilio refuses the account SID or the auth token; check the channel's Secret."
MISSING_CREDENTIALS = "The account SID or the auth token cannot be read; check the channel's Secret."


class CredentialsCheck(parts.CredentialsCheck):
    """Fetches the account: https://www.twilio.com/docs/iam/api/account.

    Twilio has no tokens that are renewed behind our back, so one refusal is no chance.
    """

    role = "twilio-credentials"
    usual = 180.0

    def __init__(self, *, channel: str, account: Account, report: Report) -> None:
        super().__init__(channel=channel, report=report)
        self._account = account

    async def fault(self) -> Fault | None:
        """As the base class's."""
        try:
            await self._account.client().api.v2010.accounts(self._account.sid).fetch_async()
        except ConfigError:
            return Fault(MISSING_CREDENTIALS)
        except Refused as refused:
            if not refused.unauthorised:
                raise
            return Fault(REFUSED_CREDENTIALS)
        return None
