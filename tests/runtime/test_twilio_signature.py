"""Twilio's signature: our check against the vendor's own validator and against the double's second implementation."""

import hashlib
from types import SimpleNamespace

import pytest
from doubles.twilio.signature import sign, sign_json
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from fte_runtime.channels.twilio_whatsapp.signature import Signatures, spellings

TOKEN, OTHER = "1" * 32, "2" * 32
URL = "https://support.example.org/webhooks/whatsapp"
PORTED = "https://support.example.org:443/webhooks/whatsapp"
FIELDS = [("MessageSid", "SM1"), ("Body", "Grüße"), ("Blank", ""), ("Twice", "b"), ("Twice", "a"), ("Twice", "b")]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=8)


def vendors(token: str, url: str, fields: list[tuple[str, str]]) -> str:
    """The vendor's own computation, told of repeated names as a web framework would tell it."""
    names = dict.fromkeys(name for name, _ in fields)
    form = {name: [value for key, value in fields if key == name] for name in names}

    class Form(dict):
        def getlist(self, name):
            return self[name]

    return RequestValidator(token).compute_signature(url, Form(form))


def test_the_page_s_own_example():
    """https://github.com/twilio/twilio-python/blob/main/tests/unit/test_request_validator.py."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert Signatures(("12345",)).verify_form("RSOYDt4T1cUTdK1PDd93/VVr8B8=", [url], list(fields.items()))


@given(PAIRS, st.sampled_from([URL, f"{URL}?a=b&c=%2F"]))
def test_what_the_vendor_signs_is_taken_and_both_others_agree(fields, url):
    signature = vendors(TOKEN, url, fields)
    assert sign(TOKEN, url, fields) == signature
    assert Signatures((TOKEN,)).verify_form(signature, spellings(url), fields)
    assert not Signatures((OTHER,)).verify_form(signature, spellings(url), fields)


@pytest.mark.parametrize("number", range(len(FIELDS)))
def test_every_field_counts_blank_and_repeated_ones_too(number):
    signature = sign(TOKEN, URL, FIELDS)
    name, value = FIELDS[number]
    changed = [*FIELDS[:number], (name, value + "x"), *FIELDS[number + 1 :]]
    assert Signatures((TOKEN,)).verify_form(signature, [URL], FIELDS)
    assert not Signatures((TOKEN,)).verify_form(signature, [URL], changed)
    assert not Signatures((TOKEN,)).verify_form(signature, [URL], [*FIELDS, ("More", "")])


def test_the_port_may_be_told_or_not():
    accounts = Signatures((TOKEN,))
    for configured in (URL, PORTED):
        for signed in (URL, PORTED):
            assert accounts.verify_form(sign(TOKEN, signed, FIELDS), spellings(configured), FIELDS)
    assert not accounts.verify_form(sign(TOKEN, URL.replace("org", "org:8443"), FIELDS), spellings(URL), FIELDS)


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("https://a.example/x", "https://a.example:443/x"),
        ("http://a.example", "http://a.example:80"),
        ("https://a.example:8443/x?y=1", "https://a.example/x?y=1"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"),
        ("https://[2001:db8::1]:443/x", "https://[2001:db8::1]/x"),
        ("https://user:word@a.example/x", "https://user:word@a.example:443/x"),
    ],
)
def test_spellings(url, other):
    assert spellings(url) == (url, other)


def test_while_a_token_rotates_both_count():
    accounts = Signatures((TOKEN, OTHER))
    for token in (TOKEN, OTHER):
        assert accounts.verify_form(sign(token, URL, FIELDS), [URL], FIELDS)
    assert not accounts.verify_form(sign("3" * 32, URL, FIELDS), [URL], FIELDS)


@given(st.binary(max_size=50))
def test_a_body_is_signed_by_its_digest_in_the_url(body):
    url, signature = sign_json(TOKEN, URL, body)
    accounts = Signatures((TOKEN,))
    assert RequestValidator(TOKEN).compute_signature(url, {}) == signature
    assert accounts.verify_body(signature, spellings(url), body)
    assert not accounts.verify_body(signature, spellings(url), body + b" ")
    assert not accounts.verify_body(sign(OTHER, url), spellings(url), body)
    upper = f"{URL}?bodySHA256={hashlib.sha256(body).hexdigest().upper()}"
    assert accounts.verify_body(sign(TOKEN, upper), [upper], body)


def test_without_a_digest_no_body_is_signed():
    assert not Signatures((TOKEN,)).verify_body(sign(TOKEN, URL), [URL], b"{}")
    assert not Signatures((TOKEN,)).verify_body(sign(TOKEN, f"{URL}?bodySHA256="), [f"{URL}?bodySHA256="], b"{}")


@pytest.mark.parametrize("signature", ["", "x", "\xff", "=" * 28, "\ud7ff"])
def test_what_is_no_signature_is_refused(signature):
    assert not Signatures((TOKEN,)).verify_form(signature, [URL], FIELDS)


def test_tokens_do_not_show():
    assert TOKEN not in repr(Signatures((TOKEN,)))
    assert TOKEN not in repr(SimpleNamespace(accounts=Signatures((TOKEN,))))
