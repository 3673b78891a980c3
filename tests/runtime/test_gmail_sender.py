"""Replies by Gmail: what goes out, in which thread, and what becomes of it when Gmail does not say."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from uuid import UUID

import pytest
from doubles.google import paging
from doubles.google.misbehaviour import Rule
from doubles.google_world import ADA, ALIAS, DESK, a_mail
from gmail_world import Told, a_world
from hypothesis import given
from hypothesis import strategies as st
from runtime_doubles import a_delivery

from fte_agent.channels import EMAIL
from fte_agent.domain.messages import Author, ReplyTarget
from fte_agent.errors import SendFailed
from fte_agent.inbound.own_mailbox import Mailbox
from fte_runtime.channels.gmail.failures import NoAnswer
from fte_runtime.channels.gmail.health import MISSING_CREDENTIALS
from fte_runtime.channels.gmail.letter import REFERENCES_CHARS, letter, references
from fte_runtime.channels.gmail.sender import GmailSender
from fte_runtime.channels.gmail.settings import Settings
from fte_runtime.channels.parts import CREDENTIALS

ID = UUID("1c1f3e2a-0000-4000-8000-000000000000")
BODY = "Hello Ada,\n\nUnused goods may be sent back:\nhttps://shop.example/a?b=1&c=2.\n\nKind regards,\nShop <Support>"
SETTINGS = Settings(mailbox=DESK, aliases=(ALIAS,), credentials_file="/nowhere")


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path) as world:
        world.told = Told()
        world.asked = world.double.deliver(a_mail("May I?", References="<zero@example.net>"))
        yield world


def part(thread="", **changes):
    author = changes.pop("author", Author.AI)
    facts = {"address": ADA, "subject": "Question", "thread": thread, "parent_id": "<one@example.net>"}
    target = ReplyTarget(**facts | {"references": "<zero@example.net>", "written_to": ALIAS} | changes)
    return a_delivery(
        EMAIL, "mail", id=ID, target=target, body=BODY, author=author, first_sent_at=datetime(2026, 2, 3, tzinfo=UTC)
    )


def sender(world, **limits):
    return GmailSender(
        account=world.account(**limits), settings=world.settings(), company_name="Example Ltd", report=world.told
    )


def read(raw):
    return message_from_bytes(raw, policy=policy.default)


def sent(world):
    return [mail for mail in world.double.mailbox().mails.values() if "SENT" in mail.labels]


def test_a_reply_is_a_mail_of_its_thread_marked_as_ours_and_as_automatic():
    mail = read(letter(part(), SETTINGS, "Example Ltd"))
    assert dict(mail.items()) | {"Content-Type": ""} == {
        "From": f"Example Ltd Support <{ALIAS}>",
        "To": ADA,
        "Subject": "Re: Question",
        "Date": "Tue, 03 Feb 2026 00:00:00 +0000",
        "Message-ID": f"<{ID}@example.org>",
        "In-Reply-To": "<one@example.net>",
        "References": "<zero@example.net> <one@example.net>",
        "Auto-Submitted": "auto-replied",
        "X-FTE-Delivery": str(ID),
        "MIME-Version": "1.0",
        "Content-Type": "",
    }
    plain, html = (each.get_content() for each in mail.iter_parts())
    assert plain.strip().replace("\r\n", "\n") == BODY
    assert '<a href="https://shop.example/a?b=1&amp;c=2">' in html and "Shop &lt;Support&gt;" in html


def named(conversation, written_to, **settings):
    delivery = replace(part(written_to=written_to), conversation_id=conversation)
    return read(letter(delivery, SETTINGS.model_copy(update=settings), "x"))["Reply-To"]


@pytest.mark.parametrize("written_to", ["", DESK, "Desk+anything@example.org"])
def test_an_answer_to_the_mailbox_brings_the_conversation_back(written_to):
    reply_to = named(ID, written_to)
    assert reply_to == f"desk+{ID.hex}@example.org"
    ours = Mailbox("mail", (DESK, ALIAS))
    assert ours.owns(reply_to) and UUID(ours.token_in(reply_to)) == ID


@pytest.mark.parametrize(
    ("written_to", "settings"),
    [(ALIAS, {}), ("", {"mailbox": "desk+eu@example.org"}), ("", {"mailbox": f"{'d' * 32}@example.org"})],
    ids=["an alias", "a plus of its own", "no room"],
)
def test_an_address_that_may_take_no_plus_gets_none(written_to, settings):
    assert named(ID, written_to, **settings) is None
    assert named(ID, "", mailbox=f"{'d' * 31}@example.org") is not None


def test_what_is_stored_of_a_stranger_s_headers_breaks_none_of_ours():
    """Nothing but the conversation's own id is put into Reply-To."""
    mail = letter(part(written_to="desk+x\r\nBcc: eve@example.org"), SETTINGS, "x")
    assert read(mail)["Reply-To"].startswith("desk+") and read(mail)["Bcc"] is None
    assert b"eve@" not in mail.partition(b"\r\n\r\n")[0]


def test_what_a_person_wrote_is_not_called_automatic():
    assert "Auto-Submitted" not in read(letter(part(author=Author.HUMAN), SETTINGS, "Example Ltd"))


@pytest.mark.parametrize(
    ("subject", "replied"), [("Question", "Re: Question"), ("RE : Question", "RE : Question"), ("", "Re:")]
)
def test_the_subject_stays_the_thread_s(subject, replied):
    assert read(letter(part(subject=subject), SETTINGS, "x"))["Subject"] == replied


@pytest.mark.parametrize(
    ("written_to", "answers"),
    [("", DESK), ("stranger@example.org", DESK), ("Billing@Example.org", ALIAS), ("billing+abc@example.org", ALIAS)],
)
def test_it_comes_from_the_address_that_was_written_to(written_to, answers):
    assert read(letter(part(written_to=written_to), SETTINGS, "x"))["From"].addresses[0].addr_spec == answers


def test_references_keep_the_first_and_the_newest():
    before = [f"<{number:03}{'a' * 90}@example.net>" for number in range(40)]
    kept = references(before, "<parent@example.net>").split()
    assert (kept[0], kept[-1]) == (before[0], "<parent@example.net>")
    assert kept[1:-1] == before[-len(kept) + 2 :] and len(kept) > 10
    assert len(" ".join(kept)) <= REFERENCES_CHARS
    assert references([], "<p@x>") == references(["<p@x>"], "<p@x>") == "<p@x>"
    assert references([f"<{'a' * 2000}@x>"], "<p@x>") == "<p@x>"


@given(st.text(max_size=300), st.text(max_size=60), st.text(max_size=60))
def test_whatever_a_subject_a_name_or_a_body_holds_the_mail_is_whole(body, subject, name):
    clean = " ".join(subject.split())
    delivery = part(subject=clean.encode("utf-8", "ignore").decode())
    mail = read(letter(delivery, SETTINGS, "".join(filter(str.isprintable, name))))
    assert mail["X-FTE-Delivery"] == str(ID) and mail["To"] == ADA
    assert [each.get_content_type() for each in mail.iter_parts()] == ["text/plain", "text/html"]


async def test_gmail_threads_it_with_the_customer_s_mail(world):
    accepted = await sender(world).send(part(world.asked.thread_id))
    [mail] = sent(world)
    assert (mail.id, mail.thread_id) == (accepted.provider_id, world.asked.thread_id)


async def test_without_the_thread_it_is_sent_all_the_same(world):
    await sender(world).send(part("ffffffffffffffff"))
    assert len(sent(world)) == 1


@pytest.mark.parametrize(
    ("rule", "code", "retryable"),
    [
        (Rule(on="send", status=429, reason="rateLimitExceeded", retry_after=7), "QuotaExceeded", True),
        (Rule(on="token", status=400, reason="invalid_grant", times=None), "NoCredentials", True),
        (Rule(on="send", status=403, reason="insufficientPermissions"), "NoCredentials", True),
        (Rule(on="send", status=400, reason="invalidArgument"), "invalidArgument", False),
    ],
)
async def test_what_gmail_refuses_was_not_sent(world, rule, code, retryable):
    world.double.script.replace([rule])
    with pytest.raises(SendFailed) as caught:
        await sender(world).send(part(world.asked.thread_id))
    assert (caught.value.code, caught.value.retryable) == (code, retryable)
    assert caught.value.retry_after == (7 if code == "QuotaExceeded" else None)
    assert sent(world) == []


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (Rule(on="token", status=400, reason="invalid_grant", times=None), "expired or were revoked"),
        (Rule(on="send", status=403, reason="insufficientPermissions"), "lack a scope"),
        (Rule(on="send", status=401, reason="authError", times=None), None),
        (Rule(on="send", status=429, reason="rateLimitExceeded"), None),
    ],
)
async def test_a_refusal_that_is_no_chance_is_told_of_the_credentials_at_once(world, rule, told):
    world.double.script.replace([rule])
    with pytest.raises(SendFailed):
        await sender(world).send(part(world.asked.thread_id))
    assert [told in error for error in world.told.of(CREDENTIALS)] == ([True] if told else [])


async def test_a_secret_without_credentials_is_told_by_who_sends(world):
    world.file.write_text("{}")
    with pytest.raises(SendFailed):
        await sender(world).send(part(world.asked.thread_id))
    assert world.told == [(CREDENTIALS, MISSING_CREDENTIALS)]


@pytest.mark.parametrize("thread", [True, False])
async def test_what_was_not_answered_is_found_by_its_mark_and_only_then(world, thread):
    delivery = replace(part(world.asked.thread_id if thread else ""), first_sent_at=datetime.now(UTC))
    assert await sender(world).look_up(delivery) is None
    world.double.script.replace([Rule(on="send", cut="reset", accepted=True)])
    with pytest.raises(NoAnswer):
        await sender(world).send(delivery)
    [mail] = sent(world)
    found = await sender(world).look_up(delivery)
    assert found is not None and found.provider_id == mail.id


async def test_what_gmail_put_into_a_thread_of_its_own_is_found(world, monkeypatch):
    """A mail without a Message-ID has no answer that Gmail knows for one."""
    monkeypatch.setattr(paging, "DEFAULT", 2)
    asked = world.double.deliver(a_mail("How?", Message_ID=""))
    delivery = replace(part(asked.thread_id), first_sent_at=datetime.now(UTC))
    delivery = replace(delivery, target=replace(delivery.target, parent_id="", references=""))
    world.double.script.replace([Rule(on="send", cut="reset", accepted=True)])
    with pytest.raises(NoAnswer):
        await sender(world).send(delivery)
    [mail] = sent(world)
    assert mail.thread_id != asked.thread_id
    for number in range(5):
        world.double.deliver(a_mail("Hello", From=DESK, To=ADA, Message_ID=f"<{number}@example.org>"), labels=["SENT"])
    found = await sender(world).look_up(delivery)
    assert found is not None and found.provider_id == mail.id


async def test_it_is_found_however_many_were_sent_since(world):
    """A worker may look long after: what is found too late is sent twice."""
    delivery = replace(part(), first_sent_at=datetime.now(UTC))
    sent_one = await sender(world).send(delivery)
    for _ in range(101):
        world.double.mailbox().send(a_mail("Another"), None)
    found = await sender(world).look_up(delivery)
    assert found is not None and found.provider_id == sent_one.provider_id


async def test_a_look_that_was_cut_short_is_gone_on_with_by_the_next(world):
    """A call has seconds; a busy mailbox of a day would never be looked through, and the reply never be sent."""
    delivery, out = replace(part(), first_sent_at=datetime.now(UTC)), sender(world)
    others = [world.double.mailbox().send(a_mail(f"Another {number}"), None).id for number in range(12)]
    world.double.script.replace([Rule(on="get", times=8), Rule(on="get", status=503)])
    with pytest.raises(NoAnswer):
        await out.look_up(delivery)
    world.double.script.replace([])
    late = world.double.mailbox().send(a_mail("Ours", X_FTE_Delivery=str(ID)), None)
    found = await out.look_up(delivery)
    assert found is not None and found.provider_id == late.id
    asked = [each for each in world.double.journal.requests("get") if each["decision"] == "answered"]
    assert len(asked) == len(others) + 1, "a mail keeps its mark: each is asked for once"
