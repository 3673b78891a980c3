"""What is read of a mail, and of a report that one was not delivered."""

from dataclasses import dataclass
from datetime import datetime

from fte_agent.channels import EMAIL
from fte_agent.domain.messages import Attachment, Identifier, InboundMessage, ReplyTarget
from fte_agent.domain.turns import Reason
from fte_agent.inbound.mail_attachments import MailAttachment

SOURCE = "email"

ENCRYPTED_TEXT = "application/pgp-encrypted"
"""The kind of a text between the lines of OpenPGP (RFC 3156 §4 names it so where it is a part of its own)."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What Gmail says of a mail besides its bytes: its id in the mailbox, its thread, when it came in
    (``internalDate``), timezone-aware, and whether the mailbox sent it (the label ``SENT``)."""

    id: str
    thread_id: str
    received_at: datetime
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that is no bounce.

    ``key`` is the same for the same mail for ever. ``message_id`` is the RFC 5322 Message-ID, or empty. ``sender`` is
    whose mail it is, verified where the receiving server proved it (DMARC); ``reply_to`` is where the answer goes.
    ``body`` is what it says itself, ``full_text`` all of it with its quotes. ``signs`` name what says that a program
    wrote it; ``suppressed`` says that it asks for no automatic answer, which Exchange writes into people's mails, too.
    ``own`` says that we wrote it: ``delivery`` is what its ``X-FTE-Delivery`` names, empty if a colleague
    wrote it from one of the mailbox's addresses. ``forwarded`` says that ``body`` holds somebody else's words,
    ``unreadable`` that no key of ours opens it. What it continues is told three ways, since programs lose each now and
    then: ``in_reply_to``, ``references`` (oldest first, as its program wrote them), ``reply_token`` of the address it
    came to. ``thread`` is Gmail's. ``participants`` are the addresses in To and Cc, whether ours or not; ``written_to``
    is the first of them that is ours, empty for a blind copy.
    """

    channel_name: str
    key: str
    message_id: str
    thread_key: str
    sender: Identifier
    display_name: str
    subject: str
    body: str
    full_text: str
    received_at: datetime
    reply_to: str
    signs: tuple[str, ...] = ()
    suppressed: bool = False
    own: bool = False
    delivery: str = ""
    forwarded: bool = False
    unreadable: bool = False
    attachments: tuple[MailAttachment, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_token: str = ""
    thread: str = ""
    participants: tuple[str, ...] = ()
    written_to: str = ""

    @property
    def automated(self) -> bool:
        """Whether a program wrote it: it is stored and never answered (RFC 3834 §2)."""
        return bool(self.signs)

    def to_message(self) -> InboundMessage:
        """The domain's view of it. A mail of our own counts as automated, so that none is ever answered.

        Its metadata hold ``full_text`` where that is more than the body, what says that a program wrote it
        (``automated_by``), that it asks for no automatic answer (``suppressed``), and ``unreadable``.
        """
        return InboundMessage(
            source=SOURCE,
            dedupe_key=self.key,
            channel=EMAIL,
            channel_name=self.channel_name,
            thread_key=self.thread_key,
            sender=self.sender,
            body=self.body,
            occurred_at=self.received_at,
            subject=self.subject,
            display_name=self.display_name,
            automated=self.automated or self.own,
            handed_over=Reason.SUPPRESSED if self.suppressed else "",
            external_id=self.message_id,
            in_reply_to=self.in_reply_to,
            reply_target=ReplyTarget(
                address=self.reply_to,
                subject=self.subject,
                thread=self.thread_key,
                parent_id=self.message_id,
                references=" ".join(self.references),
                written_to=self.written_to,
            ),
            attachments=self._attached(),
            metadata=self._metadata(),
        )

    def _attached(self) -> tuple[Attachment, ...]:
        """A text that is encrypted itself counts as something attached: a person has to open it."""
        listed = tuple(Attachment(each.kind, name=each.name) for each in self.attachments)
        return listed or ((Attachment(ENCRYPTED_TEXT),) if self.unreadable else ())

    def _metadata(self) -> dict[str, str]:
        found = {
            "full_text": self.full_text if self.full_text != self.body else "",
            "automated_by": ", ".join(self.signs),
            "suppressed": "yes" if self.suppressed else "",
            "unreadable": "yes" if self.unreadable else "",
        }
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody a mail was for: ``action`` is ``failed``, ``delayed``, ``delivered``, ``relayed`` or ``expanded``
    (RFC 3464 §2.3.3), ``status`` such as ``5.1.1`` (RFC 3463), empty where the report names none. ``original`` is the
    address that the mail was sent to, where a server on the way put ``address`` in its place (§2.3.1)."""

    address: str
    action: str
    status: str = ""
    original: str = ""

    @property
    def failed(self) -> bool:
        """Whether the server gave up: the mail will not arrive."""
        return self.action == "failed"

    @property
    def undeliverable(self) -> bool:
        """Whether another mail would fail as well: it gave up for a reason that stays (5.x.x)."""
        return self.failed and self.status.startswith("5.")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A server's report on a mail of ours; never a ticket.

    ``original_id`` is that mail's Message-ID, ``delivery`` what its ``X-FTE-Delivery`` names; each is empty where the
    report does not repeat it. A report is a claim: who knows a delivery's id may write one, so believe it of the
    delivery's own recipient alone. ``key`` is as a `Mail`'s.
    """

    channel_name: str
    key: str
    original_id: str
    delivery: str
    recipients: tuple[Recipient, ...]
    received_at: datetime

    @property
    def permanent(self) -> bool:
        """Whether it says of anybody that no mail will reach them."""
        return any(each.undeliverable for each in self.recipients)
