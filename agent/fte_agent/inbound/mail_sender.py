"""Who wrote a mail, which is not always who stands in From, and whether that is we."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fte_agent.domain.addresses import fold
from fte_agent.inbound.addresses import mail_address
from fte_agent.inbound.mail_addresses import NamedAddress, mailboxes
from fte_agent.inbound.mail_headers import Headers
from fte_agent.inbound.mail_lists import is_of_list, is_of_the_desk, list_id
from fte_agent.inbound.mail_results import is_verified
from fte_agent.inbound.own_mailbox import Mailbox

_BEHIND = ("Reply-To", "X-Original-From", "X-Original-Sender")
"""Where a group or a form on a website, which puts its own address into From, tells whose mail it is: the last two are
of Google's groups, whose Reply-To may be the group."""

_VIA = re.compile(r"\s+via\s+.*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sender:
    """``verified`` says that DMARC proves the address, ``own`` that we wrote the mail."""

    address: str
    name: str
    verified: bool = False
    own: bool = False


def sender_of(headers: Headers, mailbox: Mailbox, *, sent: bool) -> Sender:
    """Whose mail it is; ``sent`` says that the mailbox itself sent it. Raises `InvalidMessage`.

    Anybody can write an address of ours into From. So a mail is ours if it was sent from the mailbox, or if DMARC
    proves it and nobody else is to be answered: with somebody else in Reply-To, a group or a website's form sent it on,
    and it is theirs, proven by nobody.
    """
    wrote = _author(headers)
    address = mail_address("From", wrote.address)
    ours = mailbox.owns(address)
    if not sent and (ours or is_of_list(address, list_id(headers))):
        behind = next(_behind(headers, address, mailbox), None)
        if behind is not None:
            return Sender(behind.address, behind.name or _name_before_via(wrote.name))
    proven = not wrote.altered and _authors(headers) == 1 and is_verified(headers, address, mailbox.authserv_id)
    return Sender(address, wrote.name, proven, own=sent or (ours and proven))


def _author(headers: Headers) -> NamedAddress:
    """The first address in From; a header without any is nobody's."""
    listed = mailboxes(headers.text("From", raw=True))
    return next((each for each in listed if each.usable), next(iter(listed), NamedAddress("", "")))


def _authors(headers: Headers) -> int:
    """How many mailboxes all From headers hold: who has two senders has proven none."""
    return sum(len(mailboxes(header)) for header in headers.all("From"))


def _behind(headers: Headers, address: str, mailbox: Mailbox) -> Iterator[NamedAddress]:
    listed = (each for name in _BEHIND for each in mailboxes(headers.text(name, raw=True)) if each.usable)
    return (
        each
        for each in listed
        if fold(each.address) != fold(address) and not is_of_the_desk(each.address, headers, mailbox)
    )


def _name_before_via(name: str) -> str:
    """``Kim Lee`` of ``'Kim Lee' via Support``; the name of a website's form is nobody's."""
    person = _VIA.sub("", name)
    return person.strip("'\" ") if person != name else ""
