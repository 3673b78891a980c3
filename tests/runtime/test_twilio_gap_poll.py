"""Messages whose webhook never came are published as their webhook would have been."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from doubles.twilio.account import Message
from doubles.twilio.inbound import Inbound
from doubles.twilio.misbehaviour import Rule
from doubles.twilio_world import ADA, HIDDEN, OURS
from runtime_doubles import FakeClock, FakeCursors, FakeTakeovers
from whatsapp_world import a_part, a_world

from fte_runtime.channels.base import WorkerContext
from fte_runtime.channels.twilio_whatsapp import listing
from fte_runtime.channels.twilio_whatsapp.client import Refused
from fte_runtime.channels.twilio_whatsapp.gap_poll import GRACE, PERIOD_SECONDS, GapPoll, GapStart
from fte_runtime.channels.twilio_whatsapp.listing import MOST, OVERLAP
from fte_runtime.channels.twilio_whatsapp.outside import OutsideReplies
from fte_runtime.channels.twilio_whatsapp.worker import singletons
from fte_runtime.clock import SystemClock
from fte_runtime.config import ChannelSettings
from fte_runtime.errors import BusUnavailable, RecordTooLarge


@dataclass
class Inbox:
    """What was published and put aside; ``down`` confirms nothing, ``too_large`` are bodies that no record holds."""

    published: list[tuple[object, bytes]] = field(default_factory=list)
    aside: list[tuple[str, str, str]] = field(default_factory=list)
    down: bool = False
    too_large: set[str] = field(default_factory=set)

    async def publish(self, message, raw):
        if self.down:
            raise BusUnavailable("down")
        if message.body in self.too_large:
            raise RecordTooLarge("too large")
        self.published.append((message, raw))

    async def put_aside(self, raw, *, channel_name, external_id, cause, error):
        if self.down:
            raise BusUnavailable("down")
        self.aside.append((channel_name, external_id, cause))

    @property
    def bodies(self):
        return [message.body for message, _ in self.published]


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path) as world:
        yield world


def poll(world, inbox, *, later=GRACE, cursors=None, takeovers=None):
    facts = {
        "channel": "whatsapp",
        "sender": OURS.removeprefix("whatsapp:"),
        "account": world.account,
        "cursors": cursors or FakeCursors(),
        "clock": FakeClock(at=SystemClock().now() + later),
    }
    outside = OutsideReplies(**facts, deliveries=world.deliveries, takeovers=takeovers or FakeTakeovers())
    return GapPoll(**facts, publisher=inbox, outside=outside)


async def test_a_lost_message_comes_in_under_its_own_key_with_its_sender_proven(world):
    lost = await world.double.receive(Inbound(ADA, "Hello?", lost=True))
    inbox = Inbox()
    await poll(world, inbox).step()
    [(message, raw)] = inbox.published
    assert (message.source, message.dedupe_key) == ("twilio", lost.sid)
    assert (message.channel, message.channel_name, message.thread_key) == ("whatsapp", "whatsapp", ADA)
    assert (message.body, message.sender.value, message.sender.verified) == ("Hello?", "+447700900123", True)
    assert parse_qs(raw.decode())["MessageSid"] == [lost.sid]


async def test_messages_come_in_the_order_they_were_written(world):
    for number, customer in enumerate((ADA, HIDDEN, ADA)):
        await world.double.receive(Inbound(customer, str(number), lost=True))
    inbox = Inbox()
    await poll(world, inbox).step()
    assert [message.body for message, _ in inbox.published] == ["0", "1", "2"]


async def test_ours_the_young_and_the_old_are_left(world):
    await world.sender().send(a_part())
    await world.double.receive(Inbound(ADA, "old", lost=True, ago=OVERLAP + timedelta(minutes=1)))
    await world.double.receive(Inbound(ADA, "young", lost=True))
    inbox = Inbox()
    await poll(world, inbox, later=timedelta()).step()
    assert inbox.published == []


def test_one_look_back_covers_more_than_two_periods():
    assert timedelta(seconds=2 * PERIOD_SECONDS) + GRACE < OVERLAP


async def test_it_is_published_once_and_again_while_the_bus_did_not_confirm(world):
    await world.double.receive(Inbound(ADA, "Hello?", lost=True))
    inbox = Inbox(down=True)
    role = poll(world, inbox)
    with pytest.raises(BusUnavailable):
        await role.step()
    inbox.down = False
    await role.step()
    await role.step()
    assert len(inbox.published) == 1


async def test_after_a_pause_it_goes_on_where_it_was(world):
    cursors, inbox = FakeCursors(), Inbox()
    await poll(world, inbox, later=-timedelta(hours=3), cursors=cursors).step()
    await world.double.receive(Inbound(ADA, "two hours ago", lost=True, ago=timedelta(hours=2)))
    await poll(world, inbox, cursors=cursors).step()
    assert [message.body for message, _ in inbox.published] == ["two hours ago"]


async def test_what_is_too_old_for_an_answer_is_left_after_a_long_pause(world):
    cursors, inbox = FakeCursors(), Inbox()
    await poll(world, inbox, later=-MOST - timedelta(days=3), cursors=cursors).step()
    for days in (1, -1):
        await world.double.receive(Inbound(ADA, f"{days}", lost=True, ago=MOST + timedelta(days=days)))
    await poll(world, inbox, cursors=cursors).step()
    assert [message.body for message, _ in inbox.published] == ["-1"]


async def test_it_does_not_move_past_what_the_bus_did_not_confirm(world):
    cursors, inbox = FakeCursors(), Inbox(down=True)
    await poll(world, inbox, later=-timedelta(hours=3), cursors=cursors).step()
    await world.double.receive(Inbound(ADA, "Hello?", lost=True, ago=timedelta(hours=2)))
    with pytest.raises(BusUnavailable):
        await poll(world, inbox, cursors=cursors).step()
    inbox.down = False
    await poll(world, inbox, cursors=cursors).step()
    assert len(inbox.published) == 1


async def test_a_clock_set_back_reads_again_instead_of_skipping(world):
    cursors, inbox = FakeCursors(), Inbox()
    await poll(world, inbox, later=timedelta(days=2), cursors=cursors).step()
    await world.double.receive(Inbound(ADA, "Hello?", lost=True))
    await poll(world, inbox, cursors=cursors).step()
    assert len(inbox.published) == 1


async def test_more_than_a_page_is_read(world, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 2)
    for number in range(5):
        await world.double.receive(Inbound(ADA, str(number), lost=True))
    inbox = Inbox()
    await poll(world, inbox).step()
    assert [message.body for message, _ in inbox.published] == list("01234")


async def spoilt(world, **changes):
    """An odd message between two that are well; its id."""
    await world.double.receive(Inbound(ADA, "before", lost=True))
    odd = await world.double.receive(Inbound(HIDDEN, "odd", lost=True))
    for name, value in changes.items():
        setattr(world.double.account.messages[odd.sid], name, value)
    await world.double.receive(Inbound(ADA, "after", lost=True))
    return odd.sid


@pytest.mark.parametrize(
    "changes",
    [{"from": "whatsapp:nobody"}, {"from": None}, {"num_media": "11"}, {"date_created": None}],
    ids=str,
)
async def test_an_odd_message_is_put_aside_once_and_holds_nothing_up(world, monkeypatch, changes):
    sid, plain = await spoilt(world), Message.resource
    odd = lambda message, account: plain(message, account) | (changes if message.sid == sid else {})  # noqa: E731
    monkeypatch.setattr(Message, "resource", odd)
    cursors, inbox = FakeCursors(), Inbox()
    role = poll(world, inbox, cursors=cursors)
    await role.step()
    await role.step()
    assert inbox.bodies == ["before", "after"]
    assert inbox.aside == [("whatsapp", sid, "invalid")]
    assert ("whatsapp", GapPoll.role) in cursors.positions


async def test_a_message_that_no_record_holds_is_put_aside(world):
    sid = await spoilt(world)
    inbox = Inbox(too_large={"odd"})
    await poll(world, inbox).step()
    assert inbox.bodies == ["before", "after"]
    assert inbox.aside == [("whatsapp", sid, "too_large")]


async def test_half_a_character_is_no_reason_to_lose_the_rest(world):
    await spoilt(world, body="cut off: \ud83d")
    inbox = Inbox()
    await poll(world, inbox).step()
    assert inbox.bodies == ["before", "cut off: ?", "after"]
    assert inbox.aside == []


async def test_what_cannot_be_put_aside_now_is_looked_at_again(world):
    cursors, inbox = FakeCursors(), Inbox(down=True)
    sid = (await world.double.receive(Inbound(HIDDEN, lost=True, media=(("u", "t"),) * 11))).sid
    role = poll(world, inbox, cursors=cursors)
    with pytest.raises(BusUnavailable):
        await role.step()
    assert cursors.positions == {}
    inbox.down = False
    await role.step()
    assert inbox.aside == [("whatsapp", sid, "invalid")]


async def test_an_outage_of_twilio_moves_no_cursor_and_puts_nothing_aside(world):
    await world.double.receive(Inbound(ADA, "Hello?", lost=True))
    world.double.script.add(Rule(on="list", status=503, code=20503))
    cursors, inbox = FakeCursors(), Inbox()
    role = poll(world, inbox, cursors=cursors)
    with pytest.raises(Refused):
        await role.step()
    assert (cursors.positions, inbox.aside) == ({}, [])
    await role.step()
    assert inbox.bodies == ["Hello?"]


async def test_what_a_colleague_said_meanwhile_is_told_before_the_message(world):
    """The employee may answer as soon as a message is published."""
    cursors, inbox, takeovers = FakeCursors(), Inbox(), FakeTakeovers()
    await poll(world, inbox, later=-timedelta(hours=3), cursors=cursors).step()
    await world.double.receive(Inbound(ADA, "Hello?", lost=True, ago=timedelta(hours=2)))
    sid = world.double.write_from_console(ADA, "I will look into it")
    world.double.account.messages[sid].created -= timedelta(hours=1)
    takeovers.before = lambda: inbox.published == []
    await poll(world, inbox, cursors=cursors, takeovers=takeovers).step()
    assert [(reply.external_id, reply.thread_key) for reply in takeovers.replies] == [(sid, ADA)]
    assert inbox.bodies == ["Hello?"]


async def test_our_own_answer_takes_nothing_over(world):
    await world.double.receive(Inbound(ADA, "Hello?", lost=True))
    world.deliveries.known = {(await world.sender().send(a_part())).provider_id}
    takeovers = FakeTakeovers()
    await poll(world, Inbox(), takeovers=takeovers).step()
    assert takeovers.replies == []


async def test_while_a_part_s_fate_is_open_its_customer_waits_and_nobody_else(world):
    """What we sent them may be that part, or a colleague's: the message is published once this is known."""
    for customer in (ADA, HIDDEN):
        await world.double.receive(Inbound(customer, customer, lost=True))
    world.double.write_from_console(ADA, "I will look into it")
    world.deliveries.open_addresses = {ADA}
    inbox, takeovers = Inbox(), FakeTakeovers()
    begun = (SystemClock().now() - timedelta(hours=1)).isoformat()
    cursors = FakeCursors({("whatsapp", GapPoll.role): begun})
    role = poll(world, inbox, cursors=cursors, takeovers=takeovers)
    await role.step()
    assert (inbox.bodies, takeovers.replies) == ([HIDDEN], [])
    assert cursors.positions == {("whatsapp", GapPoll.role): begun}
    world.deliveries.open_addresses = set()
    await role.step()
    assert inbox.bodies == [HIDDEN, ADA]
    assert len(takeovers.replies) == 1
    assert cursors.positions != {("whatsapp", GapPoll.role): begun}


async def test_what_is_written_during_the_first_pause_is_read_after_it(world):
    cursors, inbox = FakeCursors(), Inbox()
    then = FakeClock(at=SystemClock().now() - timedelta(hours=3))
    await GapStart(channel="whatsapp", cursors=cursors, clock=then).step()
    await GapStart(channel="whatsapp", cursors=cursors, clock=FakeClock(at=SystemClock().now())).step()
    await world.double.receive(Inbound(ADA, "two hours ago", lost=True, ago=timedelta(hours=2)))
    await poll(world, inbox, cursors=cursors).step()
    assert inbox.bodies == ["two hours ago"]


async def test_a_pause_moves_no_poll_that_has_begun(world):
    cursors = FakeCursors()
    await poll(world, Inbox(), cursors=cursors).step()
    before = dict(cursors.positions)
    await GapStart(channel="whatsapp", cursors=cursors, clock=FakeClock(at=SystemClock().now())).step()
    assert cursors.positions == before


@pytest.mark.parametrize(("paused", "role"), [(True, GapStart), (False, GapPoll)])
async def test_a_paused_channel_only_notes_where_to_begin(world, paused, role):
    state = "Paused" if paused else "Active"
    channel = ChannelSettings(name="whatsapp", type="TwilioWhatsApp", settings=world.settings, run_state=state)
    async with AsyncExitStack() as resources:
        context = WorkerContext(
            clock=FakeClock(),
            public_url=None,
            company_name="Example Ltd",
            publisher=Inbox(),
            deliveries=world.deliveries,
            takeovers=FakeTakeovers(),
            cursors=FakeCursors(),
            report=world.report,
            resources=resources,
        )
        made = singletons(context, channel)
    assert [type(one) for one in made if one.role == GapPoll.role] == [role]
