"""What a person is shown of a mail that nobody could read."""

import pytest
from mails import OURS, arrived, raw

from fte_agent.domain.messages import Attachment, Identifier
from fte_agent.inbound.mail_model import Receipt
from fte_agent.inbound.mail_unread import unread
from fte_agent.testing import START

RECEIPT = Receipt("18f0", "18e0", START)


def shown(data):
    return unread(data, mailbox=OURS, receipt=RECEIPT, why="it is broken.")


def test_a_sender_that_can_be_read_is_known_and_proven_by_nothing():
    found = shown(raw("Subject: =?utf-8?q?=C3=9Cber?=", "Authentication-Results: mx.example.com; dmarc=pass"))
    assert (found.sender, found.display_name, found.subject) == (Identifier("email", "ada@ada.example"), "Ada", "Über")
    assert (found.target.address, found.target.thread, found.automated) == ("ada@ada.example", "18e0", False)
    assert found.body == (
        "This mail was not read: it is broken. The mailbox has it as it came, as message 18f0 of thread 18e0."
    )
    assert (found.dedupe_key, found.thread_key, found.handed_over) == ("support:18f0", "support:18f0", "unreadable")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff" * 50,
        raw(sender=None),
        raw(sender="nobody"),
        raw("Reply-To: x@y.example", sender="Help <HELP@example.com>"),
        b"From" * 100_000,
    ],
)
def test_without_a_sender_of_its_own_it_is_known_by_its_id(data):
    found = shown(data)
    assert (found.sender, found.handed_over) == (Identifier("external", "support:18f0"), "unreadable")


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: auto-replied", "Return-Path: <>", "Content-Type: multipart/report"]
)
def test_a_program_s_is_nobody_s(header):
    assert shown(raw(header, sender="MAILER-DAEMON")).automated


@pytest.mark.parametrize(
    "body", ["-----BEGIN PGP MESSAGE-----\r\n\r\nab", "Hello,\r\n\r\n-----BEGIN PGP MESSAGE-----\r\nab"]
)
def test_an_encrypted_text_counts_as_something_attached(body):
    message = arrived(raw(body=body))
    assert message.attachments == (Attachment("application/pgp-encrypted"),)
    assert message.metadata["unreadable"] == "yes"


def test_one_that_is_quoted_does_not():
    assert arrived(raw(body="What is this?\r\n\r\n> -----BEGIN PGP MESSAGE-----\r\n> ab")).attachments == ()
