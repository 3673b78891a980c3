"""A reply as it goes to an address that somebody typed; and which mailbox an address leads to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fte_agent.channels import EMAIL, TRAITS, WEB_FORM
from fte_agent.domain.addresses import mailbox_of
from fte_agent.domain.behaviour import Company
from fte_agent.domain.turns import Reason
from fte_agent.reply.copies import copy_of
from fte_agent.reply.formatting import count_words, format_for_channel
from fte_agent.reply.templates import acknowledgement

ACME = Company("Acme", website="https://acme.example")


def copied(text: str, company: Company = ACME):
    [page] = format_for_channel(WEB_FORM, text, company, customer_name="Ada")
    return copy_of(page, company, of=WEB_FORM, to=EMAIL, number=1234)


def test_it_has_the_frame_of_a_mail_to_nobody_by_name_and_says_why_it_came():
    copy = copied("Choose Export.")
    assert copy.subject == "Your request to Acme, ticket 1234"
    [body] = copy.parts
    text, notice = body.rsplit("\n\n", 1)
    assert text == "Hello,\n\nChoose Export.\n\nKind regards,\nAcme Support\nhttps://acme.example"
    assert "perhaps you" in notice and "have not verified" in notice and "ignore" in notice


@pytest.mark.parametrize(
    ("language", "subject"),
    [("de", "Ihre Anfrage"), ("es", "Su consulta"), ("fr", "Votre demande"), ("en", "Your request")],
)
def test_it_speaks_the_language_of_the_reply(language, subject):
    copy = copied(acknowledgement(Reason.LANGUAGE, language))
    assert copy.subject.startswith(f"{subject} ")
    assert "Acme" in copy.parts[0].rsplit("\n\n", 1)[1]


def test_a_company_s_name_is_on_one_line_of_the_subject():
    assert copied("Yes.", Company("Acme\r\nBcc: x@y.example")).subject == (
        "Your request to Acme Bcc: x@y.example, ticket 1234"
    )


@given(st.integers(1, 290))
def test_what_fits_the_page_fits_the_mail(words):
    [body] = copied("word " * words).parts
    assert count_words(body) <= (TRAITS[EMAIL].style.max_words or 0)


SPELLINGS = [
    ("Ada@Example.COM", "ada@example.com"),
    ("ada+anything+else@example.com", "ada@example.com"),
    ("a.d.a+x@gmail.com", "ada@gmail.com"),
    ("Ada@GoogleMail.com", "ada@gmail.com"),
    ("a.da@example.com", "a.da@example.com"),
    ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
    ("ada@\uff45xample.com", "ada@example.com"),
    ("+ada@example.com", "+ada@example.com"),
]
UNPLAIN = [
    *("ada(x)@example.com", "a:ada@example.com", "=?utf-8?q?ada?=@example.com", "ad\u00e0@x.org", "ada@[127.0.0.1]"),
    *("ada..b@example.com", ".ada@example.com", "ada@example.com.", "ada@localhost", "ada@-example.com", "ada", ""),
    *("ada@example.com\r\nBcc: eve@x.org", "ada@example.com,eve@example.com", "<ada@example.com>"),
    *(f"{'a' * 65}@x.org", f"ada@{'a' * 64}.example", f"ada@{'a.' * 130}example", "ada@example.123"),
]


@pytest.mark.parametrize(("address", "mailbox"), SPELLINGS)
def test_spellings_of_one_mailbox_meet(address, mailbox):
    assert mailbox_of(address) == mailbox


@pytest.mark.parametrize("address", UNPLAIN)
def test_what_may_lead_elsewhere_than_it_seems_leads_nowhere(address):
    assert mailbox_of(address) == ""
