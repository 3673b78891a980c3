"""E-mail: RFC 5322 bytes, as a mailbox holds them."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage

from fte_agent.channels import EMAIL
from fte_agent.domain.messages import Identifier, InboundMessage
from fte_agent.inbound.addresses import mail_address
from fte_agent.inbound.faults import InvalidMessage, invalid
from fte_agent.inbound.mail_body import body_of, said_now
from fte_agent.inbound.mail_headers import POLICY, Headers
from fte_agent.inbound.mail_origin import is_automated, is_verified
from fte_agent.text.cleaning import line

SOURCE = "email"
MAX_KEY_CHARS = 500
MAX_ATTACHMENTS = 20

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,998}>")


def parse(raw: bytes, *, mailbox: str, now: datetime, trusted: str | None = None) -> InboundMessage:
    """The mail that arrived in ``mailbox`` at ``now``, without quotes of what was said before.

    ``trusted`` is the authserv-id of the server that received it (RFC 8601): the sender is verified only if its
    topmost ``Authentication-Results`` says so. Content of attachments is ignored. The sender is who stands in
    From, since DMARC speaks of that; another Reply-To is noted in ``metadata``. A Date is the sender's claim and
    not read.

    Raises:
        InvalidMessage: no mail, or nobody to answer.
    """
    try:
        mail = message_from_bytes(raw, policy=POLICY)
        return _message(raw, mail, mailbox, now, trusted)
    except InvalidMessage:
        raise
    except Exception as error:  # the parser of the standard library fails in many ways on what is no mail
        raise invalid("message", "must be a mail as RFC 5322 describes it") from error


def _message(raw: bytes, mail: EmailMessage, mailbox: str, now: datetime, trusted: str | None) -> InboundMessage:
    headers = Headers(mail)
    name, address = headers.mailbox("From")
    sender = mail_address("From", address)
    key = _first_id(headers, "Message-ID") or f"sha256:{hashlib.sha256(raw).hexdigest()}"
    return InboundMessage(
        source=SOURCE,
        dedupe_key=key,
        channel=EMAIL,
        channel_name=mailbox,
        thread_key=_first_id(headers, "References") or _first_id(headers, "In-Reply-To") or key,
        sender=Identifier("email", sender, verified=is_verified(headers, trusted)),
        body=said_now(body_of(mail)),
        occurred_at=now,
        subject=line(headers.text("Subject")),
        display_name=line(name),
        automated=is_automated(headers, sender) or sender.casefold() == mailbox.casefold(),
        metadata=dict(_metadata(headers, mail, sender)),
    )


def _first_id(headers: Headers, name: str) -> str:
    """The first message id in a header: of References the mail that began the thread."""
    found = _MESSAGE_ID.search(headers.text(name))
    if found is None:
        return ""
    long = len(found.group()) > MAX_KEY_CHARS
    return f"sha256:{hashlib.sha256(found.group().encode()).hexdigest()}" if long else found.group()


def _metadata(headers: Headers, mail: EmailMessage, sender: str) -> Iterator[tuple[str, str]]:
    _, reply_to = headers.mailbox("Reply-To")
    if reply_to and reply_to.casefold() != sender.casefold():
        yield "reply_to", reply_to
    parts = [part for part in mail.walk() if isinstance(part, EmailMessage) and part.is_attachment()]
    if parts:
        yield "attachments", ", ".join(line(part.get_filename() or "unnamed") for part in parts[:MAX_ATTACHMENTS])
