"""What a provider's journal says, in the ledger's terms, whichever provider it is."""

from base64 import b64decode
from collections import defaultdict
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from urllib.parse import parse_qs, urlsplit

from doubles.google.journal import Journal as GoogleJournal
from doubles.twilio.journal import Journal as TwilioJournal
from ledger import Provided, Taken, marks


def of_twilio(journal: TwilioJournal) -> Provided:
    """A delivery's id rides in the callback that a message was sent with."""
    taken = [
        Taken(
            name=message["sid"],
            delivery=parse_qs(urlsplit(message["status_callback"] or "").query).get("delivery", [""])[0],
            to=message["to"],
            body=message["body"],
        )
        for message in journal.accepted()
    ]
    colleagues = frozenset(message["to"] for message in journal.accepted(author="console"))
    return Provided("whatsapp", tuple(taken), colleagues)


@dataclass(frozen=True, slots=True)
class _Mail:
    author: str
    thread: str
    told: EmailMessage

    @property
    def text(self) -> str:
        part = self.told.get_body(("plain",))
        return part.get_content() if part is not None else ""


def of_google(journal: GoogleJournal) -> Provided:
    """A delivery's id stands in the mail; a colleague answers the marks of a thread's customer."""
    mails = [_Mail(each["author"], each["thread_id"], _parsed(each["raw"])) for each in journal.of("mail")]
    ids = [each["id"] for each in journal.of("mail")]
    taken = [_taken(name, mail.told, mail.text) for name, mail in zip(ids, mails, strict=True) if mail.author == "api"]
    threads: dict[str, set[str]] = defaultdict(set)
    colleagues: set[str] = set()
    for mail in mails:
        if mail.author == "customer":
            threads[mail.thread] |= marks(mail.text)
        elif mail.author == "person":
            colleagues |= threads[mail.thread]
    return Provided("email", tuple(taken), frozenset(colleagues), kept=frozenset(colleagues))


def _parsed(raw: str) -> EmailMessage:
    return message_from_bytes(b64decode(raw), policy=policy.default)  # type: ignore[arg-type,return-value]


def _taken(name: str, mail: EmailMessage, text: str) -> Taken:
    recipients = [address for _, address in getaddresses(mail.get_all("To", []) + mail.get_all("Cc", []))]
    return Taken(
        name=name,
        delivery=str(mail.get("X-FTE-Delivery", "")),
        to=", ".join(recipients),
        body=text,
        answers=str(mail.get("In-Reply-To", "")),
    )
