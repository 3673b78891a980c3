"""Who sent a mail: a program or a person, proven or claimed."""

import re

from fte_agent.inbound.mail_headers import Headers

_PRECEDENCES = frozenset({"bulk", "junk", "list", "auto_reply"})
_SUPPRESSED = frozenset({"all", "oof", "autoreply"})
_MARKS = ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Loop")
_ROBOTS = re.compile(r"(?:mailer-daemon|postmaster|no-?reply)@.*", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"\([^()]*\)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_DMARC = re.compile(r"\s*dmarc\s*=\s*([\w-]+)")
_MAX_NESTING = 10


def is_automated(headers: Headers, sender: str) -> bool:
    """Whether no person wrote it: such a mail is stored and never answered (RFC 3834, section 2).

    The signs are those that ticket systems agree on, from ``Auto-Submitted`` to a bounce's content type.
    """
    submitted = headers.text("Auto-Submitted").split(";")[0].strip().casefold()
    suppressed = {each.strip().casefold() for each in headers.text("X-Auto-Response-Suppress").split(",")}
    return any(
        (
            "Auto-Submitted" in headers and submitted != "no",
            "Return-Path" in headers and headers.text("Return-Path").strip(" <>") == "",
            headers.text("Precedence").strip().casefold() in _PRECEDENCES,
            not _SUPPRESSED.isdisjoint(suppressed),
            any(mark in headers for mark in _MARKS),
            _ROBOTS.fullmatch(sender) is not None,
            headers.content_type == "multipart/report",
        )
    )


def is_verified(headers: Headers, trusted: str | None) -> bool:
    """Whether the server ``trusted`` found the From to be its domain's own (DMARC).

    Only the topmost header counts: those below it came with the mail. Comments and quoted strings in it may
    repeat the sender's words (RFC 8601, section 7.1).
    """
    if not trusted or headers.mailboxes("From") != 1:
        return False
    results = headers.text("Authentication-Results").casefold()
    for _ in range(_MAX_NESTING):
        results = _COMMENT.sub(" ", results)
    server, *findings = _QUOTED.sub(" ", results).split(";")
    if "(" in results or ")" in results or server.split()[:1] != [trusted.casefold()]:
        return False
    said = {found[1] for finding in findings if (found := _DMARC.match(finding))}
    return said == {"pass"}
