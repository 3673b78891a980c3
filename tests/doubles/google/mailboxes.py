"""A mailbox: its messages, what happened to them, and its watch. State without I/O."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, make_msgid
from typing import Any, Literal

from doubles.google.mail import Mail
from doubles.google.refusals import NOT_FOUND, Refused, invalid
from doubles.google.threads import joins

FIRST_ID = 0x18F0000000000000
WEEK_MS = 7 * 24 * 3600 * 1000
HistoryType = Literal["messageAdded", "messageDeleted", "labelAdded", "labelRemoved"]
KEPT_AS = "X-Google-Original-Message-ID"


@dataclass(frozen=True, slots=True)
class Record:
    """One change: https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.history/list#history."""

    id: int
    kind: HistoryType
    mail: Mail
    labels: frozenset[str] = frozenset()

    def resource(self) -> dict[str, Any]:
        told: dict[str, Any] = {"message": self.mail.short() | {"labelIds": sorted(self.mail.labels)}}
        name = {"messageAdded": "messagesAdded", "messageDeleted": "messagesDeleted"}.get(self.kind)
        if name is None:
            name = self.kind.replace("label", "labels")
            told["labelIds"] = sorted(self.labels)
        return {"id": str(self.id), "messages": [self.mail.short()], name: [told]}


@dataclass(slots=True)
class Watch:
    """What Gmail tells Pub/Sub of, until ``expiration`` (ms)."""

    topic: str
    labels: frozenset[str]
    include: bool
    expiration: int

    def tells(self, labels: Iterable[str], now: int) -> bool:
        """Whether a change to a message with these labels is told."""
        if now >= self.expiration:
            return False
        return not self.labels or bool(self.labels & set(labels)) == self.include


@dataclass(slots=True)
class Mailbox:
    """``aliases`` are other addresses of it. ``message_ids`` says what becomes of the Message-ID of what it sends:
    Google documents neither, so a client must bear both. ``clock`` gives Unix seconds."""

    address: str
    clock: Callable[[], float]
    aliases: tuple[str, ...] = ()
    message_ids: Literal["kept", "rewritten"] = "rewritten"
    mails: dict[str, Mail] = field(default_factory=dict)
    history: list[Record] = field(default_factory=list)
    history_id: int = 1000
    oldest: int = 1000
    watch: Watch | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        return (self.address, *self.aliases)

    def now(self) -> int:
        return int(self.clock() * 1000)

    def mail(self, mail_id: str) -> Mail:
        """A message that is there; raises `Refused` (404)."""
        if (mail := self.mails.get(mail_id)) is None:
            raise Refused(NOT_FOUND)
        return mail

    def thread(self, thread_id: str) -> list[Mail]:
        """The messages of a thread in their order; raises `Refused` (404)."""
        if not (found := [mail for mail in self.mails.values() if mail.thread_id == thread_id]):
            raise Refused(NOT_FOUND)
        return sorted(found, key=lambda mail: (mail.date, mail.id))

    def receive(self, raw: bytes, labels: Iterable[str], date: int | None = None) -> Mail:
        """A mail from outside, or one that a person wrote: it joins a thread by its references."""
        message = message_from_bytes(raw)
        threads = {mail.thread_id for mail in self.mails.values()}
        joined = sorted(thread for thread in threads if joins(message, self.thread(thread)))
        return self._add(raw, set(labels), joined[0] if joined else None, date)

    def send(self, raw: bytes, thread_id: str | None) -> Mail:
        """What `users.messages.send` does with a mail; raises `Refused`."""
        message = message_from_bytes(raw, policy=SMTP)
        to = self._recipients(message)
        sender = getaddresses([str(message.get("From", ""))])
        if not sender or sender[0][1].lower() not in self.addresses:
            del message["From"]
            message["From"] = self.address  # a From that is not of the mailbox is replaced, and nobody is told
        if "Date" not in message:
            message["Date"] = format_datetime(datetime.fromtimestamp(self.clock(), UTC))
        own = str(message.get("Message-ID", ""))
        if not own or self.message_ids == "rewritten":
            del message["Message-ID"]
            message["Message-ID"] = make_msgid(domain="mail.gmail.com")
            if own:
                message[KEPT_AS] = own
        joined = thread_id if thread_id and joins(message, self.thread(thread_id)) else None
        labels = {"SENT"} | ({"INBOX", "UNREAD"} if to & set(self.addresses) else set())
        return self._add(message.as_bytes(), labels, joined, None)

    def label(self, mail_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Mail:
        """A person moves a message: to the trash, out of the inbox."""
        mail = self.mail(mail_id)
        for kind, labels in (("labelAdded", frozenset(add)), ("labelRemoved", frozenset(remove))):
            if labels:
                mail.labels = mail.labels | labels if kind == "labelAdded" else mail.labels - labels
                self._record(kind, mail, labels)
        return mail

    def delete(self, mail_id: str) -> Mail:
        """A message is gone for good; its history stays."""
        mail = self.mail(mail_id)
        self._record("messageDeleted", mail)
        del self.mails[mail_id]
        return mail

    def forget_history(self) -> None:
        """Whatever was before now is too old to be asked for."""
        self.history.clear()
        self.history_id += 1
        self.oldest = self.history_id

    def put(self, mail: Mail) -> None:
        """A message as it was, with its record."""
        self.mails[mail.id] = mail
        self.history.append(Record(mail.history_id, "messageAdded", mail))
        self.history_id = max(self.history_id, mail.history_id)

    def _recipients(self, message: Any) -> set[str]:
        lines = [str(value) for name in ("To", "Cc", "Bcc") for value in message.get_all(name, [])]
        if not (found := {address.lower() for _, address in getaddresses(lines) if "@" in address}):
            raise invalid("Recipient address required")
        return found

    def _add(self, raw: bytes, labels: set[str], thread_id: str | None, date: int | None) -> Mail:
        mail_id = f"{FIRST_ID + self.history_id * 7919:x}"  # a history id is never used twice
        mail = Mail(mail_id, thread_id or mail_id, raw, labels, self.now() if date is None else date, 0)
        self.mails[mail_id] = mail
        self._record("messageAdded", mail)
        return mail

    def _record(self, kind: HistoryType, mail: Mail, labels: frozenset[str] = frozenset()) -> None:
        """Ids rise, with gaps: ``startHistoryId`` of the list says so."""
        self.history_id += 1 + len(self.history) % 5
        mail.history_id = self.history_id
        self.history.append(Record(self.history_id, kind, mail, labels))
