"""What a mail of ours looks like, whatever a subject, a name, an address or a text holds."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.parser import BytesParser
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runtime_doubles import a_delivery

from fte_agent.channels import EMAIL
from fte_agent.domain.messages import Author, ReplyTarget
from fte_agent.errors import SendFailed
from fte_runtime.channels.gmail.letter import letter
from fte_runtime.channels.gmail.settings import Settings

DESK, ADA = "desk@example.org", "ada@example.net"
ID = UUID("1c1f3e2a-0000-4000-8000-000000000000")
SETTINGS = Settings(mailbox=DESK, credentials_file="/nowhere")


def raw(
    body="Hello.", *, subject="Question", address=ADA, company="Example Ltd", parent="<one@example.net>", **changes
):
    target = ReplyTarget(address, subject, parent_id=parent)
    at = datetime(2026, 2, 3, tzinfo=UTC)
    return letter(
        a_delivery(EMAIL, "mail", id=ID, target=target, body=body, first_sent_at=at, **changes), SETTINGS, company
    )


def read(*body, **changes):
    return message_from_bytes(raw(*body, **changes), policy=policy.default)


def html(body):
    return read(body).get_body(("html",)).get_content().replace("\r\n", "\n")


# A copy


def test_a_copy_begins_a_thread_and_says_that_a_program_made_it():
    mail = read(subject="Your request to Example Ltd, ticket 7", parent="", copied=True)
    assert mail["Subject"] == "Your request to Example Ltd, ticket 7"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert (mail["X-FTE-Delivery"], mail["In-Reply-To"], mail["References"]) == (str(ID), None, None)


def test_a_copy_of_what_a_person_wrote_is_not_called_automatic():
    assert read(parent="", copied=True, author=Author.HUMAN)["Auto-Submitted"] is None


# Subject


ANSWERS = (
    "Re: x|RE : x|re[2]: x|Re (3): x|AW: x|Antwort: x|SV: x|VS: x|Odp: x|RIF: x|R: x|RES: x|YNT: x|Antw: x|Rép : x"
    "|Απ: x|回复\uff1ax|回覆: x|返信: x|답장: x|رد: x|השב: x|Trả lời: x|[EXTERN] AW: x"
)


@pytest.mark.parametrize("subject", ANSWERS.split("|"))
def test_a_subject_that_says_in_any_language_that_it_is_an_answer_stays_as_it_is(subject):
    assert read(subject=subject)["Subject"] == subject


@pytest.mark.parametrize(
    ("subject", "sent"),
    [
        ("Reset: how?", "Re: Reset: how?"),
        ("Fwd: Re: x", "Re: Fwd: Re: x"),
        ("a\r\nBcc: eve@example.net", "Re: a Bcc: eve@example.net"),
        ("Re: a\n b", "Re: a b"),
        ("\x00", "Re:"),
        ("Größe?", "Re: Größe?"),
    ],
)
def test_any_other_is_marked_once_and_stands_on_one_line(subject, sent):
    mail = read(subject=subject)
    assert mail["Subject"] == sent and mail["Bcc"] is None


def decoded(raw_mail, name):
    """A header as a program reads it that knows RFC 2047 and nothing of ours."""
    header = BytesParser(policy=policy.compat32).parsebytes(raw_mail)[name]
    return str(make_header(decode_header(header))).replace("\r\n", "").replace("\n", "")


@pytest.mark.parametrize("subject", ["x" * 900, "word " * 180, "ü" * 900, "文字 " * 300, "😀" * 450, "=?utf-8?q?x?="])
def test_a_long_subject_arrives_whole_in_lines_that_every_server_takes(subject):
    mail = raw(subject=subject)
    assert decoded(mail, "Subject") == f"Re: {subject.strip()}"
    assert max(map(len, mail.split(b"\r\n"))) <= 78
    assert mail.isascii()


@given(st.lists(st.text("aжяü日e,.:?=_", min_size=1, max_size=14), max_size=40).map(" ".join))
def test_whatever_words_it_has_they_stay_apart(subject):
    assert decoded(raw(subject=subject, copied=True), "Subject") == subject


# Names and addresses


@pytest.mark.parametrize(
    "company",
    [
        'Müller, Söhne & "Co"',
        "Ex <a@b.example>",
        "株式会社" * 12,
        "a\\b (c)",
        "Ada's; Shop:",
        "Ünï" * 40,
        "x@y.example",
    ],
)
def test_a_company_s_name_is_a_name_and_nothing_else(company):
    told = decoded(raw(company=company), "From")
    for mark in '\\"':
        company, told = company.replace(mark, ""), told.replace(mark, "")
    assert told == f"{company} Support <{DESK}>"
    assert [each.addr_spec for each in read(company=company)["From"].addresses] == [DESK]


def test_a_name_cannot_begin_a_header():
    mail = read(company="Acme\r\nBcc: eve@example.net")
    assert mail["Bcc"] is None and mail["From"].addresses[0].display_name == "Acme Bcc: eve@example.net Support"


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("ada@bücher.example", b"ada@xn--bcher-kva.example"),
        ("ad\u00e1@example.net", "ad\u00e1@example.net".encode()),
        ("ada(x)@example.net", b'"ada(x)"@example.net'),
        ("a:ada@example.net", b'"a:ada"@example.net'),
    ],
)
def test_a_mail_goes_to_the_very_address(address, sent):
    [line] = [line for line in raw(address=address).split(b"\r\n") if line.startswith(b"To: ")]
    assert line == b"To: " + sent


@pytest.mark.parametrize("address", ["=?utf-8?q?eve?=@example.net", "no address", "ada@example.net\r\nBcc: e@x.org"])
def test_what_could_be_read_as_another_is_refused_for_good(address):
    with pytest.raises(SendFailed) as caught:
        raw(address=address)
    assert (caught.value.code, caught.value.retryable) == ("BadAddress", False)


# Body


@pytest.mark.parametrize("body", ["long " * 400, "ü" * 3000, "x" * 3000, "שלום " * 400, "a\n.\nFrom b\n" * 9])
def test_a_body_arrives_whole_in_short_ascii_lines(body):
    mail = raw(body)
    assert mail.isascii() and max(map(len, mail.split(b"\r\n"))) <= 78
    plain = read(body).get_body(("plain",))
    assert plain.get_content().replace("\r\n", "\n").rstrip("\n") == body.rstrip("\n")
    assert plain.get_content_charset() == "utf-8"


def test_its_html_says_what_the_text_says():
    shown = html('See "https://a.example/?q=1&r=2", <https://b.example/x>.\nOr\n\n<img src=https://c.example>')
    assert shown.strip() == (
        '<p dir="auto">See &quot;<a href="https://a.example/?q=1&amp;r=2">https://a.example/?q=1&amp;r=2</a>&quot;, '
        '&lt;<a href="https://b.example/x">https://b.example/x</a>&gt;.<br>\nOr</p>\n'
        '<p dir="auto">&lt;img src=<a href="https://c.example">https://c.example</a>&gt;</p>'
    )


@given(st.text(max_size=300))
def test_its_html_never_holds_a_tag_of_the_text_s(text):
    shown = html(text.encode("utf-8", "ignore").decode() or ".")
    for tag in ('<p dir="auto">', "</p>", "<br>", "</a>"):
        shown = shown.replace(tag, "")
    assert "<" not in shown


HIDDEN = "=?utf-8?q?=0D=0ABcc:_eve=40example.com=0D=0A=0D=0ABuy_this.?="


@pytest.mark.parametrize(
    "ids",
    [
        {"parent_id": f"<{HIDDEN}@example.net>"},
        {"references": f"<1@example.net> <{HIDDEN}@example.net>"},
        {"parent_id": f"<é{HIDDEN}@example.net>", "address": "ö@example.net"},
        {"parent_id": "<a\u2028Bcc: eve@example.com>", "address": "ö@example.net"},
        {"parent_id": "<a\r\nBcc: eve@example.com>"},
        {"references": "<a\x0cBcc:eve@example.com>"},
    ],
)
def test_what_a_customer_s_message_id_hides_is_no_header_of_ours(ids):
    """The standard library decodes encoded words in every header that it is given, ends of lines too."""
    target = ReplyTarget(**{"address": "ada@example.net", "parent_id": "<1@example.net>", "references": ""} | ids)
    wire = letter(a_delivery(EMAIL, "mail", target=target), SETTINGS, "Example Ltd")
    head = wire.partition(b"\r\n\r\n")[0]
    assert b"eve" not in head and b"Buy" not in wire
    assert message_from_bytes(wire, policy=policy.default).is_multipart()


def test_ids_of_the_thread_arrive_as_they_are_on_lines_that_every_server_takes():
    before = [f"<{number:03}{'a' * 90}@example.net>" for number in range(40)] + [f"<{'b' * 1200}@example.net>"]
    target = ReplyTarget("ada@example.net", parent_id="<p=1?x@example.net>", references=" ".join(before))
    wire = letter(a_delivery(EMAIL, "mail", target=target), SETTINGS, "Example Ltd")
    head = wire.partition(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) < 998
    mail = message_from_bytes(wire, policy=policy.default)
    assert mail["In-Reply-To"] == "<p=1?x@example.net>"
    kept = mail["References"].split()
    assert (kept[0], kept[-1]) == (before[0], "<p=1?x@example.net>") and set(kept[:-1]) < set(before[:-1])


def test_a_parent_that_cannot_be_named_leaves_the_rest_of_the_thread():
    target = ReplyTarget("ada@example.net", parent_id="<é@example.net>", references="<1@example.net> <2@example.net>")
    mail = message_from_bytes(letter(a_delivery(EMAIL, "mail", target=target), SETTINGS, "x"), policy=policy.default)
    assert (mail["In-Reply-To"], mail["References"]) == (None, "<1@example.net> <2@example.net>")
