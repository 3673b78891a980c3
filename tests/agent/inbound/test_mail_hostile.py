"""Mail that is made to stop its reader: no crash, bounded, and time in proportion to its length."""

import tracemalloc

import pytest
from growth import BOUND, growth
from mails import arrived, raw, read

from fte_agent.inbound import mail_body, mail_parts
from fte_agent.inbound.faults import InvalidMessage
from fte_agent.inbound.mail_attachments import MailAttachment
from fte_agent.inbound.mail_body import MAX_BODY_BYTES
from fte_agent.inbound.mail_headers import MAX_HEADER_CHARS, MAX_REPEATED
from fte_agent.inbound.mail_parts import MAX_DEPTH, MAX_HEAD_BYTES, MAX_PARTS, read_parts
from fte_agent.inbound.mail_quotes import said_now

pytestmark = pytest.mark.slow

TEXTS = ["> ", "> a\n", "On ", "On 2026-01-01 a wrote:\n", "From: a\nTo: b\n", "1:11:\n", "wrote ", "-- \n", "_"]
TEXTS += ["<", "<a>", "<param>", "--", "-- a", "Sent: a\n", "From: a@b.c\nTo: b\nCc: c\n"]
TEXTS += ["Begin forwarded message:\n", "a@", "\x1b$B", "\u4f60", "Thanks ", "\t\n", "a\n", "--\n"]
TEXTS += ["-----BEGIN PGP SIGNED MESSAGE-----\n\n-"]
HTML = ["<a ", "<!--", "<![", "</", "<a b='", "<div>", "<ul><li>", "<p>a", "<blockquote>", "&#x", "< ", "&a;"]
HTML += ["<script>", "<table><tr><td>", "<div style='display:none'>", "<a x=1 y=2 ' \" >", "<svg><style>a"]
HTML += ["<blockquote type=cite>", "<meta charset=", "<textarea>", "<x/>"]
HTML += ["<b><dd>", "<p hidden><b>", "<td><b></p></td>"]
HEADERS = ["Content-Type", "Content-Disposition", "Subject", "To", "References", "Authentication-Results"]
PIECES = ['"', "(", "<", ";", ",", "a,", "a@b.c, ", "\\", "=", '; a="', "; filename*0=a", "=?a?q?x?= ", "=?utf-8?b?"]


@pytest.mark.parametrize("kind", ["plain", "plain; format=flowed", "enriched"])
@pytest.mark.parametrize("piece", TEXTS)
def test_text_takes_time_in_proportion(kind, piece):
    assert (
        growth(lambda text: arrived(raw(f"Content-Type: text/{kind}; charset=utf-8", body=text)), piece, 10_000)
        <= BOUND
    )


@pytest.mark.parametrize("piece", ["\n", "a:\n", "-- \n", "Sent from my a\n", "> \n"])
def test_what_stands_above_a_quote_takes_time_in_proportion(piece):
    assert growth(lambda text: said_now(f"Hello there\n{text}\n> old"), piece, 20_000) <= BOUND


@pytest.mark.parametrize("piece", HTML)
def test_html_takes_time_in_proportion(piece):
    assert growth(lambda text: arrived(raw("Content-Type: text/html", body=text)), piece, 50_000) <= BOUND


@pytest.mark.parametrize(
    "name", ["Content-Type", "Content-Disposition", "Subject", "To", "References", "Authentication-Results"]
)
@pytest.mark.parametrize("piece", PIECES)
def test_a_header_takes_time_in_proportion(name, piece):
    assert growth(lambda text: arrived(raw(f"{name}: {text}")), piece, MAX_HEADER_CHARS // 4) <= BOUND


@pytest.mark.parametrize("piece", ["--x\r\n\r\nhello\r\n", "a--x\r\n", "--x", "--", "\r\n"])
def test_boundaries_take_time_in_proportion(piece):
    head = raw("Content-Type: multipart/mixed; boundary=x", body="--x\r\n\r\n")
    assert growth(lambda text: arrived(head + text.encode()), piece, 100_000) <= BOUND


@pytest.mark.parametrize("sign", ["a", "\u00fc", "\u4f60", "\U0001f642"])
def test_a_long_text_is_cut_between_its_signs(sign):
    found = read(raw("Content-Type: text/plain; charset=utf-8", body=f"Well {sign * 60_000}"))
    assert set(found.body) == set(f"Well {sign}")
    assert MAX_BODY_BYTES - 4 < len(found.body.encode()) <= MAX_BODY_BYTES


def nested(levels: int) -> bytes:
    """Multiparts in multiparts, none of them closed."""
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(levels)
    )


@pytest.mark.parametrize("bomb", [nested(5_000), b"Content-Type: message/rfc822\r\n\r\n" * 5_000])
def test_a_bomb_of_nested_parts_is_read_to_a_depth(bomb):
    found = read(b"From: ada@ada.example\r\n" + bomb + b"\r\nhello there\r\n")
    assert found.attachments
    assert len(list(read_parts(bomb).walk())) == MAX_DEPTH + 1


@pytest.mark.parametrize("kind", ["related", "alternative", "mixed", "signed"])
def test_a_part_is_read_once_however_deep_it_is(monkeypatch, kind):
    shown = []
    found = mail_body._shown
    monkeypatch.setattr(mail_body, "_shown", lambda part: shown.append(part) or found(part))
    levels = nested(MAX_DEPTH - 1).replace(b"mixed", kind.encode())
    assert read(b"From: ada@ada.example\r\n" + levels + b"\r\nhello there\r\n").body == "hello there"
    assert len(shown) == 1


def test_the_way_down_is_searched_once_a_level(monkeypatch):
    searched = []
    found = mail_parts._marks
    monkeypatch.setattr(mail_parts, "_marks", lambda *args: searched.append(args[0]) or found(*args))
    read_parts(nested(5_000) + b"a\r\n" * 1_000)
    assert len(searched) <= MAX_DEPTH + 1


def test_of_many_parts_the_first_are_read():
    part = b"--x\r\nContent-Type: image/gif\r\n\r\nGIF\r\n"
    found = read_parts(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + part * 1_000)
    assert len(list(found.walk())) <= MAX_PARTS


def test_parts_of_parts_share_one_budget():
    inner = b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n" + b"--y\r\n\r\nhello\r\n" * 50
    found = read_parts(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + inner * 50)
    assert len(list(found.walk())) <= MAX_PARTS


def test_a_large_attachment_is_measured_and_hardly_copied():
    line = b"QUFB" * 19 + b"\r\n"
    data = (
        raw("Content-Type: multipart/mixed; boundary=x", body="--x\r\n\r\nSee the film.\r\n--x\r\n")
        + b"Content-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\n"
        + b"Content-Disposition: attachment; filename=a.mp4\r\n\r\n"
        + line * (10_000_000 // 57)
        + b"--x--\r\n"
    )
    tracemalloc.start()
    found = read(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.attachments == (MailAttachment("video/mp4", "a.mp4", 10_000_000 // 57 * 57),)
    assert (found.body, peak < 3 * len(data)) == ("See the film.", True)


def test_a_hundred_thousand_headers_are_read_as_far_as_gmail_takes_them():
    many = b"".join(b"X-%d: a\r\n" % number for number in range(100_000))
    assert read(raw().replace(b"\r\n\r\n", b"\r\n" + many + b"\r\n")).body == "How do I reset it?"
    with pytest.raises(InvalidMessage, match=r"^From: "):
        read(many + raw())


@pytest.mark.parametrize("name", ["Subject", "X-Other", "References", "To"])
def test_one_giant_header_is_cut(name):
    data = raw(f"{name}: " + "a" * (MAX_HEAD_BYTES // 2))
    found = read(data)
    assert (found.sender.value, found.body) == ("ada@ada.example", "How do I reset it?")
    assert len(found.subject) <= 998
    assert len(read_parts(data).headers.text(name)) == MAX_HEADER_CHARS


def test_of_a_header_that_is_repeated_the_first_are_read():
    data = b"".join(b"To: a%d@x.example\r\n" % number for number in range(1_000)) + raw()
    assert len(read(data).participants) == MAX_REPEATED


def test_headers_without_end_hold_nothing_else():
    with pytest.raises(InvalidMessage, match=r"^From: "):
        read(b"Subject: " + b"a" * 3_000_000 + b"\r\n" + raw())
