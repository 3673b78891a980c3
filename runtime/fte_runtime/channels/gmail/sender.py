"""The way out of a mailbox: https://developers.google.com/workspace/gmail/api/guides/sending."""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta

from fte_agent.domain.delivery import Delivery, Sent
from fte_agent.errors import SendFailed
from fte_agent.inbound.mail_threads import DELIVERY_HEADER
from fte_runtime.channels.gmail.account import Account
from fte_runtime.channels.gmail.failures import NoCredentials, NotFound, QuotaExceeded, Refused, Rejected, Unreachable
from fte_runtime.channels.gmail.health import tell_refused
from fte_runtime.channels.gmail.letter import letter
from fte_runtime.channels.gmail.resources import Found, Message
from fte_runtime.channels.gmail.settings import Settings
from fte_runtime.channels.parts import Report

MARGIN = timedelta(minutes=1)
"""How far our clock and Gmail's may be apart."""

_REMEMBERED = 10_000
"""How many mails' marks are kept from one whole look to the next."""


class GmailSender:
    """Sends each part as a mail of its thread. What was not answered is looked up by its mark before it is repeated.

    ``report`` tells this channel's health.
    """

    def __init__(self, *, account: Account, settings: Settings, company_name: str, report: Report) -> None:
        self._report = report
        self._account = account
        self._settings = settings
        self._company_name = company_name
        self._marks: dict[str, str] = {}
        """Of mails that were sent: they do not change, and one look may be too short for all of them."""

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
            await tell_refused(self._report, error)
            raise SendFailed("NoCredentials", str(error), retryable=True) from error
        except Refused as error:
            raise SendFailed(error.reason, str(error), retryable=False) from error

    async def look_up(self, delivery: Delivery) -> Sent | None:
        """The mail with this part's mark, in its thread or among all that were sent since."""
        async for message_id, mark in self._candidates(delivery):
            if mark == str(delivery.id):
                return Sent(message_id)
        while len(self._marks) > _REMEMBERED:
            self._marks.pop(next(iter(self._marks)))
        return None

    async def _candidates(self, delivery: Delivery) -> AsyncIterator[tuple[str, str]]:
        """Its thread's, then all that were sent since, oldest first: Gmail opens a thread of its own for a mail whose
        subject or references it does not take for an answer."""
        thread = delivery.target.thread
        for message in await self._thread(thread):
            yield message.id, _mark(message)
        for each in await self._sent_since(int((delivery.first_sent_at - MARGIN).timestamp())):
            if each.thread_id != thread:
                with suppress(NotFound):  # deleted meanwhile
                    if each.id not in self._marks:
                        self._marks[each.id] = _mark(
                            await self._account.message(each.id, "metadata", [DELIVERY_HEADER])
                        )
                    yield each.id, self._marks[each.id]

    async def _thread(self, thread: str) -> Sequence[Message]:
        try:
            return await self._account.thread(thread) if thread else ()
        except NotFound:
            return ()

    async def _sent_since(self, seconds: int) -> Sequence[Found]:
        found: list[Found] = []
        token = None
        while True:
            page = await self._account.listed(f"in:sent after:{seconds}", page=token)
            found += page.messages
            if (token := page.next_page_token) is None:
                return found[::-1]


def _mark(message: Message) -> str:
    """The delivery that a mail carries; empty for none."""
    told = {name.lower(): value.strip() for name, value in message.headers}
    return told.get(DELIVERY_HEADER.lower(), "")
