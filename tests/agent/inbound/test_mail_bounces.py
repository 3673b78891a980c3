"""Mail: reports on what became of mails of ours."""

import pytest
from mails import arrived, bounce, raw, read

from fte_agent.inbound.mail_bounces import MAX_RECIPIENTS
from fte_agent.inbound.mail_model import Recipient
from fte_agent.inbound.mail_statuses import meaning
from fte_agent.testing import START

REPORT = "Content-Type: multipart/report; report-type=delivery-status; boundary=b"


def report(*fields: str, original: str = "", kind: str = "text/rfc822-headers") -> bytes:
    """A report with these fields, and what it repeats of a mail of ours."""
    status = "\r\n".join(fields)
    repeated = f"--b\r\nContent-Type: {kind}\r\n\r\n{original}\r\n" if original else ""
    body = f"--b\r\n\r\nIt failed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n{status}\r\n{repeated}--b--"
    return raw("Message-ID: <r@x>", REPORT, body=body, sender="MAILER-DAEMON@x.example")


def about(*fields: str) -> bytes:
    return report("Reporting-MTA: dns; x.example", "", "Final-Recipient: rfc822; kim@x.example", *fields)


@pytest.mark.parametrize(
    ("fields", "action", "status", "failed", "undeliverable"),
    [
        (["Action: failed", "Status: 5.1.1"], "failed", "5.1.1", True, True),
        (["Action: FAILED (bad)", "Status: 5.1.1"], "failed", "5.1.1", True, True),
        (["Action: failed", "Status: 4.4.7"], "failed", "4.4.7", True, False),
        (["Action: delayed", "Status: 4.4.1"], "delayed", "4.4.1", False, False),
        (["Action: delayed", "Status: 5.1.1"], "delayed", "5.1.1", False, False),
        (["Action: relayed", "Status: 2.0.0"], "relayed", "2.0.0", False, False),
        (["Status: 5.7.1 (refused)"], "failed", "5.7.1", True, True),
        (["Status: 4.2.2"], "delayed", "4.2.2", False, False),
        (["Action: failed"], "failed", "", True, False),
        (["Action: failed", "Status: 250 ok"], "failed", "", True, False),
    ],
)
def test_what_became_of_a_mail(fields, action, status, failed, undeliverable):
    found = bounce(about(*fields))
    assert found.recipients == (Recipient("kim@x.example", action, status),)
    assert [(each.failed, each.undeliverable) for each in found.recipients] == [(failed, undeliverable)]
    assert (found.permanent, found.key, found.channel_name, found.received_at) == (
        undeliverable,
        "<r@x>",
        "support",
        START,
    )


DELIVERY = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


@pytest.mark.parametrize(
    ("original", "kind", "message_id", "delivery"),
    [
        (f"Message-ID: <o@y>\r\nX-FTE-Delivery: {DELIVERY}", "text/rfc822-headers", "<o@y>", DELIVERY),
        (f"X-FTE-Delivery: {DELIVERY.upper()}\r\nMessage-ID: <o@y>\r\n\r\nHello", "message/rfc822", "<o@y>", DELIVERY),
        ("Message-ID: <o@y>\r\nX-FTE-Delivery: nonsense", "message/global-headers", "<o@y>", ""),
    ],
)
def test_which_mail_it_is_about(original, kind, message_id, delivery):
    found = bounce(report("Reporting-MTA: dns; x.example", original=original, kind=kind))
    assert (found.original_id, found.delivery, found.recipients) == (message_id, delivery, ())


def test_where_nothing_is_repeated_other_fields_name_the_mail():
    told = report("Reporting-MTA: dns; x.example", "X-Original-Message-ID: <o@y>")
    assert bounce(b"In-Reply-To: <i@y>\r\n" + told).original_id == "<o@y>"
    assert bounce(b"In-Reply-To: <i@y>\r\n" + about("Action: failed")).original_id == "<i@y>"


def test_the_original_recipient_stands_in_for_the_final_one():
    data = report("Reporting-MTA: dns; x.example", "", "Original-Recipient: rfc822;kim@x.example", "Action: failed")
    assert bounce(data).recipients == (Recipient("kim@x.example", "failed"),)


def test_an_address_that_was_put_in_another_s_place_is_told_with_it():
    data = report(
        "Reporting-MTA: dns; x.example",
        "",
        "Original-Recipient: rfc822; ada@x.example",
        "Final-Recipient: rfc822; ada@box7.example",
        "Action: failed",
        "",
        "Original-Recipient: rfc822; kim@x.example",
        "Final-Recipient: rfc822; kim@x.example",
        "Action: failed",
    )
    told = (Recipient("ada@box7.example", "failed", original="ada@x.example"), Recipient("kim@x.example", "failed"))
    assert bounce(data).recipients == told


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("5.1.1", "there is no such mailbox"),
        ("4.2.2", "the mailbox is full"),
        ("5.7.26", "the customer's server refuses it"),
        ("4.4.1", "the customer's server could not be reached"),
        ("5.0.0", ""),
        ("", ""),
    ],
)
def test_what_a_code_means_is_said_in_words(status, said):
    assert meaning(status) == said


def test_what_no_block_is_on_a_recipient_counts_for_nothing():
    data = report("", "", "Nonsense", "", "Action: failed", original="Message-ID: <o@y>")
    assert bounce(data).recipients == ()


@pytest.mark.parametrize("original", ["", "Subject: Hello"])
def test_a_report_of_nobody_and_nothing_is_a_mail_of_a_program_that_a_person_may_read(original):
    found = read(report("Reporting-MTA: dns; x.example", original=original))
    assert (found.body, found.signs) == ("It failed.", ("From", "Content-Type"))


def test_failed_recipients_that_are_none_are_a_sign_alone():
    found = read(raw("X-Failed-Recipients: nobody", body="It failed to go."))
    assert (found.body, found.signs) == ("It failed to go.", ("X-Failed-Recipients",))


def test_of_many_recipients_the_first_are_told():
    one = ("Final-Recipient: rfc822; kim@x.example", "Action: failed", "")
    assert len(bounce(report("Reporting-MTA: dns; x", "", *one * 200)).recipients) == MAX_RECIPIENTS


@pytest.mark.parametrize("kind", ["disposition-notification", "feedback-report"])
def test_another_report_is_an_automatic_mail(kind):
    data = raw(
        f"Content-Type: multipart/report; report-type={kind}; boundary=b", body="--b\r\n\r\nIt was read.\r\n--b--"
    )
    assert (read(data).automated, read(data).body) == (True, "It was read.")


def test_a_report_that_a_person_forwards_is_a_persons_mail():
    inner = about("Action: failed", "Status: 5.1.1").decode()
    body = f"--c\r\n\r\nWhat does this mean?\r\n--c\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--c--"
    message = arrived(raw("Content-Type: multipart/mixed; boundary=c", body=body))
    assert not message.automated
    assert message.body.startswith("What does this mean?")
    assert "It failed." in message.body
