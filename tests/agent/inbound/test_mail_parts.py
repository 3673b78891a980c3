"""Mail: its parts, and the bytes of each as text."""

import base64

import pytest
from mails import arrived, raw, read

from fte_agent.inbound.mail_charsets import codec_of, decode
from fte_agent.inbound.mail_parts import read_parts

MIXED = "Content-Type: multipart/mixed; boundary=b"
INNER = "From: Ola <ola@x.example>\r\nSubject: Old\r\n\r\nWhere is it?"


def test_what_stands_around_the_parts_is_none():
    body = "A preamble.\r\n--b\r\n\r\nThe only part.\r\n--b--\r\nAn epilogue.\r\n--b\r\n\r\nToo late."
    assert arrived(raw(MIXED, body=body)).body == "The only part."


@pytest.mark.parametrize("line", ["x--b", "--bc", "--b c", "--b-"])
def test_what_is_like_a_boundary_is_text(line):
    body = f"--b\r\n\r\nFirst line.\r\n{line}\r\nLast line.\r\n--b--"
    assert arrived(raw(MIXED, body=body)).body == f"First line.\n{line}\nLast line."


@pytest.mark.parametrize("boundary", ["=_a+b(c)", "a b", "a:b/c?d", "''"])
def test_a_boundary_may_hold_what_it_likes(boundary):
    data = raw(
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
        body=f"--{boundary} \r\n\r\nHello there.\r\n--{boundary}--",
    )
    assert arrived(data).body == "Hello there."


def test_the_line_end_before_a_boundary_is_not_the_parts():
    found = read_parts(raw(MIXED, body="--b\r\n\r\none\r\n\r\n--b\r\n\r\ntwo\n--b--"))
    assert [part.raw for part in found.parts] == [b"one\r\n", b"two"]


def test_parts_of_a_digest_are_mails():
    body = f"--b\r\n\r\n{INNER}\r\n--b--"
    found = read(raw("Content-Type: multipart/digest; boundary=b", body=body))
    assert (
        found.full_text
        == "---------- Forwarded message ---------\nFrom: Ola <ola@x.example>\nSubject: Old\n\nWhere is it?"
    )
    assert found.forwarded


@pytest.mark.parametrize("encoding", ["7bit", "base64", "BASE64"])
def test_an_attached_mail_is_read_however_it_is_encoded(encoding):
    inner = INNER if encoding == "7bit" else base64.encodebytes(INNER.encode()).decode()
    head = f"--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    assert read(raw(MIXED, body=f"{head}{inner}\r\n--b--")).body.endswith("Where is it?")


def test_a_broken_line_among_the_headers_hides_no_sender():
    found = read(b"Subject: One\r\nand two\r\n\xff\xfe\r\n" + raw("To: kim@x.example"))
    assert (found.sender.value, found.subject, found.body) == ("ada@ada.example", "One", "How do I reset it?")
    assert found.participants == ("kim@x.example",)


@pytest.mark.parametrize(
    "broken",
    ["X-Scanned : yes", "X-Scanned\t: yes", "an odd line", "\udcff\udcfe", ">From x Mon Jan 5", "one\r\ntwo", ": none"],
)
@pytest.mark.parametrize("above", [[], ["From: ada@ada.example"], ["From: ada@ada.example", "To: kim@x.example"]])
def test_a_broken_line_hides_no_header_below(broken, above):
    below = ["Subject: Order", "Auto-Submitted: auto-replied", "Content-Transfer-Encoding: base64"]
    found = read(raw(*above, broken, *below, body="SGVsbG8gdGhlcmU", sender=None if above else "ada@ada.example"))
    assert (found.subject, found.signs, found.body) == ("Order", ("Auto-Submitted",), "Hello there")


def test_the_value_of_a_header_with_a_blank_before_its_colon_is_read():
    assert read(raw("Subject : Order", "X-Other: a")).subject == "Order"


def test_a_broken_line_in_the_headers_of_a_part_hides_no_encoding():
    part = "Content-Type: text/plain\r\nodd\r\nContent-Transfer-Encoding : base64\r\n\r\nSGVsbG8gdGhlcmU"
    assert read(raw(MIXED, body=f"--b\r\n{part}\r\n--b--")).body == "Hello there"


def test_a_text_without_a_blank_line_above_it_is_the_body():
    assert read(b"From: ada@ada.example\r\nHello there.\r\n\r\nFrom: me").body == "Hello there.\n\nFrom: me"


def test_a_line_of_an_mbox_file_is_no_header():
    assert read(b"From ada@ada.example Mon Jan  5 09:30:00 2026\r\n" + raw()).body == "How do I reset it?"


def test_of_a_signed_text_the_frame_is_left_out():
    signed = "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\n- -one\r\ntwo\r\n"
    signature = "-----BEGIN PGP SIGNATURE-----\r\nab\r\n-----END PGP SIGNATURE-----\r\n"
    assert read(raw(body=f"{signed}{signature}Below it.")).body == "-one\ntwo\n\nBelow it."


def test_an_armoured_message_is_not_readable():
    assert read(raw(body="-----BEGIN PGP MESSAGE-----\r\n\r\nab\r\n-----END PGP MESSAGE-----")).unreadable


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("one \r\ntwo\r\nthree", "one two\nthree"),
        ("> one \r\n> two\r\nthree", "> one two\nthree"),
        ("> one \r\nthree", "> one \nthree"),
        (" from the start\r\n >no quote", "from the start\n>no quote"),
        ("one two\r\n-- \r\nAda\r\nx?", "one two\n-- \nAda\nx?"),
    ],
)
def test_flowed_text_is_put_together(lines, text):
    assert read(raw("Content-Type: text/plain; format=flowed", body=lines)).full_text == text


@pytest.mark.parametrize(
    "label", ["punycode", "idna", "unicode_escape", "zlib", "rot13", "undefined", "", "x y", "a" * 50]
)
def test_what_is_no_charset_of_mail_is_none(label):
    assert codec_of(label) is None


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        (b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe", "iso-8859-1", "Grüße"),
        (b"\x93quoted\x94", "us-ascii", "\u201cquoted\u201d"),
        ("Привет".encode("cp1251"), "Windows-1251", "Привет"),
        ("Привет".encode(), "windows-1252", "Привет"),
        ("注文".encode("cp932"), '"Shift_JIS"', "注文"),
        ("注文①".encode("cp932"), "x-sjis", "注文①"),
        ("한국어".encode("cp949"), "ks_c_5601-1987", "한국어"),
        (b"+AOk-t+AOk-", "utf-7", "été"),
        (b"caf\xe9", "", "café"),
        (b"caf\xe9", "utf-8", "café"),
        (b"\x1b[31mred", "utf-8", "\x1b[31mred"),
        (b"\x1b$BCmJ8-!\x1b(B ok", "iso-2022-jp", "注文① ok"),
        (b"\x1b$BCmJ8-!\x1b(B ok", "", "注文① ok"),
        (b"\x1b$B|b66\x1b(B, \x1b(I1\x1b(B\r\n", "iso-2022-jp", "髙橋, ｱ\r\n"),
        (b"\x1b$BCm\r\nJ8-!\x1b$(D0!\x1b(J~ \x0e1\x0f.", "iso-2022-jp-ms", "注\r\n文①丂~ ｱ."),
        (b"\x1b$B-!\x1b(B \xb1", "iso-2022-jp", "① ｱ"),
        (b"\x1b$B!\x1b(B ok", "iso-2022-jp", "! ok"),
        ("注文".encode("euc_jp"), "euc-jp", "注文"),
        (b"\xc3\xed\xca\xb8\xad\xa1 \x8e\xb1\x8f\xb0\xa1\xfc\xe2.\xff", "x-euc-jp", "注文① ｱ丂髙.\ufffd"),
        ("ฉัน €".encode("cp874"), "windows-874", "ฉัน €"),
        ("碁€".encode("cp950"), "cp950", "碁€"),
        ("碁".encode("cp950"), "big5", "碁"),
        ("㗎".encode("big5hkscs"), "big5", "㗎"),
        ("Привет".encode("mac-cyrillic"), "x-mac-cyrillic", "Привет"),
        ("똠".encode("cp949"), "x-windows-949", "똠"),
        ("Łódź".encode("cp1250"), "cp-1250", "Łódź"),
        ("Привет".encode("cp1251"), "win-1251", "Привет"),
        ("Привет".encode("cp866"), "IBM-866", "Привет"),
        ("Łódź".encode(), "iso-8859-2", "Łódź"),
        ("Привет".encode(), "koi8-r", "Привет"),
        ("Привет".encode(), "x-mac-cyrillic", "Привет"),
        ("Grüße".encode(), "windows-874", "Grüße"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
    ],
)
def test_bytes_are_the_text_they_were_meant_as(data, label, text):
    assert decode(data, label) == text


def test_of_what_is_related_the_first_part_is_shown():
    root = "--b\r\nContent-Type: text/html\r\n\r\n<p>Shown.</p>\r\n"
    body = f"{root}--b\r\nContent-Type: text/plain\r\nContent-ID: <x>\r\n\r\nUsed by it.\r\n--b--"
    assert arrived(raw("Content-Type: multipart/related; boundary=b", body=body)).body == "Shown."


RELATED = "Content-Type: multipart/related; boundary=b"
PICTURE = "--b\r\nContent-Type: image/png\r\nContent-ID: <p@x>\r\n\r\nPNG\r\n"
ROOT = "--b\r\nContent-Type: text/html\r\nContent-ID: <r@x>\r\n\r\n<p>Shown here.</p>\r\n"
BESIDE = "--b\r\nContent-Type: text/plain\r\n\r\nAnd below.\r\n"
USED = "--b\r\nContent-Type: text/html\r\nContent-ID: <u@x>\r\n\r\nUsed by it.\r\n"


@pytest.mark.parametrize(
    ("headers", "parts", "text"),
    [
        (RELATED, PICTURE + ROOT, "Shown here."),
        (RELATED, ROOT + PICTURE + BESIDE, "Shown here.\n\nAnd below."),
        (f'{RELATED}; start="<r@x>"', USED + PICTURE + ROOT, "Shown here."),
        (f"{RELATED}; start=r@x", USED + ROOT, "Shown here."),
        (f'{RELATED}; start="<none@x>"', PICTURE + ROOT + USED, "Shown here."),
        (RELATED, PICTURE, ""),
    ],
)
def test_the_text_of_what_is_related_is_found_wherever_it_stands(headers, parts, text):
    assert arrived(raw(headers, body=f"{parts}--b--")).body == text


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/markdown; charset=utf-8", "Where is **it**?", "Where is **it**?"),
        ("plain/text", "Where is it?", "Where is it?"),
        (
            "text/enriched",
            "<bold>Where</bold> is\r\nit <<b>?\r\n\r\n<color><param>red</param>Now</color>",
            "Where is it <b>?\nNow",
        ),
    ],
)
def test_rarer_kinds_of_text_are_read(kind, body, text):
    assert arrived(raw(f"Content-Type: {kind}", body=body)).body == text
    parts = f"--b\r\nContent-Type: {kind}\r\n\r\n{body}\r\n--b--"
    found = arrived(raw(MIXED, body=parts))
    assert (found.body, found.attachments) == (text, ())


def test_of_what_is_encrypted_nothing_is_shown():
    body = "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\n\r\nab\r\n--b--"
    found = read(raw("Content-Type: multipart/encrypted; boundary=b", body=body))
    assert (found.body, found.unreadable) == ("", True)


@pytest.mark.parametrize(("plain", "shown"), [("Other words. " * 40, "Other words."), ("Other words.", "Shown here.")])
def test_a_long_plain_text_is_no_stub_whatever_the_html_says(plain, shown):
    body = f"--b\r\n\r\n{plain}\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Shown here.</p>\r\n--b--"
    assert arrived(raw("Content-Type: multipart/alternative; boundary=b", body=body)).body.startswith(shown)


def test_an_answer_with_a_mail_attached_hands_that_on():
    text = "It is the mail below.\r\n\r\n-----Original Message-----\r\nWhich mail?"
    body = f"--b\r\n\r\n{text}\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{INNER}\r\n--b--"
    found = read(raw(MIXED, body=body))
    assert (found.body, found.forwarded) == ("It is the mail below.", True)
    assert found.full_text.endswith("Where is it?")
