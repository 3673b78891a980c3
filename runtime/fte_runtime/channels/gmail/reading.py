"""One message of the mailbox: a customer's onto the bus, a colleague's answer to whoever had the conversation."""

import asyncio
import logging
from datetime import datetime
from typing import Literal
from uuid import UUID

from fte_agent.channels import EMAIL
from fte_agent.domain.delivery import OutsideReply
from fte_agent.inbound.faults import InvalidMessage
from fte_agent.inbound.mail import parse
from fte_agent.inbound.mail_model import Bounce, Mail, Receipt
from fte_agent.inbound.mail_unread import set_aside, unread
from fte_agent.inbound.own_mailbox import Mailbox
from fte_agent.ports import Clock, TakeoverStore
from fte_runtime.channels.base import InboundPublisher
from fte_runtime.channels.gmail import bounces
from fte_runtime.channels.gmail.account import Account
from fte_runtime.channels.gmail.failures import AnswerTooLarge, NoAnswer, NotFound, Refused
from fte_runtime.channels.gmail.resources import Found, Message
from fte_runtime.channels.gmail.settings import Settings
from fte_runtime.errors import DataPlaneError, RecordTooLarge, is_retryable
from fte_runtime.failures import summary

logger = logging.getLogger(__name__)

SENT = "SENT"
LEFT_ALONE = frozenset({"DRAFT", "SPAM", "TRASH", "CHAT"})
"""https://developers.google.com/workspace/gmail/api/guides/labels: what is no mail to us, or not yet."""

LOOKS, AGAIN_SECONDS = 4, 3.0
"""A message that history names may not be visible yet, or gone for good: it is asked for over ten seconds."""

PATIENCE_SECONDS = 1800.0
"""After so long a message that Gmail names, and does not give out, no longer holds up those behind it."""

AUDIT_BYTES = 64 * 1024
"""How much of a mail goes beside its record; attachments never fit in one."""

TOO_LARGE = "it is larger than what is read, so only its headers were"

_WHY = {
    "too_large": "it holds more text than is taken",
    "refused": "Gmail does not give it out",
    "failed": "reading it failed, as the worker's log tells",
}
"""What a person is told of a cause, where the error is not for them."""

_REMEMBERED = 10_000
"""How many are remembered between two readings."""


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
        self._failing: dict[str, float] = {}

    async def take(self, found: Found) -> datetime | None:
        """Take one; gives when it came in, None for one that is gone or was taken before."""
        if found.id in self._done or (found.labels and not self._ours(found.labels)):
            return None
        message = await self._taken(found)
        if message is None or self._ours(message.labels):  # else people may still make it ours
            self._done[found.id] = None
        self._failing.pop(found.id, None)
        return message.date if message is not None else None

    def rest(self) -> None:
        """All that there was is taken; until then nothing is forgotten, since it is named again after a failure."""
        while len(self._done) > _REMEMBERED:
            self._done.pop(next(iter(self._done)))

    def _ours(self, labels: frozenset[str]) -> bool:
        return not labels & LEFT_ALONE and (SENT in labels or not labels.isdisjoint(self.labels))

    async def _taken(self, found: Found) -> Message | None:
        try:
            message = await self._fetched(found.id)
        except (Refused, AnswerTooLarge, NoAnswer) as error:
            if isinstance(error, NoAnswer) and self._is_worth_another_look(found.id):
                raise
            receipt = Receipt(found.id, found.thread_id, self._clock.now(), sent=SENT in found.labels)
            await self._put_aside(b"", receipt, "refused", error)
            return None
        if message is not None and self._ours(message.labels):
            await self._read(message)
        return message

    def _is_worth_another_look(self, message_id: str) -> bool:
        now = self._clock.monotonic()
        return now - self._failing.setdefault(message_id, now) < PATIENCE_SECONDS

    async def _fetched(self, message_id: str) -> Message | None:
        try:
            return await self._looked_for(message_id, "raw")
        except AnswerTooLarge:
            return await self._looked_for(message_id, "metadata")

    async def _looked_for(self, message_id: str, form: Literal["raw", "metadata"]) -> Message | None:
        for look in range(LOOKS):
            if look:
                await asyncio.sleep(self.again_seconds)
            try:
                return await self._account.message(message_id, form)
            except NotFound:
                continue
        return None

    async def _read(self, message: Message) -> None:
        """Whatever is wrong with one mail holds up none behind it; what is wrong with the bus holds up all."""
        raw = message.raw or _headers(message)
        receipt = Receipt(message.id, message.thread_id, message.date, sent=SENT in message.labels)
        try:
            await self._tell(raw, message, receipt)
        except (InvalidMessage, RecordTooLarge) as error:
            cause = "too_large" if isinstance(error, RecordTooLarge) else "invalid"
            await self._put_aside(raw, receipt, cause, error)
        except Exception as error:
            if is_retryable(error):
                raise
            logger.exception("mail not taken", extra={"channel": self._channel, "id": message.id})
            await self._put_aside(raw, receipt, "failed", DataPlaneError(summary(error)))

    async def _tell(self, raw: bytes, message: Message, receipt: Receipt) -> None:
        read = await asyncio.to_thread(parse, raw, mailbox=self._mailbox, now=self._clock.now(), receipt=receipt)
        match read:
            case Bounce():
                for event in bounces.events(read):
                    await self._publisher.publish_event(event, read.delivery or read.original_id or message.id)
            case Mail(own=True):
                await self._tell_of(read, message)
            case Mail():
                told = read.to_message() if message.raw else set_aside(read.to_message(), receipt, TOO_LARGE)
                await self._publisher.publish(told, raw[:AUDIT_BYTES])

    async def _put_aside(self, raw: bytes, receipt: Receipt, cause: str, error: Exception) -> None:
        """Keep a mail that cannot be read as it is, and open it for a person, unless it is one of ours."""
        kept = raw[:AUDIT_BYTES]
        await self._publisher.put_aside(
            kept, channel_name=self._channel, external_id=receipt.id, cause=cause, error=error
        )
        if not receipt.sent:
            told = unread(raw, mailbox=self._mailbox, receipt=receipt, why=_WHY.get(cause, str(error)))
            await self._publisher.publish(told, kept)

    async def _tell_of(self, mail: Mail, message: Message) -> None:
        """A mail in Sent carries a delivery, and Gmail may have named it anew; or else a colleague wrote it."""
        if SENT not in message.labels:
            return
        if mail.delivery:
            if mail.message_id and mail.delivery not in mail.message_id:
                await self._takeovers.note_sent_as(UUID(mail.delivery), mail.message_id)
            return
        await self._takeovers.take_over(
            OutsideReply(
                channel=EMAIL,
                channel_name=self._channel,
                thread_key=message.thread_id,
                external_id=message.id,
                body=mail.body,
                occurred_at=message.date,
                participants=mail.others,
                message_id=mail.message_id,
                in_reply_to=mail.in_reply_to,
                references=mail.references,
            )
        )


def _headers(message: Message) -> bytes:
    lines = (f"{name}: {value}" for name, value in message.headers)
    return "\r\n".join((*lines, "", "")).encode("utf-8", "surrogateescape")
