"""Mails as many programs write them (tests/data/mail), and what is to be read of each."""

from typing import Any

import pytest
from mails import EXPECTED, FOLDER, SHOP

from fte_agent.inbound import mail
from fte_agent.inbound.faults import InvalidMessage
from fte_agent.inbound.mail_model import Bounce, Mail
from fte_agent.testing import START

USUAL = {
    "automated": False,
    "own": False,
    "verified": False,
    "forwarded": False,
    "unreadable": False,
    "suppressed": False,
    "in_reply_to": "",
    "token": "",
}
"""What is said only of a mail with which it is otherwise."""


def parsed(name: str) -> Mail | Bounce:
    return mail.parse((FOLDER / f"{name}.eml").read_bytes(), mailbox=SHOP, now=START)


def told(name: str) -> dict[str, Any]:
    """What was read of a mail, under the names of the table."""
    try:
        read = parsed(name)
    except InvalidMessage as error:
        return {"error": error.faults[0].field}
    if isinstance(read, Bounce):
        recipients = [[each.address, each.action, each.status] for each in read.recipients]
        return {
            "kind": "bounce",
            "original": read.original_id,
            "delivery": read.delivery,
            "recipients": recipients,
            "permanent": read.permanent,
        }
    return {
        "body": read.body,
        "sender": read.sender.value,
        "name": read.display_name,
        "subject": read.subject,
        "verified": read.sender.verified,
        "message_id": read.message_id,
        "in_reply_to": read.in_reply_to,
        "references": list(read.references),
        "token": read.reply_token,
        "reply_to": read.reply_to,
        "participants": list(read.participants),
        "automated": read.automated,
        "own": read.own,
        "own_delivery": read.delivery,
        "forwarded": read.forwarded,
        "unreadable": read.unreadable,
        "suppressed": read.suppressed,
        "attachments": [[each.kind, each.name, each.size] for each in read.attachments],
    }


def differences(name: str) -> list[str]:
    """Where what was read is not what the table says, which leaves out sizes that do not matter."""
    wanted, found = dict(EXPECTED[name]), told(name)
    if found.get("kind") or found.get("error"):
        return _unlike(wanted, found)
    if "attachments_has" in wanted:
        names = [each[1] for each in found["attachments"]]
        wanted["attachments"] = found["attachments"] if wanted.pop("attachments_has") in names else "another"
    rows = wanted.setdefault("attachments", [])
    found["attachments"] = [each[: len(row)] for each, row in zip(found["attachments"], rows, strict=False)] + found[
        "attachments"
    ][len(rows) :]
    faults = [f"body lacks {each!r}" for each in wanted.pop("body_has", []) if each not in found["body"]]
    if not found["body"].startswith(start := wanted.pop("body_starts", "")):
        faults.append(f"body does not begin with {start!r}")
    read = parsed(name)
    assert isinstance(read, Mail)
    if (whole := wanted.pop("full_has", "")) not in read.full_text:
        faults.append(f"the full text lacks {whole!r}")
    if read.sender.normalised == wanted.pop("normalised_not", None):
        faults.append("the address meets another one")
    return faults + _unlike({**USUAL, **wanted}, found)


def _unlike(wanted: dict[str, Any], found: dict[str, Any]) -> list[str]:
    return [f"{name}: {found.get(name)!r}, not {value!r}" for name, value in wanted.items() if found.get(name) != value]


def test_every_mail_has_its_row():
    assert sorted(EXPECTED) == sorted(each.stem for each in FOLDER.glob("*.eml"))


@pytest.mark.parametrize("name", EXPECTED)
def test_a_mail_is_read_as_its_reader_would(name):
    assert differences(name) == []
