"""Mailboxes as their journal left them, so that a double killed and started again still knows what it took."""

from base64 import b64decode

from doubles.google.journal import Journal
from doubles.google.mail import Mail
from doubles.google.mailboxes import Mailbox, Record, Watch
from doubles.journal import Entry


def restore(mailboxes: dict[str, Mailbox], journal: Journal) -> None:
    """Messages, their history and watches; not rules, access tokens, pushes under way or what was forgotten."""
    for entry in journal.entries:
        if (mailbox := mailboxes.get(entry.data.get("mailbox", ""))) is None:
            continue
        if entry.kind == "mail":
            _mail(mailbox, entry)
        elif entry.kind == "change":
            _change(mailbox, entry)
        elif entry.kind == "watch":
            told = entry.data
            watch = Watch(told["topic"], frozenset(told["labels"]), told["include"], told["expiration"])
            mailbox.watch = watch if told["expiration"] else None


def _mail(mailbox: Mailbox, entry: Entry) -> None:
    told = entry.data
    raw = b64decode(told["raw"])
    mailbox.put(Mail(told["id"], told["thread_id"], raw, set(told["labels"]), told["date"], told["history_id"]))


def _change(mailbox: Mailbox, entry: Entry) -> None:
    told, mail = entry.data, mailbox.mails[entry.data["id"]]
    mail.labels = set(told["labels"])
    for number, kind, labels in told["records"]:
        mail.history_id = mailbox.history_id = number
        mailbox.history.append(Record(number, kind, mail, frozenset(labels)))
    if told["deleted"]:
        del mailbox.mails[mail.id]
