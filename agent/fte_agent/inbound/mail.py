"""E-mail: RFC 5322 bytes, as a mailbox holds them."""

import hashlib
import re
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage

from fte_agent.channels import EMAIL, EMAIL_IDENTIFIER
from fte_agent.domain.messages import Identifier, InboundMessage, ReplyTarget
from fte_agent.inbound.addresses import is_address, mail_address
from fte_agent.inbound.faults import InvalidMessage, invalid
from fte_agent.inbound.mail_attachments import attachments_of
from fte_agent.inbound.mail_body import body_of, said_now
from fte_agent.inbound.mail_headers import POLICY, Headers
from fte_agent.inbound.mail_origin import is_automated, is_verified
from fte_agent.text.cleaning import line

SOURCE = "email"
MAX_KEY_CHARS = 500

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,998}>")


def parse(raw: bytes, *, channel_name: str, mailbox: str, now: datetime, trusted: str | None = None) -> InboundMessage:
    """The mail that arrived in ``mailbox`` at ``now``, without quotes of what was said before.

    ``channel_name`` is the SupportChannel's. ``trusted`` is the authserv-id of the server that received it
    (RFC 8601): the sender is verified only if its topmost ``Authentication-Results`` says so. Of attachments only
    kind and name are read. The sender is who stands in From, since DMARC speaks of that; the answer goes to
    Reply-To where that is an address (RFC 5322, section 3.6.2). A Date is the sender's claim and not read.

    Raises:
        InvalidMessage: no mail, or nobody to answer.
    """
    try:
        mail = message_from_bytes(raw, policy=POLICY)
        return _message(raw, mail, channel_name=channel_name, mailbox=mailbox, now=now, trusted=trusted)
    except InvalidMessage:
        raise
    except Exception as error:  # the parser of the standard library fails in many ways on what is no mail
        raise invalid("message", "must be a mail as RFC 5322 describes it") from error


def _message(
    raw: bytes, mail: EmailMessage, *, channel_name: str, mailbox: str, now: datetime, trusted: str | None
) -> InboundMessage:
    headers = Headers(mail)
    name, address = headers.mailbox("From")
    sender = mail_address("From", address)
    subject = line(headers.text("Subject"))
    own_id, in_reply_to = _first_id(headers, "Message-ID"), _first_id(headers, "In-Reply-To")
    key = _key(own_id) or _hashed(raw)
    thread = _key(_first_id(headers, "References") or in_reply_to) or key
    return InboundMessage(
        source=SOURCE,
        dedupe_key=key,
        channel=EMAIL,
        channel_name=channel_name,
        thread_key=thread,
        sender=Identifier(EMAIL_IDENTIFIER, sender, verified=is_verified(headers, trusted)),
        body=said_now(body_of(mail)),
        occurred_at=now,
        subject=subject,
        display_name=line(name),
        automated=is_automated(headers, sender) or sender.casefold() == mailbox.casefold(),
        external_id=own_id,
        in_reply_to=in_reply_to,
        reply_target=ReplyTarget(_answer_to(headers, sender), subject, thread, parent_id=own_id),
        attachments=attachments_of(mail),
    )


def _answer_to(headers: Headers, sender: str) -> str:
    """The address the sender wants the answer at, else their own."""
    _, wanted = headers.mailbox("Reply-To")
    return wanted if is_address(wanted) else sender


def _first_id(headers: Headers, name: str) -> str:
    """The first message id in a header, or nothing: of References the mail that began the thread."""
    found = _MESSAGE_ID.search(headers.text(name))
    return found.group() if found else ""


def _key(message_id: str) -> str:
    """A message id as a key of ours: a long one as its digest."""
    return _hashed(message_id.encode()) if len(message_id) > MAX_KEY_CHARS else message_id


def _hashed(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
