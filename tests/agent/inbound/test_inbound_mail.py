"""Mail: who wrote it, whom to answer, and which conversation it belongs to."""

import re

import pytest
from mails import OURS, arrived, raw, read

from fte_agent.channels import EMAIL
from fte_agent.domain.messages import Identifier, InboundMessage, ReplyTarget
from fte_agent.inbound import mail
from fte_agent.inbound.faults import InvalidMessage
from fte_agent.inbound.mail_model import Mail, Receipt
from fte_agent.inbound.own_mailbox import Mailbox
from fte_agent.testing import START

DMARC = "mx.example.com; spf=pass smtp.mailfrom=ada.example; dmarc=pass header.from=ada.example"


def test_a_mail_as_a_message():
    message = arrived(raw("Message-ID: <1@ada.example>", "Subject: =?utf-8?q?R=C3=BCckfrage?=\r\n to you", "To: x@y.z"))
    assert message == InboundMessage(
        source="email",
        dedupe_key="<1@ada.example>",
        channel=EMAIL,
        channel_name="support",
        thread_key="<1@ada.example>",
        sender=Identifier("email", "ada@ada.example"),
        body="How do I reset it?",
        occurred_at=START,
        subject="Rückfrage to you",
        display_name="Ada",
        external_id="<1@ada.example>",
        reply_target=ReplyTarget(
            "ada@ada.example", subject="Rückfrage to you", thread="<1@ada.example>", parent_id="<1@ada.example>"
        ),
        participants=("x@y.z",),
    )


@pytest.mark.parametrize(
    ("sender", "name", "address"),
    [
        ("=?x-unknown?q?Ada?= <ada@ada.example>", "Ada", "ada@ada.example"),
        ("kim@work.example <ada@ada.example>", "kim@work.example", "ada@ada.example"),
        ("[Acme] Ada <ada@ada.example>", "[Acme] Ada", "ada@ada.example"),
        ("ada@ada.example (Ada (at work))", "Ada (at work)", "ada@ada.example"),
        (r'"Ada \"the\" first" <ada@ada.example>', 'Ada "the" first', "ada@ada.example"),
        ("<ada@ada.example\u200b>", "", "ada@ada.example"),
        ('"Ada <ada@ada.example>', "Ada", "ada@ada.example"),
        ("Team: Ada <ada@ada.example>;", "Ada", "ada@ada.example"),
        ("Ada <ada@ada.example> (at work)", "Ada", "ada@ada.example"),
        ("=?utf-8?b?A?= <ada@ada.example>", "=?utf-8?b?A?=", "ada@ada.example"),
        ("ada@ada.example", "", "ada@ada.example"),
        ('"Lovelace, Ada" <ada@ada.example>', "Lovelace, Ada", "ada@ada.example"),
        ("=?utf-8?b?QWTDpA==?= <ada@ada.example>", "Adä", "ada@ada.example"),
        ("Adä <ada@ada.example>", "Adä", "ada@ada.example"),
        ("=?utf-8?q?eve=40example=2Ecom=3E?= <ada@ada.example>", "eve@example.com>", "ada@ada.example"),
        ("A\x00d\x07a <ada@ada.example>", "Ada", "ada@ada.example"),
        ("Ada :( <ada@ada.example>", "Ada", "ada@ada.example"),
        ("Ada (:-( <ada@ada.example>", "Ada -", "ada@ada.example"),
        ('"Ada :( <ada@ada.example>', "Ada", "ada@ada.example"),
        ("Ada ) <ada@ada.example>", "Ada", "ada@ada.example"),
    ],
)
def test_sender(sender, name, address):
    message = arrived(raw(sender=sender))
    assert (message.display_name, message.sender.value) == (name, address)


@pytest.mark.parametrize(
    "sender", [None, "", "Ada", "ada@localhost", "<>", "(" * 5000, "<" * 5000, f"{'a' * 250}@x.example"]
)
def test_nobody_to_answer(sender):
    with pytest.raises(InvalidMessage, match=r"^From: must be an e-mail address such as name@example\.com$"):
        arrived(raw(sender=sender))


@pytest.mark.parametrize(
    ("headers", "thread"),
    [
        (["Message-ID: <3@x>", "References: <1@x> <2@x>", "In-Reply-To: <2@x>"], "<1@x>"),
        (["Message-ID: <3@x>", "References:\r\n\t<1@x>\r\n\t<2@x>"], "<1@x>"),
        (["Message-ID: <3@x>", "In-Reply-To: <2@x>"], "<2@x>"),
        (["Message-ID: <3@x>", "References: none", "In-Reply-To: your mail"], "<3@x>"),
    ],
)
def test_thread(headers, thread):
    message = arrived(raw(*headers))
    assert (message.dedupe_key, message.thread_key) == ("<3@x>", thread)
    before = "<1@x> <2@x>" if thread == "<1@x>" else ""
    assert message.target == ReplyTarget("ada@ada.example", thread=thread, parent_id="<3@x>", references=before)
    assert (message.external_id, message.in_reply_to) == ("<3@x>", "<2@x>" if "In-Reply-To: <2@x>" in headers else "")


def test_a_long_id_is_a_short_key_and_itself_to_the_mail_that_answers_it():
    long = f"<{'a' * 600}@x>"
    message = arrived(raw(f"Message-ID: {long}"))
    assert re.fullmatch("sha256:[0-9a-f]{64}", message.dedupe_key)
    assert message.thread_key == message.dedupe_key
    assert (message.external_id, message.target.parent_id) == (long, long)


def test_what_is_too_long_for_a_line_is_no_id():
    long = f"<{'邮' * 400}@x>"
    message = arrived(raw(f"Message-ID: {long}", f"In-Reply-To: {long}", f"References: <1@x> {long}"))
    assert (message.external_id, message.in_reply_to, message.references) == ("", "", ("<1@x>",))


@pytest.mark.parametrize(
    ("came_to", "written_to"),
    [
        (["To: Ada <ada@ada.example>, Support <SUPPORT@ours.example>"], "SUPPORT@ours.example"),
        (["To: ada@ada.example", "Cc: help@ours.example"], "help@ours.example"),
        (["To: support+abcdefghijklmnop@ours.example"], "support+abcdefghijklmnop@ours.example"),
        (["Bcc: support@ours.example"], ""),
    ],
)
def test_which_of_our_addresses_it_was_written_to(came_to, written_to):
    ours = Mailbox("support", ("support@ours.example", "help@ours.example"))
    found = mail.parse(raw(*came_to), mailbox=ours, now=START)
    assert found.to_message().target.written_to == written_to


def test_without_an_id_the_same_bytes_are_the_same_mail():
    one, again, other = arrived(raw()), arrived(raw()), arrived(raw(body="Something else entirely"))
    assert one.dedupe_key == one.thread_key == again.dedupe_key != other.dedupe_key
    assert (one.external_id, one.target.parent_id) == ("", "")


def test_another_reply_address_proves_nothing_and_is_answered():
    message = arrived(raw(f"Authentication-Results: {DMARC}", "Reply-To: Eve <eve@example.org>"))
    assert message.sender == Identifier("email", "ada@ada.example", verified=True)
    assert message.target.address == "eve@example.org"


@pytest.mark.parametrize("wanted", ["", "nobody", "<>", "eve@localhost"])
def test_a_reply_address_that_is_none_counts_for_nothing(wanted):
    assert arrived(raw(f"Reply-To: {wanted}")).target.address == "ada@ada.example"


def test_what_gmail_knows_of_a_mail_comes_first():
    receipt = Receipt("18f0a1", "18f09f", START.replace(year=START.year - 1))
    found = mail.parse(raw("Message-ID: <2@x>", "References: <1@x>"), mailbox=OURS, now=START, receipt=receipt)
    assert isinstance(found, Mail)
    message = found.to_message()
    assert (message.dedupe_key, message.thread_key) == ("support:18f0a1", "18f09f")
    assert (message.occurred_at, message.external_id) == (receipt.received_at, "<2@x>")
    target = ReplyTarget("ada@ada.example", thread="18f09f", parent_id="<2@x>", references="<1@x>")
    assert message.target == target
    assert (found.thread, found.references) == ("18f09f", ("<1@x>",))


def test_what_apple_mail_overwrites_is_told_beside_what_it_keeps():
    found = read(raw("In-Reply-To: <ours@x>", "References: <new@y> <other@y>"))
    assert (found.in_reply_to, found.references) == ("<ours@x>", ("<new@y>", "<other@y>"))


def test_of_many_references_the_first_and_the_newest_are_kept():
    found = read(raw("References: " + " ".join(f"<{number}@x>" for number in range(80))))
    assert found.references == ("<0@x>", *(f"<{number}@x>" for number in range(31, 80)))


TOKEN = "3f2504e04f8911d39a0c0305e82c3301"


@pytest.mark.parametrize("header", ["To", "Cc", "Delivered-To", "X-Original-To"])
def test_a_reply_token_is_found_wherever_the_address_stands(header):
    assert read(raw(f"{header}: Help <HELP+{TOKEN.upper()}@Example.com>")).reply_token == TOKEN


@pytest.mark.parametrize(
    "address",
    [f"else+{TOKEN}@example.com", f"help+{TOKEN}@example.org", "help+billing@example.com", "help@example.com"],
)
def test_what_is_no_token_of_ours_is_none(address):
    assert read(raw(f"To: {address}")).reply_token == ""


def test_what_a_mail_continues_and_who_else_reads_it_travel_with_it():
    ours = Mailbox("support", ("support@ours.example", "help@ours.example"))
    told = ["References: <1@x> <2@x>", "In-Reply-To: <3@x>", f"To: Support+{TOKEN}@ours.example, Kim <KIM@x.example>"]
    message = mail.parse(raw(*told, "Cc: HELP@ours.example, Ola <ola@x.example>"), mailbox=ours, now=START).to_message()
    assert (message.references, message.in_reply_to, message.reply_token) == (("<1@x>", "<2@x>"), "<3@x>", TOKEN)
    assert message.participants == ("KIM@x.example", "ola@x.example"), "none of ours, nor a group that brings our mail"


def test_a_group_that_brings_our_mail_reads_nothing():
    ours = Mailbox("support", ("desk@ours.example",))
    headers = ["To: help@ours.example, kim@x.example", "List-Id: <help.ours.example>"]
    assert mail.parse(raw(*headers), mailbox=ours, now=START).to_message().participants == ("kim@x.example",)


def test_of_many_who_read_it_a_hundred_are_kept():
    many = (", ".join(f"u{number}@x.example" for number in range(start, start + 150)) for start in (0, 150))
    found = read(raw(*(f"{name}: {listed}" for name, listed in zip(("To", "Cc"), many, strict=True))))
    assert found.to_message().participants == tuple(f"u{number}@x.example" for number in range(100))


def test_participants_are_who_stands_in_to_and_cc_once():
    found = read(raw("To: Kim <kim@x.example>, team: ola@x.example, <uma@x.example>;", "Cc: kim@x.example, nobody"))
    assert found.participants == ("kim@x.example", "ola@x.example", "uma@x.example")


DELIVERY = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


OURS_PROVEN = "Authentication-Results: mx.example.com; dmarc=pass header.from=example.com"


@pytest.mark.parametrize(
    ("headers", "sender", "delivery"),
    [
        ([f"X-FTE-Delivery: {DELIVERY}"], "Help <help@example.com>", DELIVERY),
        (["X-FTE-Delivery: nonsense"], "help@example.com", ""),
        (["Reply-To: sales@example.com"], "HELP@Example.com", ""),
        ([], "sales@example.com", ""),
        ([], "sales+x@example.com", ""),
    ],
)
def test_a_mail_of_our_own_is_known_and_never_answered(headers, sender, delivery):
    found = read(raw(OURS_PROVEN, *headers, sender=sender))
    assert (found.own, found.delivery, found.automated) == (True, delivery, False)
    assert found.to_message().automated


@pytest.mark.parametrize("headers", [[], ["Reply-To: ada@ada.example"], [f"X-FTE-Delivery: {DELIVERY}"]])
@pytest.mark.parametrize("sender", ["help@example.com", "boss@example.com"])
def test_what_the_mailbox_sent_is_ours_whatever_stands_in_it(headers, sender):
    receipt = Receipt("18f0a1", "18f09f", START, sent=True)
    found = mail.parse(raw(*headers, sender=sender), mailbox=OURS, now=START, receipt=receipt)
    assert isinstance(found, Mail)
    assert (found.own, found.sender.value, bool(found.delivery)) == (True, sender, "X-FTE" in "".join(headers))


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [f"X-FTE-Delivery: {DELIVERY}"],
        ["Authentication-Results: mx.example.com; dmarc=fail header.from=example.com"],
        ["Authentication-Results: evil.example; dmarc=pass header.from=example.com"],
        [OURS_PROVEN, "From: eve@eve.example"],
    ],
)
def test_our_address_alone_makes_nobody_a_colleague(headers):
    found = read(raw(*headers, sender="help@example.com"))
    assert (found.own, found.sender.verified, found.delivery) == (False, False, "")


def test_who_claims_our_address_without_proof_is_taken_for_a_program():
    found = read(raw(sender="help@example.com"))
    assert (found.own, found.signs, found.reply_to) == (False, ("From",), "help@example.com")


@pytest.mark.parametrize(
    ("headers", "name", "sender", "expected"),
    [
        (["Reply-To: kim@x.example"], "\"'Kim Lee' via Help\"", "help@example.com", "Kim Lee"),
        (["Reply-To: Kim Lee <kim@x.example>"], "Contact form", "help@example.com", "Kim Lee"),
        (["Reply-To: help@example.com, kim@x.example"], "Contact form", "help@example.com", ""),
        (
            ["Reply-To: sales@example.com", "X-Original-Sender: kim@x.example"],
            "Kim via Sales",
            "help@example.com",
            "Kim",
        ),
        (["List-Id: <dev.list.example>", "Reply-To: kim@x.example"], "Kim via Dev", "dev@list.example", "Kim"),
    ],
)
@pytest.mark.parametrize("proof", [[], [OURS_PROVEN]])
def test_who_is_to_be_answered_is_whose_mail_came_from_our_address(headers, name, sender, expected, proof):
    found = read(raw(*proof, *headers, sender=f"{name} <{sender}>"))
    assert found.sender == Identifier("email", "kim@x.example", verified=False)
    assert (found.own, found.reply_to, found.display_name) == (False, "kim@x.example", expected)


def test_our_addresses_may_be_spelled_as_anybody_likes():
    mailbox = Mailbox("support", (" Help@Example.COM ",), "mx.example.com")
    assert read(raw(OURS_PROVEN, sender="help@example.com"), mailbox).own


def test_a_header_of_ours_in_a_strangers_mail_decides_nothing():
    found = read(raw(f"X-FTE-Delivery: {DELIVERY}"))
    assert (found.own, found.delivery, found.automated) == (False, "", False)


@pytest.mark.parametrize("sender", ["help@example.com.evil.example", "xhelp@example.com", "help@Example.c\u043em"])
def test_who_looks_like_us_is_not_we(sender):
    assert not read(raw(sender=sender)).own


def test_an_answer_to_ourselves_is_never_wanted():
    assert read(raw("Reply-To: help@example.com, Kim <kim@x.example>")).reply_to == "kim@x.example"


def test_only_ascii_letters_are_folded_in_an_address():
    kelvin, kim = read(raw(sender="mi\u212ae@x.example")), read(raw(sender="MIKE@X.example"))
    assert (kelvin.sender.normalised, kim.sender.normalised) == ("mi\u212ae@x.example", "mike@x.example")


def test_who_hides_a_character_in_the_address_has_proven_nothing():
    data = raw(f"Authentication-Results: {DMARC}", sender="Ada <a\u200bda@ada.example>")
    assert read(data).sender == Identifier("email", "ada@ada.example", verified=False)


def test_what_is_quoted_and_why_nobody_answers_travel_along():
    message = arrived(raw("Auto-Submitted: auto-replied", body="It works now.\n\n> Does it?"))
    assert message.body == "It works now."
    assert message.metadata == {"full_text": "It works now.\n\n> Does it?", "automated_by": "Auto-Submitted"}
    assert arrived(raw()).metadata == {}
    assert arrived(raw("Content-Type: application/pkcs7-mime")).metadata == {"unreadable": "yes"}


def test_what_is_too_large_is_refused_unread(monkeypatch):
    monkeypatch.setattr(mail, "MAX_RAW_BYTES", 20)
    with pytest.raises(InvalidMessage, match="at most 20 bytes"):
        read(raw())
