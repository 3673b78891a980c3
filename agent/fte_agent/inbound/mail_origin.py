"""Whether a program wrote a mail: such a mail is stored and never answered (RFC 3834 §2)."""

import re

from fte_agent.domain.addresses import fold
from fte_agent.inbound.mail_addresses import mailboxes
from fte_agent.inbound.mail_headers import Headers
from fte_agent.inbound.mail_lists import brings_mail, is_of_the_desk
from fte_agent.inbound.mail_parts import Part
from fte_agent.inbound.mail_sender import Sender
from fte_agent.inbound.own_mailbox import Mailbox

_PRECEDENCES = frozenset({"bulk", "junk", "list", "auto_reply"})
_SUPPRESSED = frozenset({"all", "oof", "autoreply"})
_LIST_MARKS = ("List-Id", "List-Unsubscribe")
_MARKS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Failed-Recipients")
_ROBOTS = re.compile(r"(?:mailer-daemon|postmaster|(?:no|do[-_.]?not)[-_.]?reply)(?:\+[^@]*)?@.*", re.DOTALL)
_CALENDAR_ANSWERS = frozenset({"reply", "counter", "cancel", "refresh"})
"""Methods (RFC 5546) by which a calendar answers or takes back; no person wrote such a mail."""


def signs_of_a_program(mail: Part, sender: Sender, mailbox: Mailbox) -> tuple[str, ...]:
    """What says that no person wrote ``mail``, by the names of headers, strongest first; empty where nothing does.

    The signs are those that ticket systems agree on. A list that is the mailbox itself or feeds it says nothing: all of
    its customers' mails have its marks. An address of ours in From that nothing proves is a sign, since nobody can be
    answered there but ourselves.
    """
    headers = mail.headers
    submitted = fold(headers.text("Auto-Submitted").split(";")[0].split("(")[0].strip())
    listed = not brings_mail(headers, mailbox)
    precedence = fold(headers.text("Precedence").strip())
    unproven = not sender.own and mailbox.owns(sender.address)
    found = {
        "Auto-Submitted": "Auto-Submitted" in headers and submitted != "no",
        "Return-Path": "Return-Path" in headers and headers.text("Return-Path").strip(" <>") == "",
        "From": unproven or _ROBOTS.fullmatch(fold(sender.address)) is not None,
        "Content-Type": mail.kind == "multipart/report" or _is_calendar_answer(mail),
        **{mark: mark in headers for mark in _MARKS},
        "X-Loop": "X-Loop" in headers and not _is_loop_of_ours(headers, mailbox),
        "Precedence": precedence in _PRECEDENCES and (listed or precedence != "list"),
        **{mark: listed and mark in headers for mark in _LIST_MARKS},
    }
    return tuple(name for name, is_there in found.items() if is_there)


def asks_for_no_automatic_answer(headers: Headers) -> bool:
    """Whether ``X-Auto-Response-Suppress`` asks programs not to answer.

    It says nothing of who wrote the mail: Exchange puts it into a person's as well
    (MS-OXCMAIL, PidTagAutoResponseSuppress).
    """
    wanted = {fold(each.strip()) for each in headers.text("X-Auto-Response-Suppress").split(",")}
    return not _SUPPRESSED.isdisjoint(wanted)


def _is_loop_of_ours(headers: Headers, mailbox: Mailbox) -> bool:
    """Whether it was our own list or group that marked the mail against being sent round."""
    marked = [each.address for header in headers.all("X-Loop") for each in mailboxes(header)]
    return bool(marked) and all(is_of_the_desk(each, headers, mailbox) for each in marked)


def _is_calendar_answer(mail: Part) -> bool:
    methods = (fold(part.params.get("method", "")) for part in mail.walk() if part.kind == "text/calendar")
    return not _CALENDAR_ANSWERS.isdisjoint(methods)
