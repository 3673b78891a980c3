"""A mail that could not be read, as far as a person needs to find it."""

import re
from dataclasses import replace

from fte_agent.channels import EMAIL, EMAIL_IDENTIFIER
from fte_agent.domain.messages import Identifier, InboundMessage, ReplyTarget
from fte_agent.domain.turns import Reason
from fte_agent.inbound.addresses import is_address
from fte_agent.inbound.mail_addresses import NamedAddress, mailboxes
from fte_agent.inbound.mail_headers import Headers, read_headers
from fte_agent.inbound.mail_mime import content_type
from fte_agent.inbound.mail_model import SOURCE, Receipt
from fte_agent.inbound.mail_origin import signs_of_a_program
from fte_agent.inbound.mail_parts import MAX_HEAD_BYTES, Part
from fte_agent.inbound.mail_sender import Sender
from fte_agent.inbound.own_mailbox import Mailbox
from fte_agent.text.cleaning import line

EXTERNAL_IDENTIFIER = "external"
"""Who is known by a provider's id of what they sent alone."""

MAX_SUBJECT_CHARS = 998
MAX_NAME_CHARS = 200
_BLANK_LINE = re.compile(rb"\n\r?\n")
_FAULTS = (ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError)
"""What may go wrong with the headers of a mail that is known to be damaged: it is shown without them."""


def unread(raw: bytes, *, mailbox: Mailbox, receipt: Receipt, why: str) -> InboundMessage:
    """What is known of a mail that nobody could read, for a person; ``raw`` is what there is of it, perhaps nothing.

    It has the key that it would have had, and a conversation of its own: what it claims to continue is not known. Its
    sender is proven by nothing, and is only this mail where From holds no address of somebody else. ``why`` is a
    clause. What a program sent is nobody's to read, so a bounce of an unknown kind opens no ticket.
    """
    try:
        return _known(_headers(raw), mailbox, receipt, why)
    except _FAULTS:
        return _known(Headers([]), mailbox, receipt, why)


def _known(headers: Headers, mailbox: Mailbox, receipt: Receipt, why: str) -> InboundMessage:
    wrote = _author(headers)
    theirs = is_address(wrote.address) and not mailbox.owns(wrote.address)
    key = f"{mailbox.channel_name}:{receipt.id}"
    subject = line(headers.text("Subject"))[:MAX_SUBJECT_CHARS]
    return InboundMessage(
        source=SOURCE,
        dedupe_key=key,
        channel=EMAIL,
        channel_name=mailbox.channel_name,
        thread_key=key,
        sender=Identifier(EMAIL_IDENTIFIER, wrote.address) if theirs else Identifier(EXTERNAL_IDENTIFIER, key),
        body=account(receipt, why),
        occurred_at=receipt.received_at,
        subject=subject,
        display_name=wrote.name[:MAX_NAME_CHARS],
        automated=_by_program(headers, wrote.address, mailbox),
        handed_over=Reason.UNREADABLE,
        reply_target=ReplyTarget(wrote.address, subject, thread=receipt.thread_id) if theirs else None,
        metadata={"unreadable": "yes"},
    )


def set_aside(message: InboundMessage, receipt: Receipt, why: str) -> InboundMessage:
    """``message``, of whose mail the headers alone were read: a person has it, in the conversation it belongs to."""
    facts = {"unreadable": "yes"}
    return replace(
        message,
        body=account(receipt, why),
        handed_over=Reason.UNREADABLE,
        metadata=message.metadata | facts,
    )


def account(receipt: Receipt, why: str) -> str:
    """What stands in the place of its words."""
    place = f"message {receipt.id}" + (f" of thread {receipt.thread_id}" if receipt.thread_id else "")
    return f"This mail was not read: {why.rstrip('.')}. The mailbox has it as it came, as {place}."


def _headers(raw: bytes) -> Headers:
    end = _BLANK_LINE.search(raw, 0, MAX_HEAD_BYTES)
    return read_headers(raw[: end.start() if end else MAX_HEAD_BYTES] + b"\r\n")


def _author(headers: Headers) -> NamedAddress:
    listed = mailboxes(headers.text("From", raw=True))
    return next((each for each in listed if each.usable), NamedAddress("", ""))


def _by_program(headers: Headers, address: str, mailbox: Mailbox) -> bool:
    kind, params = content_type(headers.text("Content-Type", raw=True), "text/plain")
    return bool(signs_of_a_program(Part(headers, kind, params, 0), Sender(address, ""), mailbox))
