"""Mails for tests: the corpus in tests/data/mail, and bytes written by hand."""

from pathlib import Path
from typing import Any

import yaml

from fte_agent.domain.messages import InboundMessage
from fte_agent.inbound import mail
from fte_agent.inbound.mail_model import Bounce, Mail
from fte_agent.inbound.own_mailbox import Mailbox
from fte_agent.testing import START

FOLDER = Path(__file__).resolve().parent / "data" / "mail"
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))
SHOP = Mailbox("support", ("help@shop.example", "support@shop.example"))
"""The mailbox that the corpus came to."""

OURS = Mailbox("support", ("help@example.com", "sales@example.com"), "mx.example.com")
"""The mailbox that mails written by hand came to."""


def raw(*headers: str, body: str = "How do I reset it?", sender: str | None = "Ada <ada@ada.example>") -> bytes:
    """A mail of these headers, and a From below them."""
    lines = [*headers, *([f"From: {sender}"] if sender is not None else []), "", body]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


def read(data: bytes, mailbox: Mailbox = OURS) -> Mail:
    """What is read of a mail that is no bounce."""
    found = mail.parse(data, mailbox=mailbox, now=START)
    assert isinstance(found, Mail)
    return found


def arrived(data: bytes) -> InboundMessage:
    """The same as the domain sees it."""
    return read(data).to_message()


def bounce(data: bytes) -> Bounce:
    """What is read of a mail that is one."""
    found = mail.parse(data, mailbox=OURS, now=START)
    assert isinstance(found, Bounce)
    return found
