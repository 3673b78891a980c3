"""Spellings of one address."""

import re
import string
import unicodedata

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_DOTS = re.compile(r"([.\u3002\uff0e\uff61])")
_OWN_LETTERS = frozenset("\u00df\u1e9e\u03c2")
_WITHOUT_DOTS = frozenset({"gmail.com", "googlemail.com"})
"""Whose mailboxes take no dot for a letter: https://support.google.com/mail/answer/7436150."""


def fold(address: str) -> str:
    """``address`` with ASCII letters in lower case, and those alone.

    Domains compare so (RFC 4343), and local parts where anybody tells their case apart at all (RFC 5321 §2.4). What
    Unicode folds besides, such as the Kelvin sign to ``k``, makes one address of two that different people own.
    """
    return address.translate(_LOWER)


def plain(address: str) -> str:
    """``address`` without what stands behind a plus in its local part (RFC 5233)."""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def mailbox_of(address: str) -> str:
    """The mailbox that an address most likely leads to, of all that do: without what stands behind a plus (RFC 5233),
    without dots where they mean nothing.

    Empty for one that is not plainly an address (a dot-string at a domain, RFC 5321 §4.1.2): with comments, groups or
    encoded words it may lead elsewhere than it seems to.
    """
    local, _, domain = fold(address).rpartition("@")
    domain = ascii_domain(domain)
    if len(local) > 64 or "=?" in local or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return ""
    owner = local.partition("+")[0] or local
    return f"{owner.replace('.', '')}@gmail.com" if domain in _WITHOUT_DOTS else f"{owner}@{domain}"


def ascii_domain(domain: str) -> str:
    """A domain as DNS has it (RFC 3490), or empty when it has no such form.

    ``ß`` and the final sigma are letters of their own since RFC 5891 (UTS #46, deviations), and whoever has
    ``straße.example`` need not have ``strasse.example``, to which RFC 3490 led.
    """
    labels = _DOTS.split(domain)
    try:
        return "".join(map(_with_its_own_letters, labels)).encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _with_its_own_letters(label: str) -> str:
    if _OWN_LETTERS.isdisjoint(label):
        return label
    lower = "".join(letter.lower() for letter in label)  # one by one: a word's end makes no other sigma of a capital
    return "xn--" + unicodedata.normalize("NFC", lower).encode("punycode").decode("ascii")
