"""Mails that are damaged anywhere: each is somebody's or a report, once, and none holds up the mailbox."""

import asyncio
import json
import tempfile
from collections import Counter
from pathlib import Path

from gmail_world import Told, a_world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mails import EXPECTED, FOLDER
from runtime_doubles import FakeClock, FakeCursors, FakePublisher, FakeTakeovers

from fte_runtime.channels.gmail.position import ROLE
from fte_runtime.channels.gmail.pushes import HINTS, Pushes
from fte_runtime.channels.gmail.reading import Reader
from fte_runtime.channels.gmail.sync import Sync
from fte_runtime.clock import SystemClock
from fte_runtime.events import Topics, decode
from fte_runtime.inbound_publisher import BusInboundPublisher
from fte_runtime.metrics import WorkerMetrics

CORPUS = [(FOLDER / f"{name}.eml").read_bytes() for name in sorted(EXPECTED)]
SCRAPS = st.sampled_from([b"", b"\x00", b"\r\n\r\n", b"\xff\xfe", b"=?", b"<", b'"', b"From: \r\n", b":", b";", b"*0="])
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), SCRAPS), min_size=1, max_size=6)


def damaged(mail, changes):
    """The mail with something else in place of some bytes, at each place as a part of its length."""
    for place, length, scrap in changes:
        at = int(place * len(mail))
        mail = mail[:at] + scrap + mail[at + length :]
    return mail


DAMAGED = st.builds(damaged, st.sampled_from(CORPUS), CHANGES)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(DAMAGED | st.binary(max_size=300), min_size=10, max_size=25))
def test_damaged_mails_hold_up_nothing_and_each_is_told_once(batch):
    asyncio.run(read_all(batch))


async def read_all(batch):
    with tempfile.TemporaryDirectory() as folder:
        async with a_world(Path(folder)) as world:
            bus, cursors, clock = FakePublisher(), FakeCursors(), FakeClock(at=SystemClock().now())
            sync = a_sync(world, bus, cursors, clock)
            await sync.step()
            found = [world.double.deliver(mail).id for mail in batch]
            for push in ("1", "2"):
                cursors.positions["mail", HINTS] = push
                await sync.step()
            reached, _, _ = cursors.positions["mail", ROLE].partition(" ")
            assert int(reached) == world.double.mailbox().history_id
            keys = Counter(decode(value).dedupe_key for _, value, _ in bus.on("fte.tickets.incoming"))
            assert set(keys.values()) <= {1}
            reports = len(bus.on("fte.channels.email.inbound"))
            left = {f"mail:{each}" for each in found} - keys.keys()
            assert len(left) <= reports
            for _, value, _ in bus.on("fte.channels.email.inbound"):
                assert json.loads(value)["data"]["channel_name"] == "mail"


def a_sync(world, bus, cursors, clock):
    publisher = BusInboundPublisher(topics=Topics("fte"), publisher=bus, metrics=WorkerMetrics().inbound)
    account = world.account()
    reader = Reader(
        channel="mail",
        settings=world.settings(),
        account=account,
        publisher=publisher,
        takeovers=FakeTakeovers(),
        clock=clock,
        again_seconds=0,
    )
    return Sync(
        channel="mail",
        account=account,
        reader=reader,
        cursors=cursors,
        clock=clock,
        report=Told(),
        pushes=Pushes(channel="mail", settings=world.settings(), cursors=cursors),
        metrics=WorkerMetrics().sync,
    )
