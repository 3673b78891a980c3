"""Mail out of chance: any bytes, and what is left of real mails when bytes of them change."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st
from mails import EXPECTED, FOLDER, OURS, SHOP, arrived, raw

from fte_agent.inbound import mail
from fte_agent.inbound.faults import InvalidMessage
from fte_agent.inbound.mail_attachments import MAX_ATTACHMENTS, MAX_NAME_CHARS
from fte_agent.inbound.mail_body import MAX_BODY_BYTES
from fte_agent.inbound.mail_bounces import MAX_RECIPIENTS
from fte_agent.inbound.mail_model import Bounce, Mail
from fte_agent.testing import START

CORPUS = [(FOLDER / f"{name}.eml").read_bytes() for name in sorted(EXPECTED)]
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


PLACES = st.floats(0, 1, exclude_max=True)
"""Where in a mail something changes, as a part of its length."""

SCRAPS = st.sampled_from(PIECES) | st.binary(max_size=6) | st.sampled_from(CORPUS).map(lambda data: data[-400:])
CHANGES = st.lists(
    st.tuples(st.sampled_from(["drop", "double", "put", "cut", "flip"]), PLACES, PLACES, SCRAPS), max_size=6
)


def changed(data: bytes, changes: list[tuple[str, float, float, bytes]]) -> bytes:
    """A mail after it came through a bad line."""
    for kind, one, other, scrap in changes:
        start, end = sorted((int(one * len(data)), int(other * len(data))))
        end = min(end, start + 300)
        within = {
            "drop": b"",
            "double": data[start:end] * 2,
            "put": scrap + data[start:end],
            "flip": bytes(byte ^ 0x80 for byte in data[start:end]),
        }
        data = data[:start] + within[kind] + data[end:] if kind in within else data[:start]
    return data


def texts(read: Mail | Bounce) -> list[str]:
    """Every text of a result."""
    if isinstance(read, Bounce):
        told = (each for one in read.recipients for each in (one.address, one.action, one.status))
        return [read.key, read.original_id, read.delivery, *told]
    named = (part for each in read.attachments for part in (each.kind, each.name))
    found = [read.key, read.thread_key, read.sender.value, read.reply_to, read.display_name, read.subject, read.body]
    return [*found, read.full_text, *named, *read.references, *read.participants, read.in_reply_to, read.reply_token]


def held(data: bytes, read: Mail | Bounce) -> None:
    """What is true of whatever is read."""
    for text in texts(read):
        assert "\x00" not in text
        text.encode("utf-8")
    if isinstance(read, Bounce):
        assert len(read.recipients) <= MAX_RECIPIENTS
        return
    assert "\n" not in read.subject + read.display_name + read.reply_to
    assert len(read.body.encode()) <= MAX_BODY_BYTES and len(read.full_text.encode()) <= MAX_BODY_BYTES
    assert len(read.attachments) <= MAX_ATTACHMENTS
    assert all(len(each.name) <= MAX_NAME_CHARS and each.size <= len(data) for each in read.attachments)
    assert read.body or not read.full_text


@settings(max_examples=600)
@given(st.sampled_from(CORPUS), CHANGES)
def test_a_mail_that_was_damaged_is_read_or_refused(data, changes):
    damaged = changed(data, changes)
    try:
        read = mail.parse(damaged, mailbox=SHOP, now=START)
    except InvalidMessage as error:
        assert error.faults[0].field == "From"
        return
    held(damaged, read)


@settings(max_examples=400)
@given(st.one_of(st.binary(), MAILS, MAILS.map(lambda data: b"From: ada@ada.example\r\n" + data)))
def test_any_bytes_are_a_mail_or_refused(data):
    try:
        read = mail.parse(data, mailbox=OURS, now=START)
    except InvalidMessage as error:
        assert error.faults[0].field == "From"
        return
    held(data, read)


@given(st.text(), st.sampled_from(["plain", "html"]))
def test_any_text_is_a_body(text, kind):
    data = raw(f"Content-Type: text/{kind}; charset=utf-8", body="").rstrip() + b"\r\n\r\n"
    body = arrived(data + text.encode("utf-8", "replace")).body
    assert not [char for char in body if unicodedata.category(char) == "Cc" and char not in "\n\t"]
