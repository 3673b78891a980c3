"""Reports of mail servers that a mail was not delivered, is late, or arrived (RFC 3464, 6522, 6533)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from fte_agent.domain.addresses import fold
from fte_agent.inbound.mail_addresses import mailboxes
from fte_agent.inbound.mail_body import body_of
from fte_agent.inbound.mail_headers import Headers, read_headers
from fte_agent.inbound.mail_model import Recipient
from fte_agent.inbound.mail_parts import Part
from fte_agent.inbound.mail_threads import delivery_in, first_id
from fte_agent.text.cleaning import line

MAX_RECIPIENTS = 50
MAX_REPORT_BYTES = 256 * 1024

_STATUSES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_HEADERS_ALONE = frozenset({"text/rfc822-headers", "message/global-headers"})
_MAILS = frozenset({"message/rfc822", "message/global"})
_ACTIONS = {"2": "delivered", "4": "delayed", "5": "failed"}
_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})")
_ACTION = re.compile(r"\s*([a-z]{1,20})\b")
_BLANK_LINES = re.compile(rb"(?:\r?\n[ \t]*){2,}")
_EMBEDDED = re.compile(r"^(?:Message-ID|X-FTE-Delivery):[^\n]*$", re.MULTILINE | re.IGNORECASE)
MAX_ADDRESS_CHARS = 320


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says: of whom, and of which mail of ours."""

    recipients: tuple[Recipient, ...]
    original_id: str
    delivery: str


def report_in(mail: Part) -> Report | None:
    """The report that ``mail`` is, or None.

    One is a ``multipart/report`` of type ``delivery-status``, or what Exim wrote before it wrote these: a text with
    ``X-Failed-Recipients``. Other old forms are no reports; their senders say that they are programs. Nor is one that
    names neither a recipient nor a mail: then its text is all there is, for a person.
    """
    report = _read(mail)
    return report if report and (report.recipients or report.original_id or report.delivery) else None


def _read(mail: Part) -> Report | None:
    if mail.kind == "multipart/report":
        statuses = [part for part in mail.walk() if part.kind in _STATUSES]
        if not statuses and fold(mail.params.get("report-type", "")) != "delivery-status":
            return None
        return _standard(mail, statuses)
    return _of_exim(mail) if "X-Failed-Recipients" in mail.headers else None


def _standard(mail: Part, statuses: list[Part]) -> Report:
    groups = [group for part in statuses for group in _groups(part)]
    recipients = tuple(islice((found for group in groups if (found := _recipient(group))), MAX_RECIPIENTS))
    original = next(_originals(mail), Headers([]))
    told = (first_id(group, "X-Original-Message-ID") for group in groups)
    named = first_id(original, "Message-ID") or next(filter(None, told), "") or first_id(mail.headers, "In-Reply-To")
    return Report(recipients, named, delivery_in(original))


def _groups(part: Part) -> Iterator[Headers]:
    """The blocks of fields in a status: the first on the mail, one more for each recipient."""
    blocks = _BLANK_LINES.split(part.content(MAX_REPORT_BYTES).strip(), maxsplit=MAX_RECIPIENTS + 1)
    return (read_headers(block + b"\r\n") for block in blocks)


def _recipient(group: Headers) -> Recipient | None:
    """Whom a block is on."""
    final, original = _address(group, "Final-Recipient"), _address(group, "Original-Recipient")
    address = final or original
    found = _STATUS.match(group.text("Status", raw=True))
    status = found[1] if found else ""
    said = _ACTION.match(fold(group.text("Action", raw=True)))
    action = said[1] if said else _ACTIONS.get(status[:1], "")
    return Recipient(address, action, status, original if original != address else "") if address else None


def _address(group: Headers, name: str) -> str:
    """An address is told with its type (``rfc822; kim@…``)."""
    told = group.text(name, raw=True)
    return line(told.partition(";")[2] or told).strip("<> ")[:MAX_ADDRESS_CHARS]


def _originals(mail: Part) -> Iterator[Headers]:
    """The headers of the mail that the report is on, as far as it repeats them."""
    for part in mail.walk():
        if part.kind in _MAILS and part.parts:
            yield part.parts[0].headers
        elif part.kind in _HEADERS_ALONE:
            yield read_headers(part.content(MAX_REPORT_BYTES).strip() + b"\r\n")


def _of_exim(mail: Part) -> Report:
    failed = mailboxes(mail.headers.text("X-Failed-Recipients", raw=True))[:MAX_RECIPIENTS]
    repeated = "\r\n".join(_EMBEDDED.findall(body_of(mail)))
    original = read_headers(repeated.encode("utf-8", "replace") + b"\r\n")
    return Report(
        tuple(Recipient(each.address[:MAX_ADDRESS_CHARS], "failed") for each in failed if each.usable),
        first_id(original, "Message-ID"),
        delivery_in(original),
    )
