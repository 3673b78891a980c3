"""One message of the mailbox: a customer's onto the bus, a colleague's answer to whoever had the conversation."""

import asyncio
from datetime import datetime

from fte_agent.channels import EMAIL
from fte_agent.domain.delivery import OutsideReply
from fte_agent.inbound.faults import InvalidMessage
from fte_agent.inbound.mail import parse
from fte_agent.inbound.mail_model import Bounce, Mail, Receipt
from fte_agent.inbound.own_mailbox import Mailbox
from fte_agent.ports import Clock, TakeoverStore
from fte_runtime.channels.base import InboundPublisher
from fte_runtime.channels.gmail.account import Account
from fte_runtime.channels.gmail.failures import AnswerTooLarge, NotFound, Refused
from fte_runtime.channels.gmail.resources import Found, Message
from fte_runtime.channels.gmail.settings import Settings
from fte_runtime.errors import RecordTooLarge
from fte_runtime.events import ChannelEvent

SENT = "SENT"
LEFT_ALONE = frozenset({"DRAFT", "SPAM", "TRASH", "CHAT"})
"""https://developers.google.com/workspace/gmail/api/guides/labels: what is no mail to us, or not yet."""

LOOKS, AGAIN_SECONDS = 4, 3.0
"""A message that history names may not be visible yet, or gone for good: it is asked for over ten seconds."""

AUDIT_BYTES = 64 * 1024
"""How much of a mail goes beside its record; attachments never fit in one."""

_REMEMBERED = 10_000


class Reader:
    """Takes messages as history or a list names them, each once in this process; the store knows the rest.

    A message at fault itself is put aside, and the rest goes on; an error of the bus or of Gmail is not its fault.
    What has none of ``labels`` any more, and was not sent, is nobody's question: people or rules dealt with it.
    """

    def __init__(
        self,
        *,
        channel: str,
        settings: Settings,
        account: Account,
        publisher: InboundPublisher,
        takeovers: TakeoverStore,
        clock: Clock,
        again_seconds: float = AGAIN_SECONDS,
    ) -> None:
        self._channel = channel
        self.labels = tuple(settings.label_ids)
        self._mailbox = Mailbox(channel, tuple(sorted(settings.addresses)))
        self._account = account
        self._publisher = publisher
        self._takeovers = takeovers
        self._clock = clock
        self.again_seconds = again_seconds
        self._done: dict[str, None] = {}

    async def take(self, found: Found) -> datetime | None:
        """Take one; gives when it came in, None for one that is gone or was taken before."""
        if found.id in self._done or (found.labels and not self._ours(found.labels)):
            return None
        message = await self._fetched(found.id)
        if message is not None and self._ours(message.labels):
            await self._read(message)
        self._done[found.id] = None
        while len(self._done) > _REMEMBERED:
            self._done.pop(next(iter(self._done)))
        return message.date if message is not None else None

    def _ours(self, labels: frozenset[str]) -> bool:
        return not labels & LEFT_ALONE and (SENT in labels or not labels.isdisjoint(self.labels))

    async def _fetched(self, message_id: str) -> Message | None:
        for look in range(LOOKS):
            if look:
                await asyncio.sleep(self.again_seconds)
            try:
                return await self._account.message(message_id)
            except NotFound:
                continue
            except AnswerTooLarge:
                return await self._account.message(message_id, "metadata")  # what it says is a person's to read
            except Refused as error:
                await self._put_aside(b"", message_id, "refused", error)
                break
        return None

    async def _read(self, message: Message) -> None:
        raw = message.raw or _headers(message)
        receipt = Receipt(message.id, message.thread_id, message.date, sent=SENT in message.labels)
        try:
            read = await asyncio.to_thread(parse, raw, mailbox=self._mailbox, now=self._clock.now(), receipt=receipt)
            match read:
                case Bounce():
                    await self._publisher.publish_event(self._bounced(read), read.delivery or read.original_id)
                case Mail(own=True):
                    await self._tell_of(read, message)
                case Mail():
                    await self._publisher.publish(read.to_message(), raw[:AUDIT_BYTES])
        except (InvalidMessage, RecordTooLarge) as error:
            cause = "too_large" if isinstance(error, RecordTooLarge) else "invalid"
            await self._put_aside(raw, message.id, cause, error)

    async def _put_aside(self, raw: bytes, message_id: str, cause: str, error: Exception) -> None:
        await self._publisher.put_aside(
            raw[:AUDIT_BYTES], channel_name=self._channel, external_id=message_id, cause=cause, error=error
        )

    async def _tell_of(self, mail: Mail, message: Message) -> None:
        """A mail of ours in Sent that no delivery of ours is: a colleague answered from the mailbox."""
        if mail.delivery or SENT not in message.labels:
            return
        await self._takeovers.take_over(
            OutsideReply(
                channel=EMAIL,
                channel_name=self._channel,
                thread_key=message.thread_id,
                external_id=message.id,
                body=mail.body,
                occurred_at=message.date,
            )
        )

    def _bounced(self, report: Bounce) -> ChannelEvent:
        told = next((each for each in report.recipients if each.failed), None)
        fields = {
            "delivery": report.delivery,
            "original_id": report.original_id,
            "recipient": told.address if told else "",
            "status": told.status if told else "",
            "permanent": "yes" if report.permanent else "",
        }
        return ChannelEvent(self._channel, EMAIL, report.received_at, fields)


def _headers(message: Message) -> bytes:
    lines = (f"{name}: {value}" for name, value in message.headers)
    return "\r\n".join((*lines, "", "")).encode("utf-8", "surrogateescape")
