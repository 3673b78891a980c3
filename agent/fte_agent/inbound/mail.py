"""E-mail: RFC 5322 bytes, as a mailbox holds them."""

from datetime import datetime
from itertools import islice

from fte_agent.channels import EMAIL_IDENTIFIER
from fte_agent.domain.messages import Identifier
from fte_agent.inbound.addresses import is_address
from fte_agent.inbound.faults import InvalidMessage, invalid
from fte_agent.inbound.mail_addresses import mailboxes
from fte_agent.inbound.mail_attachments import attachments_of
from fte_agent.inbound.mail_body import body_of, is_unreadable
from fte_agent.inbound.mail_bounces import report_in
from fte_agent.inbound.mail_headers import Headers
from fte_agent.inbound.mail_lists import is_of_the_desk, of_others
from fte_agent.inbound.mail_model import Bounce, Mail, Receipt
from fte_agent.inbound.mail_origin import asks_for_no_automatic_answer, signs_of_a_program
from fte_agent.inbound.mail_parts import Part, read_parts
from fte_agent.inbound.mail_quotes import said_now
from fte_agent.inbound.mail_sender import sender_of
from fte_agent.inbound.mail_threads import delivery_in, first_id, hashed, key_of, references
from fte_agent.inbound.own_mailbox import Mailbox
from fte_agent.text.cleaning import line

MAX_RAW_BYTES = 30 * 1024 * 1024
"""Of a mail with its attachments as they are sent, a third larger than they are. A mailbox asks for no more, either: a
larger mail takes more memory than a small pod has, and comes to a person by its headers."""

MAX_SUBJECT_CHARS = 998
"""A line of a mail (RFC 5322 §2.1.1)."""

MAX_NAME_CHARS = 200
MAX_OTHERS = 100
_CAME_TO = ("To", "Cc", "Delivered-To", "X-Original-To", "X-Forwarded-To")


def parse(raw: bytes, *, mailbox: Mailbox, now: datetime, receipt: Receipt | None = None) -> Mail | Bounce:
    """The mail in ``raw``, which came to ``mailbox``, or the report that one of ours did not arrive.

    ``receipt`` is what Gmail says of it: with one, its id is the mail's key, its thread the conversation; without, the
    Message-ID and the first of References are, and it came at ``now``. The sender is who stands in From, since DMARC
    speaks of that, unless a group or a form of ours stands there for somebody (`mail_sender`); the answer goes to
    Reply-To where that is an address of somebody else (RFC 5322 §3.6.2). A Date is the sender's claim and not read.
    Whatever comes in, time and size of the result are bounded by its length.

    Raises:
        InvalidMessage: nobody could be answered, it is too large, or it is no mail. The caller keeps it as it is and
            shows it to a person.
    """
    if len(raw) > MAX_RAW_BYTES:
        raise invalid("message", f"must have at most {MAX_RAW_BYTES} bytes", "too_large")
    try:
        return _read(raw, read_parts(raw), mailbox, now, receipt)
    except InvalidMessage:
        raise
    except Exception as error:  # what the standard library makes of bytes that are no mail is not for us to foresee
        raise invalid("message", "must be a mail as RFC 5322 describes it") from error


def _read(raw: bytes, mail: Part, mailbox: Mailbox, now: datetime, receipt: Receipt | None) -> Mail | Bounce:
    message_id = first_id(mail.headers, "Message-ID")
    key = f"{mailbox.channel_name}:{receipt.id}" if receipt else key_of(message_id) or hashed(raw)
    received_at = receipt.received_at if receipt else now
    if report := report_in(mail):
        return Bounce(mailbox.channel_name, key, report.original_id, report.delivery, report.recipients, received_at)
    return _mail(mail, mailbox, key, received_at, receipt)


def _mail(mail: Part, mailbox: Mailbox, key: str, received_at: datetime, receipt: Receipt | None) -> Mail:
    headers = mail.headers
    sender = sender_of(headers, mailbox, sent=receipt is not None and receipt.sent)
    thread = receipt.thread_id if receipt else ""
    subject = line(headers.text("Subject"))[:MAX_SUBJECT_CHARS]
    full_text = body_of(mail)
    participants = _participants(headers)
    in_reply_to, before = first_id(headers, "In-Reply-To"), references(headers)
    said = said_now(full_text, subject, replies=bool(in_reply_to or before), ours=mailbox.owns)
    return Mail(
        channel_name=mailbox.channel_name,
        key=key,
        message_id=first_id(headers, "Message-ID"),
        thread_key=thread or key_of(next(iter(before), in_reply_to)) or key,
        sender=Identifier(EMAIL_IDENTIFIER, sender.address, verified=sender.verified),
        display_name=sender.name[:MAX_NAME_CHARS],
        subject=subject,
        body=said.new,
        full_text=full_text,
        received_at=received_at,
        reply_to=_answer_to(headers, sender.address, mailbox),
        signs=signs_of_a_program(mail, sender, mailbox),
        suppressed=asks_for_no_automatic_answer(headers),
        own=sender.own,
        delivery=delivery_in(headers) if sender.own else "",
        forwarded=said.forwarded or _holds_a_mail(mail),
        unreadable=is_unreadable(mail, full_text),
        attachments=attachments_of(mail, has_text=bool(said.new)),
        in_reply_to=in_reply_to,
        references=before,
        reply_token=_token(headers, mailbox),
        thread=thread,
        participants=participants,
        written_to=next(filter(mailbox.owns, participants), ""),
        others=tuple(islice(of_others(participants, headers, mailbox), MAX_OTHERS)),
    )


def _answer_to(headers: Headers, sender: str, mailbox: Mailbox) -> str:
    """The address the sender wants the answer at, else their own. Ours would be an answer to ourselves."""
    wanted = (each.address for each in mailboxes(headers.text("Reply-To", raw=True)))
    return next((each for each in wanted if is_address(each) and not is_of_the_desk(each, headers, mailbox)), sender)


def _token(headers: Headers, mailbox: Mailbox) -> str:
    """The reply token in the first address of ours that holds one."""
    addresses = (each.address for name in _CAME_TO for header in headers.all(name) for each in mailboxes(header))
    return next(filter(None, map(mailbox.token_in, addresses)), "")


def _participants(headers: Headers) -> tuple[str, ...]:
    listed = (each for name in ("To", "Cc") for header in headers.all(name) for each in mailboxes(header))
    return tuple(dict.fromkeys(each.address for each in listed if each.usable))


def _holds_a_mail(mail: Part) -> bool:
    return any(part.kind in ("message/rfc822", "message/global") for part in mail.walk())
