"""A mailbox is read to the end of its history, whatever pushes say, onto the bus: against the double."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from doubles.google import paging
from doubles.google.misbehaviour import Rule
from doubles.google_world import ADA, DESK, a_mail
from gmail_world import Told, a_world
from runtime_doubles import FakeClock, FakeCursors, FakePublisher, FakeTakeovers, a_delivery

from fte_agent.channels import EMAIL
from fte_agent.domain.delivery import NonDelivery
from fte_agent.domain.messages import Identifier, ReplyTarget
from fte_runtime import envelope
from fte_runtime.channels.gmail import reading
from fte_runtime.channels.gmail.failures import NoAnswer, QuotaExceeded
from fte_runtime.channels.gmail.letter import letter
from fte_runtime.channels.gmail.position import POLL_SECONDS, ROLE, Start
from fte_runtime.channels.gmail.pushes import HINTS, Pushes
from fte_runtime.channels.gmail.reading import PATIENCE_SECONDS, Reader
from fte_runtime.channels.gmail.sync import Sync
from fte_runtime.channels.gmail.worker import statuses
from fte_runtime.clock import SystemClock
from fte_runtime.errors import BusUnavailable
from fte_runtime.events import Topics, decode, decode_event
from fte_runtime.inbound_publisher import BusInboundPublisher
from fte_runtime.metrics import WorkerMetrics

pytestmark = pytest.mark.slow

DELIVERY = "1c1f3e2a-0000-4000-8000-000000000000"


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path) as world:
        yield world


class Desk:
    """The mailbox's sync, its bus and its cursor; `restarted` is another process that finds the same ones."""

    def __init__(self, world, settings=(), **changes):
        self.world, self.changes, self.settings = world, changes, dict(settings)
        self.bus, self.cursors, self.takeovers = FakePublisher(), FakeCursors(), FakeTakeovers()
        self.clock = FakeClock(at=SystemClock().now())
        self.restarted()

    def restarted(self):
        account, settings = self.world.account(**self.changes), self.world.settings(**self.settings)
        self.publisher = BusInboundPublisher(topics=Topics("fte"), publisher=self.bus, metrics=WorkerMetrics().inbound)
        reader = Reader(
            channel="mail",
            settings=settings,
            account=account,
            publisher=self.publisher,
            takeovers=self.takeovers,
            clock=self.clock,
            again_seconds=0,
        )
        self.sync = Sync(
            channel="mail",
            account=account,
            reader=reader,
            cursors=self.cursors,
            clock=self.clock,
            report=Told(),
            pushes=Pushes(channel="mail", settings=self.world.settings(), cursors=self.cursors),
            metrics=WorkerMetrics().sync,
        )

    async def push(self, text):
        """As the worker notes a push."""
        self.cursors.positions["mail", HINTS] = text
        await self.sync.step()

    @property
    def position(self):
        return int(self.cursors.positions["mail", ROLE].partition(" ")[0])

    @property
    def messages(self):
        return [decode(value) for _, value, _ in self.bus.on("fte.tickets.incoming")]

    @property
    def bodies(self):
        return [message.body for message in self.messages]


@pytest.fixture
async def desk(world):
    world.double.deliver(a_mail("Before our time.", Message_ID="<old@example.net>"))
    desk = Desk(world)
    await desk.sync.step()  # it begins where the mailbox is
    assert desk.bus.records == []
    return desk


def mail(text, **headers):
    return a_mail(text, **{"Message_ID": f"<{abs(hash(text))}@example.net>"} | headers)


async def test_a_push_has_what_is_new_read_from_where_the_last_reading_ended(desk):
    found = desk.world.double.deliver(mail("Where is my order?"))
    await desk.sync.step()
    assert desk.bodies == [], "without a push it is not asked before its time"
    await desk.push(f"{desk.world.double.mailbox().history_id} m1")
    [message] = desk.messages
    assert (message.source, message.dedupe_key, message.channel_name) == ("email", f"mail:{found.id}", "mail")
    assert (message.body, message.sender.value, message.thread_key) == ("Where is my order?", ADA, found.thread_id)
    assert desk.position == desk.world.double.mailbox().history_id


async def test_what_no_push_told_of_is_read_at_the_next_poll(desk):
    desk.world.double.deliver(mail("Anybody there?"))
    desk.clock.advance(POLL_SECONDS)
    await desk.sync.step()
    assert desk.bodies == ["Anybody there?"]


async def test_a_push_twice_and_a_late_one_read_nothing_again(desk):
    desk.world.double.deliver(mail("Once."))
    for text in ("1001 m1", "1001 m1", "1000 m0"):
        await desk.push(text)
    assert desk.bodies == ["Once."]


async def test_five_hundred_mails_over_twelve_pages_with_a_crash_at_any_page(desk, monkeypatch):
    monkeypatch.setattr(paging, "DEFAULT", 42)
    desk.world.double.quota.per_minute = 10**6
    told = [f"Question {number}." for number in range(500)]
    for text in told:
        desk.world.double.deliver(mail(text))
    before = desk.position
    for page in (1, 5, 11):
        desk.world.double.script.replace([Rule(on="history", times=page), Rule(on="history", status=503)])
        with pytest.raises(NoAnswer):
            await desk.push(f"crash {page}")
        assert desk.position == before, "it moves only once all is on the bus"
        desk.restarted()
    await desk.push("again")
    assert len(desk.world.double.journal.requests("history")) >= 1 + 5 + 11 + 12
    keys = Counter(message.dedupe_key for message in desk.messages)
    assert sorted({message.body for message in desk.messages}) == sorted(told)
    assert len(keys) == 500, "what is published again has the key it had"


async def test_a_quota_that_is_used_up_is_gone_on_from(desk):
    for number in range(10):
        desk.world.double.deliver(mail(f"Question {number}."))
    desk.world.double.quota.per_minute = 105
    with pytest.raises(QuotaExceeded):
        await desk.push("1")
    assert 0 < len(desk.bodies) < 10
    desk.world.double.quota.per_minute = 6000
    await desk.sync.step()
    assert len(desk.bodies) == len(set(desk.bodies)) == 10


async def test_a_bus_that_confirms_nothing_moves_nothing(desk):
    desk.world.double.deliver(mail("Important."))
    before, desk.bus.down = desk.position, {"*"}
    with pytest.raises(BusUnavailable):
        await desk.push("1")
    assert desk.position == before
    desk.bus.down = set()
    await desk.sync.step()
    assert desk.bodies == ["Important."]


async def test_history_that_is_too_old_is_made_up_for_by_a_list_in_order(desk, monkeypatch):
    monkeypatch.setattr(paging, "DEFAULT", 2)
    told = [f"Question {number}." for number in range(5)]
    for text in told:
        desk.world.double.deliver(mail(text))
    desk.world.double.mailbox().forget_history()
    await desk.push("1")
    assert [body for body in desk.bodies if body != "Before our time."] == told
    assert desk.position == desk.world.double.mailbox().history_id
    desk.world.double.deliver(mail("And one more."))
    await desk.push("2")
    assert desk.bodies[-1] == "And one more."


@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_reading_of_more_than_is_remembered_takes_each_mail_once_whatever_stops_it(
    desk, forgotten, monkeypatch
):
    """Else the list, which is asked for again and again, or a reading after a failure, began with the first again."""
    monkeypatch.setattr(reading, "_REMEMBERED", 3)
    desk.cursors.positions["mail", ROLE] = f"{desk.position} {desk.clock.now().isoformat()}"
    told = [desk.world.double.deliver(mail(f"Question {number}.")).id for number in range(12)]
    if forgotten:
        desk.world.double.mailbox().forget_history()
    desk.world.double.script.replace([Rule(on="get", times=8), Rule(on="get", status=503)])
    with pytest.raises(NoAnswer):
        await desk.push("1")
    desk.world.double.script.replace([])
    await desk.sync.step()
    keys = Counter(message.dedupe_key for message in desk.messages)
    assert all(keys[f"mail:{each}"] == 1 for each in told)
    assert len(desk.sync._reader._done) == 3, "what was read to its end is not kept in memory"


async def test_what_the_list_does_not_show_yet_is_read_too(desk):
    desk.world.double.mailbox().forget_history()
    desk.world.double.deliver(mail("Just in."), hidden_lists=2)
    desk.cursors.positions["mail", ROLE] = f"1 {desk.clock.now().isoformat()}"
    await desk.push("1")
    assert desk.bodies[-1] == "Just in."


@pytest.mark.parametrize("forgotten", [False, True])
async def test_history_and_list_take_the_same_mails(world, forgotten):
    """Those with a label of ours when we look: what people or rules took away before is dealt with."""
    desk = Desk(world, settings={"label_ids": ["INBOX", "Label_7"]})
    await desk.sync.step()
    filed = world.double.deliver(mail("Filed by a rule."), labels=("Label_7",))
    world.double.deliver(mail("Skipped the inbox."), labels=("UNREAD",))
    archived = world.double.deliver(mail("Archived."))
    world.double.label(archived.id, remove=["INBOX"])
    trashed = world.double.deliver(mail("Deleted."))
    world.double.label(trashed.id, add=["TRASH"], remove=["INBOX"])
    brought = world.double.deliver(mail("Brought in."), labels=("UNREAD",))
    world.double.label(brought.id, add=["INBOX"])
    world.double.deliver(mail("In the inbox."))
    if forgotten:
        world.double.mailbox().forget_history()
    await desk.push("1")
    told = [message.dedupe_key for message in desk.messages]
    assert sorted(desk.bodies) == ["Brought in.", "Filed by a rule.", "In the inbox."]
    assert f"mail:{filed.id}" in told and len(set(told)) == 3


@pytest.mark.parametrize("forgotten", [False, True])
async def test_what_a_colleague_answered_meanwhile_is_told_before_any_mail_is_published(desk, forgotten, monkeypatch):
    """The employee may answer as soon as a mail is on the bus."""
    monkeypatch.setattr(paging, "DEFAULT", 1)
    desk.world.double.deliver(mail("Where is my order?"))
    answer = mail("I will call you.", From=DESK, To=ADA, Subject="Re: Question")
    desk.world.double.deliver(answer, labels=("SENT",), author="person")
    if forgotten:
        desk.world.double.mailbox().forget_history()
    desk.takeovers.before = lambda: desk.messages == []
    await desk.push("1")
    assert [reply.body for reply in desk.takeovers.replies] == ["I will call you."]
    assert desk.bodies[-1] == "Where is my order?"


async def test_a_mail_of_a_later_date_hides_none_from_the_next_list(desk):
    ahead = int((desk.clock.now() + timedelta(days=400)).timestamp() * 1000)
    desk.world.double.deliver(mail("Put in with a wrong date."), date=ahead)
    await desk.push("1")
    desk.world.double.deliver(mail("Of today."))
    desk.world.double.mailbox().forget_history()
    await desk.push("2")
    assert desk.bodies[-1] == "Of today."


async def test_what_history_calls_deleted_is_not_asked_for(desk):
    gone = [desk.world.double.deliver(mail(f"Gone {number}.")) for number in range(3)]
    for each in gone:
        desk.world.double.delete(each.id)
    desk.world.double.deliver(mail("Last."))
    await desk.push("1")
    assert desk.bodies == ["Last."]
    assert len(desk.world.double.journal.requests("get")) == 1


async def test_the_position_never_goes_back(desk):
    ahead = f"{desk.position + 50} {(desk.clock.now() + timedelta(days=1)).isoformat()}"
    desk.cursors.positions["mail", ROLE] = ahead
    await desk.push("1")
    assert desk.cursors.positions["mail", ROLE] == ahead


async def test_one_that_is_not_visible_yet_is_asked_for_again_and_one_that_is_gone_holds_nothing_up(desk):
    desk.world.double.deliver(mail("Late."), hidden_gets=2)
    gone = desk.world.double.deliver(mail("Gone."))
    desk.world.double.delete(gone.id)
    desk.world.double.deliver(mail("Last."))
    await desk.push("1")
    assert desk.bodies == ["Late.", "Last."]


@pytest.mark.parametrize("labels", [("DRAFT",), ("SPAM",), ("TRASH", "INBOX"), ("CHAT",), ("Label_7",)])
async def test_what_is_no_mail_to_us_is_left_alone(desk, labels):
    desk.world.double.deliver(mail("Nothing."), labels=labels)
    await desk.push("1")
    assert desk.bus.records == [] and desk.takeovers.replies == []


async def test_a_colleague_who_answers_from_the_mailbox_takes_over_and_our_own_reply_does_not(desk):
    answer = mail("I will call you.", From=DESK, To=ADA, Subject="Re: Question")
    sent = desk.world.double.deliver(answer, labels=("SENT",), author="person")
    ours = mail("47 days.", From=DESK, To=ADA, X_FTE_Delivery=DELIVERY)
    desk.world.double.deliver(ours, labels=("SENT",))
    await desk.push("1")
    [reply] = desk.takeovers.replies
    assert (reply.channel, reply.channel_name, reply.thread_key) == ("email", "mail", sent.thread_id)
    assert (reply.external_id, reply.body) == (sent.id, "I will call you.")
    assert desk.messages == []


async def test_a_colleague_s_answer_says_to_whom_it_goes_and_what_it_answers(desk):
    ties = {"Message_ID": "<c@example.org>", "In_Reply_To": "<2@example.net>", "References": "<1@example.net>"}
    answer = mail("I will call you.", From=DESK, To=f"{ADA}, {DESK}", Cc="ola@example.net", **ties)
    desk.world.double.deliver(answer, labels=("SENT",), author="person")
    await desk.push("1")
    [reply] = desk.takeovers.replies
    assert reply.participants == (ADA, "ola@example.net")
    assert (reply.message_id, reply.in_reply_to, reply.references) == (
        "<c@example.org>",
        "<2@example.net>",
        ("<1@example.net>",),
    )


@pytest.mark.parametrize("kept", [False, True])
async def test_what_gmail_calls_a_mail_of_ours_is_noted_where_it_is_not_our_name(desk, kept):
    named = f"<{DELIVERY}@example.org>" if kept else "<CAB@mail.gmail.com>"
    ours = mail("47 days.", From=DESK, To=ADA, X_FTE_Delivery=DELIVERY, Message_ID=named)
    desk.world.double.deliver(ours, labels=("SENT",))
    await desk.push("1")
    assert desk.takeovers.sent_as == ([] if kept else [(UUID(DELIVERY), named)])
    assert desk.takeovers.replies == []


async def test_a_mark_of_ours_on_a_mail_that_the_mailbox_did_not_send_is_nobody_s_word(desk):
    """Who has a mail of ours knows its mark, and may write it into theirs."""
    theirs = mail("Note this.", X_FTE_Delivery=DELIVERY, Message_ID="<evil@example.net>")
    passed = f"mx.google.com; dmarc=pass header.from={DESK.partition('@')[2]}"
    copy = mail("A copy.", From=DESK, X_FTE_Delivery=DELIVERY, Message_ID="<c@x>", Authentication_Results=passed)
    for raw in (theirs, copy):
        desk.world.double.deliver(raw)
    await desk.push("1")
    assert desk.takeovers.sent_as == [] and desk.takeovers.replies == []


async def test_a_colleague_is_known_by_the_sent_folder_and_nobody_by_our_address(desk):
    alias = mail("I will call you.", From="boss@example.org", To=ADA)
    desk.world.double.deliver(alias, labels=("SENT",), author="person")
    desk.world.double.deliver(mail("Send me the file.", From=DESK, Authentication_Results="mx.google.com; dmarc=fail"))
    ours = f"mx.google.com; dmarc=pass header.from={DESK.partition('@')[2]}"
    desk.world.double.deliver(mail("By a form.", From=DESK, Authentication_Results=ours, Reply_To=ADA))
    await desk.push("1")
    assert [reply.body for reply in desk.takeovers.replies] == ["I will call you."]
    told = [(message.sender.value, message.sender.verified, message.automated) for message in desk.messages]
    assert told == [(DESK, False, True), (ADA, False, False)]


async def test_a_bounce_is_an_event_and_no_ticket(desk):
    report = (
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nTo: desk@example.org\nSubject: Failure\n"
        "Message-ID: <b@mx>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\nContent-Type: text/plain\n\n'
        "Not found.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
        "Final-Recipient: rfc822; ada@example.net\nAction: failed\nStatus: 5.1.1\n\n--b\n"
        "Content-Type: message/rfc822\n\nFrom: desk@example.org\nMessage-ID: <ours@example.org>\n"
        f"X-FTE-Delivery: {DELIVERY}\n\nHello\n--b--\n"
    )
    desk.world.double.deliver(report.replace("\n", "\r\n").encode())
    await desk.push("1")
    assert desk.messages == []
    [(key, value, _)] = desk.bus.on("fte.channels.email.inbound")
    assert key == DELIVERY.encode()
    assert statuses(decode_event(value)) == NonDelivery(
        channel="email",
        channel_name="mail",
        addresses=("ada@example.net",),
        delivery=DELIVERY,
        message_id="<ours@example.org>",
        code="5.1.1",
        reason="there is no such mailbox",
        permanent=True,
    )


async def test_a_report_on_several_tells_of_each_who_was_given_up_and_of_a_delay_nothing(desk):
    blocks = (("ada", "failed", "5.1.1"), ("bob", "delayed", "4.4.1"), ("eve", "failed", "4.4.7"))
    told = "\n".join(
        f"Final-Recipient: rfc822; {name}@example.net\nAction: {action}\nStatus: {status}\n"
        for name, action, status in blocks
    )
    report = (
        "From: mailer-daemon@example.net\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n'
        f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n{told}\n--b\n"
        f"Content-Type: text/rfc822-headers\n\nX-FTE-Delivery: {DELIVERY}\n\n--b--\n"
    )
    desk.world.double.deliver(report.replace("\n", "\r\n").encode())
    desk.world.double.deliver(report.replace("\n", "\r\n").replace("failed", "delayed").encode())
    await desk.push("1")
    read = [statuses(decode_event(value)) for _, value, _ in desk.bus.on("fte.channels.email.inbound")]
    found = [(each.addresses, each.code, each.permanent) for each in read if each]
    assert found == [(("ada@example.net",), "5.1.1", True), (("eve@example.net",), "4.4.7", False)]
    assert (len(read), desk.messages) == (3, [])


async def test_what_one_employee_of_ours_writes_to_another_is_never_answered(desk):
    """Both sides are ours: the mark that our letters bear is enough."""
    delivery = a_delivery(channel=EMAIL, channel_name="shop", target=ReplyTarget(DESK, "Question"))
    settings = desk.world.settings(mailbox="shop@example.com", aliases=[])
    desk.world.double.deliver(letter(delivery, settings, "Other Ltd"))
    await desk.push("1")
    [message] = desk.messages
    assert (message.automated, message.sender.value) == (True, "shop@example.com")


async def test_a_mail_without_a_sender_is_put_aside_and_a_person_s_and_the_next_one_is_read(desk):
    found = desk.world.double.deliver(mail("Nobody.", From="", Subject="Ünread"))
    desk.world.double.deliver(mail("Somebody."))
    await desk.push("1")
    [unread, somebody] = desk.messages
    assert (somebody.body, somebody.handed_over) == ("Somebody.", "")
    assert (unread.dedupe_key, unread.handed_over, unread.subject) == (f"mail:{found.id}", "unreadable", "Ünread")
    assert unread.sender == Identifier("external", f"mail:{found.id}")
    assert unread.thread_key not in (found.thread_id, somebody.thread_key)
    assert found.id in unread.body and found.thread_id in unread.body and "e-mail address" in unread.body
    [(key, value, _)] = desk.bus.on("fte.dlq")
    assert key == found.id.encode() and b"Nobody." in value


async def test_a_mail_that_gmail_will_not_give_is_a_person_s_and_the_next_one_is_read(desk):
    found = desk.world.double.deliver(mail("Odd."))
    desk.world.double.deliver(mail("Fine."))
    desk.world.double.script.replace([Rule(on="get", about=found.id, status=400, reason="invalidArgument")])
    await desk.push("1")
    assert [message.handed_over for message in desk.messages] == ["unreadable", ""]
    assert [key for key, _, _ in desk.bus.on("fte.dlq")] == [found.id.encode()]


async def test_one_that_gmail_will_not_give_even_the_headers_of_holds_nothing_up(world):
    desk = Desk(world, max_answer_bytes=20_000)
    await desk.sync.step()
    desk.world.double.deliver(mail("x" * 60_000))
    desk.world.double.deliver(mail("Fine."))
    desk.world.double.script.replace([Rule(on="get", about="metadata", status=400, reason="invalidArgument")])
    await desk.push("1")
    assert [message.handed_over for message in desk.messages] == ["unreadable", ""]


async def test_what_no_record_holds_is_a_person_s_by_its_sender(desk, monkeypatch):
    monkeypatch.setattr(envelope, "MAX_RECORD_BYTES", 20_000)
    found = desk.world.double.deliver(mail("é" * 15_000, From=f"Ada <{ADA}>"))
    desk.world.double.deliver(mail("Fine."))
    await desk.push("1")
    [unread, fine] = desk.messages
    assert (unread.sender, unread.display_name) == (Identifier("email", ADA), "Ada")
    assert (unread.handed_over, unread.dedupe_key, fine.body) == ("unreadable", f"mail:{found.id}", "Fine.")
    assert unread.target.address == ADA and "é" not in unread.body
    assert len(desk.bus.on("fte.dlq")) == 1


async def test_a_mail_that_nobody_foresaw_holds_nothing_up_and_tells_no_log_what_it_says(desk, monkeypatch, caplog):
    async def publish(message, raw):
        if "Poison" in message.body:
            raise ZeroDivisionError("Poison is what she wrote")
        await BusInboundPublisher.publish(desk.publisher, message, raw)

    monkeypatch.setattr(desk.publisher, "publish", publish)
    desk.world.double.deliver(mail("Poison."))
    desk.world.double.deliver(mail("Fine."))
    await desk.push("1")
    assert [message.handed_over for message in desk.messages] == ["unreadable", ""]
    [(_, _, headers)] = desk.bus.on("fte.dlq")
    assert (headers["cause"], headers["error"]) == (b"failed", b"ZeroDivisionError")


async def test_a_bus_that_confirms_no_dead_letter_moves_nothing(desk):
    desk.world.double.deliver(mail("Nobody.", From=""))
    before, desk.bus.down = desk.position, {"fte.tickets.incoming"}
    with pytest.raises(BusUnavailable):
        await desk.push("1")
    assert desk.position == before
    desk.bus.down = set()
    await desk.sync.step()
    assert [message.handed_over for message in desk.messages] == ["unreadable"]


async def test_what_we_sent_ourselves_opens_nothing_when_it_cannot_be_read(desk):
    desk.world.double.deliver(mail("Ours.", From=""), labels=("SENT",), author="person")
    await desk.push("1")
    assert desk.messages == [] and desk.takeovers.replies == []
    assert len(desk.bus.on("fte.dlq")) == 1


async def test_a_program_s_mail_that_cannot_be_read_is_nobody_s(desk):
    """Such as a bounce of a server that names itself without a domain."""
    desk.world.double.deliver(mail("It failed.", From="MAILER-DAEMON", Return_Path="<>"))
    await desk.push("1")
    assert [(message.automated, message.handed_over) for message in desk.messages] == [(True, "unreadable")]


async def test_one_too_large_to_be_fetched_is_shown_by_its_headers(world):
    desk = Desk(world, max_answer_bytes=20_000)
    await desk.sync.step()
    desk.world.double.deliver(mail("x" * 60_000, Subject="Huge"))
    await desk.push("1")
    [message] = desk.messages
    assert (message.subject, message.sender.value, message.handed_over) == ("Huge", ADA, "unreadable")
    assert message.body.startswith("This mail was not read: it is larger than what is read")
    assert desk.bus.on("fte.dlq") == []


async def test_a_mail_that_people_take_out_of_spam_is_read(desk):
    found = desk.world.double.deliver(mail("No spam at all."), labels=["SPAM"])
    await desk.push("1")
    assert desk.bodies == []
    desk.world.double.label(found.id, add=["INBOX"], remove=["SPAM"])
    for number in ("2", "3"):
        await desk.push(number)
        assert desk.bodies == ["No spam at all."]


async def test_one_that_comes_back_from_the_archive_is_not_read(desk):
    """People or rules dealt with it, and nobody asked again."""
    found = desk.world.double.deliver(mail("Long ago."), labels=["UNREAD"])
    await desk.push("1")
    desk.world.double.label(found.id, add=["INBOX"], remove=["UNREAD"])
    await desk.push("2")
    assert desk.bodies == []


async def test_what_comes_in_during_a_channel_s_first_pause_is_read_after_it(world):
    desk = Desk(world)
    facts = {"account": world.account(), "cursors": desk.cursors, "clock": desk.clock}
    await Start(channel="mail", **facts).step()
    world.double.deliver(mail("During the pause."))
    await Start(channel="mail", **facts).step()
    await desk.push("1")
    assert desk.bodies == ["During the pause."]


async def test_one_that_gmail_never_gives_out_holds_up_the_rest_for_half_an_hour_and_a_person_has_it(desk):
    lost = desk.world.double.deliver(mail("Lost."))
    desk.world.double.deliver(mail("Behind it."))
    desk.world.double.script.replace([Rule(on="get", about=lost.id, status=503, times=None)])
    with pytest.raises(NoAnswer):
        await desk.push("1")
    desk.clock.advance(PATIENCE_SECONDS - 1)
    with pytest.raises(NoAnswer):
        await desk.push("2")
    assert desk.bodies == []
    desk.clock.advance(1)
    await desk.push("3")
    given, behind = desk.messages
    assert (given.handed_over, given.dedupe_key) == ("unreadable", f"mail:{lost.id}")
    assert behind.body == "Behind it."
    assert len(desk.bus.on("fte.dlq")) == 1
