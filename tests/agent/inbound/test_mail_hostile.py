"""Mail that is made to stop its reader: no crash, bounded, no longer than its length."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mails import arrived, raw

from fte_agent.inbound.faults import InvalidMessage


@pytest.mark.parametrize(
    ("header", "piece"),
    [
        ("Content-Type", '"'),
        ("Content-Type", ";"),
        ("Content-Type", "a@b,"),
        ("Content-Disposition", '"'),
        ("Content-Disposition", ";"),
        ("Subject", "=?a?q?x?= "),
    ],
)
@pytest.mark.timeout(20)
def test_a_long_header_costs_no_more_than_a_short_one(header, piece):
    arrived(raw(f"{header}: {piece * (400_000 // len(piece))}"))


@pytest.mark.parametrize("piece", ["<a ", "<!--", "<![", "</", "<a b='"])
@pytest.mark.timeout(20)
def test_long_html_costs_no_more_than_a_short_one(piece):
    arrived(raw("Content-Type: text/html", body=piece * (400_000 // len(piece))))


NAMES = ["From", "Subject", "References", "Message-ID", "Reply-To", "Authentication-Results"]
NAMES += ["Content-Type", "Content-Disposition", "Content-Transfer-Encoding"]
PIECES = [b'"', b"(", b")", b";", b"<", b">", b"@", b"a", b" ", b":", b",", b"\\", b"=?utf-8?b?", b"=?", b"?=", b"\xff"]
PIECES += [
    b"multipart/mixed",
    b"multipart/report",
    b"text/html",
    b"text/",
    b"; boundary=b",
    b"; charset=",
    b"*=",
    b"*0=",
]
PIECES += [
    b"base64",
    b"attachment; filename*=x''%",
    b"\x00",
    b"\r\n ",
    b"dmarc=pass",
    b"mx.example.com;",
    b"[",
    b"]",
    b".",
]
VALUES = st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join) | st.binary()
HEADERS = st.tuples(st.sampled_from(NAMES), VALUES)
MAILS = st.builds(
    lambda headers, body: b"".join(b"%s: %s\r\n" % (name.encode(), value) for name, value in headers) + b"\r\n" + body,
    st.lists(HEADERS, max_size=5),
    st.binary() | st.lists(st.sampled_from([b"--b\r\n", b"--b--\r\n", b"\r\n", b"a", *PIECES])).map(b"".join),
)


@settings(max_examples=400)
@given(st.one_of(st.binary(), MAILS, MAILS.map(lambda data: b"From: ada@ada.example\r\n" + data)))
def test_any_bytes_are_a_message_or_invalid(data):
    try:
        message = arrived(data)
    except InvalidMessage:
        return
    names = [part for each in message.attachments for part in (each.kind, each.name)]
    for text in (message.subject, message.display_name, message.body, message.sender.value, *names):
        text.encode("utf-8")
        assert "\x00" not in text
    assert "\n" not in message.subject + message.display_name


@given(st.text(), st.sampled_from(["plain", "html"]))
def test_any_text_is_a_body(text, kind):
    data = raw(f"Content-Type: text/{kind}; charset=utf-8", body="").rstrip() + b"\r\n\r\n"
    body = arrived(data + text.encode("utf-8", "replace")).body
    assert not [char for char in body if unicodedata.category(char) == "Cc" and char not in "\n\t"]
