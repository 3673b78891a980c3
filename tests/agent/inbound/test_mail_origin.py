"""Mail: whether a person wrote it, and whether the sender is proven."""

from dataclasses import replace

import pytest
from mails import OURS, arrived, raw, read

DMARC = "mx.example.com; spf=pass smtp.mailfrom=ada.example; dmarc=pass header.from=ada.example"


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        (["Auto-Submitted: auto-replied"], None),
        (["Auto-Submitted: Auto-Generated; owner=x"], None),
        (["Auto-Submitted:"], None),
        (["Return-Path: <>"], None),
        (["Precedence: bulk"], None),
        (["Precedence: Junk"], None),
        (["Precedence: list"], None),
        (["Precedence: auto_reply"], None),
        (["List-Id: <news.example.com>"], None),
        (["List-Unsubscribe: <mailto:x@y.z>"], None),
        (["X-Autoreply: yes"], None),
        (["X-Autorespond: yes"], None),
        (["X-Autoresponder: yes"], None),
        (["X-Loop: x"], None),
        (["X-Loop: help@example.com, other@ada.example"], None),
        (["X-Loop: info@example.com", "To: info@example.com"], None),
        (["List-Id: <news.example.com>", "To: help@example.com"], None),
        (["List-Id: <news.list.example>", "To: news@list.example"], None),
        (["List-Id: <evil-example.com>", "To: help@example.com"], None),
        (["Content-Type: multipart/report; report-type=disposition-notification; boundary=b"], None),
        (["Content-Type: text/calendar; method=REPLY"], None),
        (["List-Id: Help <other.example.com>", "Precedence: list"], None),
        ([], "do_not_reply@shop.example"),
        ([], "donotreply@shop.example"),
        ([], "no-reply+17@shop.example"),
        ([], "MAILER-DAEMON@mx.example.com"),
        ([], "Postmaster <postmaster@mx.example.com>"),
        ([], "no-reply@shop.example"),
        ([], "noreply@shop.example"),
    ],
)
def test_written_by_a_program(headers, sender):
    assert arrived(raw(*headers, sender=sender or "ada@ada.example")).automated


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["Auto-Submitted: no"],
        ["Auto-Submitted: No"],
        ["Return-Path: <ada@ada.example>"],
        ["Precedence: first-class"],
        ["X-Auto-Response-Suppress: DR, RN, NRN"],
        ["Subject: Auto-Submitted: auto-replied"],
        ["Auto-Submitted: no (a comment)"],
        ["Content-Type: text/calendar; method=REQUEST"],
        ["List-Id: <help.example.com>", "Precedence: list", "List-Unsubscribe: <mailto:x@y.z>"],
        ["List-Id: help.example.com", "X-Loop: Help@example.com"],
        ["List-Id: <info.example.com>", "Precedence: list", "X-Loop: info@example.com", "Cc: Info@Example.com"],
        ["X-Auto-Response-Suppress: All"],
        ["X-Auto-Response-Suppress: DR, OOF"],
    ],
)
def test_written_by_a_person(headers):
    assert not arrived(raw(*headers)).automated


@pytest.mark.parametrize(
    ("results", "verified"),
    [
        ([DMARC], True),
        (["MX.Example.com 1 ; DMARC = Pass (p=none) Header.From=ADA.example"], True),
        (['(by us) mx.example.com; auth=pass; dmarc=pass reason="so; it is" header.from=ada.example'], True),
        ([], False),
        (["mx.example.com; spf=pass (a (b) c); dmarc=pass (d) header.from=ada.example"], True),
        (["mx.example.com; dmarc=pass"], False),
        (["mx.example.com; dmarc=pass header.from=eve.example"], False),
        (["mx.example.com; dmarc=pass header.from=ada.example.eve.example"], False),
        (["mx.example.com; dmarc=pass header.from=sub.ada.example"], False),
        (["mx.example.com; dmarc=pass header.from=ada.example; dmarc=fail header.from=ada.example"], False),
        (["mx.example.com; dkim=pass header.d=ada.example header.from=ada.example"], False),
        (["mx.example.com; none"], False),
        (["mx.example.com; dmarc=fail header.from=ada.example"], False),
        (["mx.example.com; dmarc=passed"], False),
        (["mx.example.com; spf=pass (dmarc=pass)"], False),
        (["mx.example.com; spf=pass (x; dmarc=pass)"], False),
        (["mx.example.com; spf=pass (a (b); dmarc=pass)"], False),
        (['mx.example.com; spf=fail smtp.mailfrom="; dmarc=pass"'], False),
        (['mx.example.com; spf=pass (of "); dmarc=pass ("@x.y); dmarc=fail'], False),
        (["mx.example.com; spf=fail (; dmarc=pass"], False),
        (["mx.example.com.evil.example; dmarc=pass"], False),
        (["evil.example; dmarc=pass"], False),
        (["evil.example; dmarc=pass", DMARC], False),
        (["mx.example.com; dmarc=fail", DMARC], False),
    ],
)
def test_verified_by_the_topmost_results_of_our_server_alone(results, verified):
    data = raw(*(f"Authentication-Results: {each}" for each in results))
    assert arrived(data).sender.verified is verified
    assert not read(data, replace(OURS, authserv_id=None)).sender.verified


@pytest.mark.parametrize("second", ["From: eve@example.org", "From: Eve <eve@example.org>, ada@ada.example"])
def test_who_has_two_senders_has_proven_none(second):
    data = raw(f"Authentication-Results: {DMARC}", second)
    assert not arrived(data).sender.verified


def test_an_international_domain_is_proven_in_either_form():
    data = raw(
        "Authentication-Results: mx.example.com; dmarc=pass header.from=xn--bcher-kva.example",
        sender="a@b\u00fccher.example",
    )
    assert read(data).sender.verified


def test_what_says_that_a_program_wrote_it_is_named():
    data = raw("Precedence: bulk", "X-Auto-Response-Suppress: All", sender="no-reply@x.example")
    assert read(data).signs == ("From", "Precedence")


@pytest.mark.parametrize(
    ("value", "asked"),
    [("All", True), ("DR, OOF", True), ("autoreply", True), ("DR, RN, NRN", False), ("", False)],
)
def test_who_asks_for_no_automatic_answer_may_be_a_person(value, asked):
    message = arrived(raw(f"X-Auto-Response-Suppress: {value}"))
    assert (message.automated, message.metadata) == (False, {"suppressed": "yes"} if asked else {})
