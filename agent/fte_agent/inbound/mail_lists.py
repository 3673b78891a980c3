"""Mailing lists and groups that bring customers' mails, and what these write into them."""

from collections.abc import Iterable, Iterator

from fte_agent.domain.addresses import fold
from fte_agent.inbound.mail_addresses import mailboxes
from fte_agent.inbound.mail_headers import Headers
from fte_agent.inbound.own_mailbox import Mailbox

_FOR = ("To", "Cc", "Delivered-To", "X-Original-To", "X-Forwarded-To")


def list_id(headers: Headers) -> str:
    """The id of the list that a mail came by (RFC 2919), as ids compare; empty for none."""
    value = headers.text("List-Id").strip()
    return fold(value[value.rfind("<") + 1 :].removesuffix(">").strip()) if value else ""


def is_of_list(address: str, name: str) -> bool:
    """Whether the list ``name`` is that of ``address``: as groups have it, the address with dots."""
    return bool(name) and fold(address.strip()).replace("@", ".") == name


def brings_mail(headers: Headers, mailbox: Mailbox) -> bool:
    """Whether a mail came by a list that is ``mailbox`` itself, or a group of its company that the mail is for.

    All of its customers' mails then have the list's marks, which so say nothing of who wrote one.
    """
    return any(is_of_list(each, list_id(headers)) for each in mailbox.addresses) or bool(_groups(headers, mailbox))


def is_of_the_desk(address: str, headers: Headers, mailbox: Mailbox) -> bool:
    """Whether ``address`` is the mailbox's or that of such a group."""
    return mailbox.owns(address) or fold(address) in _groups(headers, mailbox)


def of_others(addresses: Iterable[str], headers: Headers, mailbox: Mailbox) -> Iterator[str]:
    """Those of ``addresses`` that are not of the desk."""
    groups = _groups(headers, mailbox)
    return (each for each in addresses if not mailbox.owns(each) and fold(each) not in groups)


def _groups(headers: Headers, mailbox: Mailbox) -> set[str]:
    """The address of the group that a mail is for, in a domain of the mailbox's, if its list is that one's."""
    name = list_id(headers)
    domains = {each.rpartition("@")[2] for each in mailbox.addresses}
    if not any(name.endswith(f".{domain}") for domain in domains):
        return set()
    named = (fold(each.address) for field in _FOR for header in headers.all(field) for each in mailboxes(header))
    return {each for each in named if is_of_list(each, name) and each.rpartition("@")[2] in domains}
