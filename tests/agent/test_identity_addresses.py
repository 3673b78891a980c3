"""Where an address leads that a customer says is theirs, and how others see it."""

import pytest

from fte_agent.domain.addresses import ascii_domain
from fte_agent.domain.identity import Claimed
from fte_agent.identity.addresses import masked, reached


@pytest.mark.parametrize(
    ("kind", "value", "normalised", "mailbox"),
    [
        ("email", " Kim@Shop.Example ", "kim@shop.example", "kim@shop.example"),
        ("email", "k.i.m+news@GMail.com", "k.i.m+news@gmail.com", "kim@gmail.com"),
        ("phone", "+49 (170) 555-0199", "+491705550199", "+491705550199"),
        ("phone", "+49\u00a0170\u20115550199", "+491705550199", "+491705550199"),
    ],
)
def test_an_address_leads_to_one_mailbox(kind: str, value: str, normalised: str, mailbox: str) -> None:
    there = reached(Claimed(kind, value))
    assert there is not None
    assert (there.kind, there.normalised, there.mailbox) == (kind, normalised, mailbox)


def test_only_ascii_letters_are_folded() -> None:
    """U+212A, the Kelvin sign, is no k in a local part; a domain with it is not the one that it looks like."""
    assert reached(Claimed("email", "\u212aim@shop.example")) is None
    there = reached(Claimed("email", "kim@shop.exam\u0440le"))
    assert there is not None and there.normalised != "kim@shop.example" and there.mailbox.startswith("kim@shop.xn--")


@pytest.mark.parametrize(
    ("domain", "sent_to"),
    [
        ("stra\u00dfe.example", "xn--strae-oqa.example"),
        ("STRA\u1e9eE.Example", "xn--strae-oqa.Example"),
        ("\u03bf\u03b4\u03cc\u03c2.example", "xn--pxavk3b.example"),
        ("strasse.example", "strasse.example"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("a\u00df\u3002example", "xn--a-qfa.example"),
        ("\u00df" * 90 + ".example", ""),
        ("a..example", ""),
    ],
)
def test_what_is_sent_to_a_domain_goes_to_no_other(domain: str, sent_to: str) -> None:
    """Else a code, and every answer, for somebody at one goes to whoever has the other."""
    assert ascii_domain(domain) == sent_to


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "kim"),
        ("email", "kim@shop.exam\u200bple"),
        ("email", "k\u00adim@shop.example"),
        ("email", "\u202ekim@shop.example"),
        ("email", "kim@shop.example\u200f"),
        ("email", "k\u0456m@shop.example"),
        ("email", "=?utf-8?q?kim?=@shop.example"),
        ("email", "kim@shop.example\r\nBcc: eve@shop.example"),
        ("phone", "0170 5550199"),
        ("phone", "+49"),
        ("phone", "+49170555019912345"),
        ("phone", "+49 170 555\u200b0199"),
        ("wa_bsuid", "US.1"),
        ("", ""),
    ],
)
def test_what_is_not_plainly_an_address_leads_nowhere(kind: str, value: str) -> None:
    assert reached(Claimed(kind, value)) is None


def test_an_address_is_shown_to_who_knows_it() -> None:
    assert masked("email", "kim@shop.example") == "k…@shop.example"
    assert masked("phone", "+491705550199") == "+49…199"
