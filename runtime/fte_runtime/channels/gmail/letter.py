"""A reply as a mail: in its thread, marked as ours, and as automatic where no person wrote it."""

import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from fte_agent.domain.addresses import fold
from fte_agent.domain.delivery import Delivery
from fte_agent.domain.messages import Author, ReplyTarget
from fte_agent.inbound.mail_threads import DELIVERY_HEADER
from fte_runtime.channels.gmail.headers import addressed, reply_subject, sender, subject
from fte_runtime.channels.gmail.settings import Settings

REFERENCES_CHARS = 1500
"""Servers cut or refuse longer headers; the first and the newest tie a mail to its thread (RFC 5322 §3.6.4)."""

ID_OCTETS = 900
"""A longer one has no room on a line (RFC 5322 §2.1.1)."""

LOCAL_OCTETS = 64

_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


def letter(delivery: Delivery, settings: Settings, company_name: str) -> bytes:
    """The mail that carries a part, from the address that the customer wrote to.

    ``X-FTE-Delivery`` tells later that it went out, and that no colleague wrote it; what no person wrote says so
    (RFC 3834 §5), so that no other program answers it. A copy answers no mail: it begins a thread of its own.

    Raises:
        SendFailed: no mail can say to which address it goes.
    """
    target = delivery.target
    to = addressed(target.address)
    unicode = not to.addr_spec.isascii()  # RFC 6532 where it cannot be helped
    mail = EmailMessage(policy=SMTP.clone(utf8=unicode, refold_source="none"))
    mail.set_raw("From", sender(f"{company_name} Support", _from(target.written_to, settings)))
    mail["To"] = to
    if reply_to := _reply_to(delivery, settings):
        mail["Reply-To"] = reply_to
    mail.set_raw("Subject", subject(target.subject if delivery.copied else reply_subject(target.subject)))
    mail["Date"] = format_datetime(delivery.first_sent_at)
    mail["Message-ID"] = message_id(delivery, settings)
    _tie(mail, target, unicode=unicode)
    if delivery.author is not Author.HUMAN:
        mail["Auto-Submitted"] = "auto-generated" if delivery.copied else "auto-replied"
    mail[DELIVERY_HEADER] = str(delivery.id)
    mail.set_content(delivery.body)
    mail.add_alternative(_html(delivery.body), subtype="html")
    return mail.as_bytes()


def message_id(delivery: Delivery, settings: Settings) -> str:
    """The Message-ID of a part, the same whenever it is sent; Gmail may put another in its place."""
    return f"<{delivery.id}@{settings.mailbox.rpartition('@')[2]}>"


def references(before: list[str], parent: str) -> str:
    """The first, then as many of the newest as there is room for, the parent last."""
    listed = [each for each in dict.fromkeys(before) if each != parent]
    first, newest, left = listed[:1], [parent], REFERENCES_CHARS - len(parent)
    left -= sum(len(each) + 1 for each in first)
    for each in reversed(listed[1:]):
        left -= len(each) + 1
        if left < 0:
            break
        newest.insert(0, each)
    return " ".join((*first, *newest) if len(" ".join(first)) < REFERENCES_CHARS - len(parent) else newest)


def _tie(mail: EmailMessage, target: ReplyTarget, *, unicode: bool) -> None:
    """Say what is answered. The ids are strangers' words, so they go out as they are, or not at all: the library would
    decode what looks encoded, ends of lines too, and they would begin headers of their own."""
    if not target.parent_id:
        return
    ids = [each for each in (*target.references.split(), target.parent_id) if _goes_out(each, unicode)]
    *before, parent = ids or [""]
    if parent == target.parent_id:
        mail.set_raw("In-Reply-To", parent)
    if parent:
        mail.set_raw("References", "\r\n ".join(references(before, parent).split()))


def _goes_out(message_id: str, unicode: bool) -> bool:
    """Whether it is one word in brackets that no reader takes for an encoded one."""
    plain = message_id[:1] + message_id[-1:] == "<>" and message_id.isprintable() and " " not in message_id
    if not plain or "=?" in message_id or len(message_id.encode()) > ID_OCTETS:
        return False
    return unicode or message_id.isascii()


def _from(written_to: str, settings: Settings) -> str:
    """Without what stands behind a plus: only addresses of the mailbox may be sent as."""
    local, _, domain = fold(written_to).rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    return next((each for each in (fold(written_to), plain) if each in settings.addresses), settings.mailbox)


def _reply_to(delivery: Delivery, settings: Settings) -> str:
    """The mailbox's address with the conversation behind a plus, which every answer brings back; empty for none.

    A mailbox of Gmail takes any plus (RFC 5233); an alias may be a group's address, which need not. A local part has 64
    octets (RFC 5321 §4.5.3.1.1).
    """
    local, _, domain = settings.mailbox.rpartition("@")
    named = f"{local}+{delivery.conversation_id.hex}"
    takes = _from(delivery.target.written_to, settings) == settings.mailbox and "+" not in local
    takes = takes and named.isascii() and not delivery.copied
    return f"{named}@{domain}" if takes and len(named.encode()) <= LOCAL_OCTETS else ""


def _html(text: str) -> str:
    """Paragraphs, lines and links; nothing else, so that what the text says is all there is, and nothing is fetched.

    Each paragraph runs in the direction of its own words.
    """
    paragraphs = (_marked(each).replace("\n", "<br>\n") for each in text.strip().split("\n\n"))
    return "\n".join(f'<p dir="auto">{each}</p>' for each in paragraphs)


def _marked(text: str) -> str:
    """As HTML; links are found before anything is escaped, since they may end at a quote."""
    marked, end = "", 0
    for link in _LINK.finditer(text):
        url = escape(link[0])
        marked += f'{escape(text[end : link.start()])}<a href="{url}">{url}</a>'
        end = link.end()
    return marked + escape(text[end:])
