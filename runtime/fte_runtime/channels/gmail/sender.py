"""The way out of a mailbox: https://developers.google.com/workspace/gmail/api/guides/sending."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

from fte_agent.domain.delivery import Delivery, Sent
from fte_agent.errors import SendFailed
from fte_agent.inbound.mail_threads import DELIVERY_HEADER
from fte_runtime.channels.gmail.account import Account
from fte_runtime.channels.gmail.failures import NoCredentials, NotFound, QuotaExceeded, Refused, Rejected, Unreachable
from fte_runtime.channels.gmail.letter import letter
from fte_runtime.channels.gmail.resources import Message
from fte_runtime.channels.gmail.settings import Settings

MARGIN = timedelta(minutes=1)
"""How far our clock and Gmail's may be apart."""


class GmailSender:
    """Sends each part as a mail of its thread. What was not answered is looked up by its mark before it is repeated."""

    def __init__(self, *, account: Account, settings: Settings, company_name: str) -> None:
        self._account = account
        self._settings = settings
        self._company_name = company_name

    async def send(self, delivery: Delivery) -> Sent:
        """Hand one part to Gmail; raises as `ReplySender.send`."""
        mail = letter(delivery, self._settings, self._company_name)
        try:
            try:
                return Sent((await self._account.send(mail, thread_id=delivery.target.thread or None)).id)
            except NotFound:  # somebody deleted the thread; its headers still tie the mail to the customer's own
                return Sent((await self._account.send(mail)).id)
        except Unreachable as error:
            raise SendFailed("NotReached", str(error), retryable=True) from error
        except QuotaExceeded as error:
            raise SendFailed("QuotaExceeded", str(error), retryable=True, retry_after=error.retry_after) from error
        except (Rejected, NoCredentials) as error:
            raise SendFailed("NoCredentials", str(error), retryable=True) from error
        except Refused as error:
            raise SendFailed(error.reason, str(error), retryable=False) from error

    async def look_up(self, delivery: Delivery) -> Sent | None:
        """The mail with this part's mark, in its thread or among all that were sent since."""
        async for message in self._candidates(delivery):
            told = {name.lower(): value.strip() for name, value in message.headers}
            if told.get(DELIVERY_HEADER.lower()) == str(delivery.id):
                return Sent(message.id)
        return None

    async def _candidates(self, delivery: Delivery) -> AsyncIterator[Message]:
        if delivery.target.thread:
            with suppress(NotFound):
                for message in await self._account.thread(delivery.target.thread):
                    yield message
                return
        since, token = int((delivery.first_sent_at - MARGIN).timestamp()), None
        while True:
            page = await self._account.listed(f"in:sent after:{since}", page=token)
            for each in page.messages:
                yield await self._account.message(each.id, "metadata", [DELIVERY_HEADER])
            if (token := page.next_page_token) is None:
                return
