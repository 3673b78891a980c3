"""Whether a program wrote a mail: such a mail is stored and never answered (RFC 3834 §2)."""

import re

from fte_agent.domain.addresses import fold
from fte_agent.inbound.mail_headers import Headers
from fte_agent.inbound.mail_parts import Part
from fte_agent.inbound.own_mailbox import Mailbox

_PRECEDENCES = frozenset({"bulk", "junk", "list", "auto_reply"})
_SUPPRESSED = frozenset({"all", "oof", "autoreply"})
_LIST_MARKS = ("List-Id", "List-Unsubscribe")
_MARKS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Loop", "X-Failed-Recipients")
_ROBOTS = re.compile(r"(?:mailer-daemon|postmaster|(?:no|do[-_.]?not)[-_.]?reply)(?:\+[^@]*)?@.*", re.DOTALL)
_LIST_ID = re.compile(r"<([^<>]+)>\s*$")
_CALENDAR_ANSWERS = frozenset({"reply", "counter", "cancel", "refresh"})
"""Methods (RFC 5546) by which a calendar answers or takes back; no person wrote such a mail."""


def signs_of_a_program(mail: Part, sender: str, mailbox: Mailbox) -> tuple[str, ...]:
    """What says that no person wrote ``mail``, by the names of headers, strongest first; empty where nothing does.

    The signs are those that ticket systems agree on. A list that is the mailbox itself (its List-Id is the address
    with dots, as groups have it) says nothing: all of its customers' mails have its marks.
    """
    headers = mail.headers
    submitted = fold(headers.text("Auto-Submitted").split(";")[0].split("(")[0].strip())
    suppressed = {fold(each.strip()) for each in headers.text("X-Auto-Response-Suppress").split(",")}
    listed = not _is_own_list(headers, mailbox)
    precedence = fold(headers.text("Precedence").strip())
    found = {
        "Auto-Submitted": "Auto-Submitted" in headers and submitted != "no",
        "Return-Path": "Return-Path" in headers and headers.text("Return-Path").strip(" <>") == "",
        "From": _ROBOTS.fullmatch(fold(sender)) is not None,
        "Content-Type": mail.kind == "multipart/report" or _is_calendar_answer(mail),
        **{mark: mark in headers for mark in _MARKS},
        "Precedence": precedence in _PRECEDENCES and (listed or precedence != "list"),
        **{mark: listed and mark in headers for mark in _LIST_MARKS},
        "X-Auto-Response-Suppress": not _SUPPRESSED.isdisjoint(suppressed),
    }
    return tuple(name for name, is_there in found.items() if is_there)


def _is_own_list(headers: Headers, mailbox: Mailbox) -> bool:
    found = _LIST_ID.search(headers.text("List-Id"))
    return found is not None and fold(found[1].strip()) in {each.replace("@", ".") for each in mailbox.addresses}


def _is_calendar_answer(mail: Part) -> bool:
    methods = (fold(part.params.get("method", "")) for part in mail.walk() if part.kind == "text/calendar")
    return not _CALENDAR_ANSWERS.isdisjoint(methods)
