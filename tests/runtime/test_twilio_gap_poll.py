"""Messages whose webhook never came are published as their webhook would have been."""

from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from doubles.twilio.inbound import Inbound
from doubles.twilio_world import ADA, HIDDEN, OURS
from runtime_doubles import FakeClock, FakeCursors
from whatsapp_world import a_part, a_world

from fte_runtime.channels.twilio_whatsapp import listing
from fte_runtime.channels.twilio_whatsapp.gap_poll import GRACE, PERIOD_SECONDS, GapPoll
from fte_runtime.channels.twilio_whatsapp.listing import MOST, OVERLAP
from fte_runtime.clock import SystemClock
from fte_runtime.errors import BusUnavailable


@dataclass
class Inbox:
    """What was published; ``down`` confirms nothing."""

    published: list[tuple[object, bytes]] = field(default_factory=list)
    down: bool = False

    async def publish(self, message, raw):
        if self.down:
            raise BusUnavailable("down")
        self.published.append((message, raw))


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path) as world:
        yield world


def poll(world, inbox, *, later=GRACE, cursors=None):
    return GapPoll(
        channel="whatsapp",
        sender=OURS.removeprefix("whatsapp:"),
        account=world.account,
        publisher=inbox,
        cursors=cursors or FakeCursors(),
        clock=FakeClock(at=SystemClock().now() + later),
    )


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
