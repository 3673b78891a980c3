"""Role statuses: reports are stored before their offset is committed; what is none is skipped."""

import asyncio
from datetime import UTC, datetime

import pytest
from runtime_doubles import FakeClock, FakeConsumer, FakeCursors, FakeDeliveries, Unreachable

from fte_agent.channels import EMAIL, WEB_FORM, WHATSAPP
from fte_agent.domain.delivery import DeliveryState, DeliveryStatus
from fte_database.errors import Rejected
from fte_runtime.channels.gmail.sync import HINTS
from fte_runtime.channels.gmail.worker import statuses
from fte_runtime.envelope import STRUCTURED
from fte_runtime.events import ChannelEvent, encode_event
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.consume import Consume
from fte_runtime.worker.loop import Loop
from fte_runtime.worker.statuses import Statuses

DELIVERED = DeliveryStatus(WHATSAPP, "whatsapp", "SM1", DeliveryState.DELIVERED, "delivered")


def read(event):
    return DELIVERED if event.fields.get("MessageStatus") == "delivered" else None


class Rig:
    def __init__(self):
        self.consumer, self.deliveries, self.clock = FakeConsumer(), FakeDeliveries(known={"SM1"}), FakeClock()
        self.metrics = WorkerMetrics()
        self.cursors = FakeCursors()
        readers = {WHATSAPP: read, EMAIL: statuses}
        taker = Statuses(readers=readers, deliveries=self.deliveries, cursors=self.cursors, metrics=self.metrics)
        loop = Loop("statuses", 0.01, asyncio.Event(), asyncio.Event(), self.metrics)
        self.role = Consume(taker, consumer=self.consumer, loop=loop, clock=self.clock, metrics=self.metrics)

    async def step(self):
        while not self.role.joined:
            await self.role.step()
        await self.role.step()

    def add(self, value, headers=STRUCTURED):
        self.consumer.add(value, headers=headers)

    def count(self, outcome):
        return self.metrics.registry.get_sample_value("fte_delivery_statuses_total", {"outcome": outcome})


async def test_a_report_moves_its_delivery():
    rig = Rig()
    rig.add(event())
    await rig.step()
    assert (rig.deliveries.statuses, rig.consumer.committed, rig.count("applied")) == ([DELIVERED], {0: 1}, 1)


async def test_a_report_before_its_delivery_is_known_is_stored_all_the_same():
    rig = Rig()
    rig.deliveries.known.clear()
    rig.add(event())
    await rig.step()
    assert (rig.deliveries.statuses, rig.consumer.committed, rig.count("early")) == ([DELIVERED], {0: 1}, 1)


async def test_a_report_of_a_channel_added_since_this_worker_began_counts():
    rig = Rig()
    rig.add(event("shop"))
    await rig.step()
    assert (rig.deliveries.statuses, rig.consumer.committed) == ([DELIVERED], {0: 1})


async def test_a_push_is_noted_for_whoever_reads_the_mailbox_and_the_next_one_in_its_place():
    rig = Rig()
    for number in (1, 2):
        rig.add(pushed(number))
        await rig.step()
        assert await rig.cursors.read("mail", HINTS) == f"700 push-{number}"
    assert (rig.consumer.committed, rig.count("noted")) == ({0: 2}, 2)


@pytest.mark.parametrize(("known", "outcome"), [(True, "bounced"), (False, "unbelieved")])
async def test_a_reply_that_came_back_is_told_to_the_store(known, outcome):
    rig = Rig()
    rig.deliveries.known = {"d1"} if known else set()
    told = {"delivery": "d1", "original_id": "<d1@x>", "original_recipient": "ada@example.org", "permanent": "yes"}
    rig.add(reported(told | {"recipient": "ada@box7.example.org", "status": "5.1.1"}))
    await rig.step()
    [report] = rig.deliveries.returned
    assert (report.channel, report.channel_name, report.delivery, report.message_id) == (EMAIL, "mail", "d1", "<d1@x>")
    assert report.addresses == ("ada@box7.example.org", "ada@example.org")
    assert (report.code, report.reason, report.permanent) == ("5.1.1", "there is no such mailbox", True)
    assert (rig.count(outcome), rig.consumer.committed) == (1, {0: 1})


async def test_one_that_is_late_says_nothing_of_anybody():
    rig = Rig()
    rig.add(reported({"delivery": "d1", "original_id": "", "recipient": "", "status": "", "permanent": ""}))
    await rig.step()
    assert (rig.deliveries.returned, rig.count("skipped")) == ([], 1)


@pytest.mark.parametrize("value", ["other kind", "no status", "junk", "raw copy"])
async def test_what_is_no_report_is_skipped(value):
    rig = Rig()
    values = {"other kind": event(kind=WEB_FORM), "no status": event(status="on hold"), "junk": b"\xff"}
    rig.add(values.get(value, event()), {} if value == "raw copy" else STRUCTURED)
    rig.add(event())
    await rig.step()
    assert (rig.deliveries.statuses, rig.consumer.committed) == ([DELIVERED], {0: 2})


async def test_a_report_the_store_rejects_does_not_hold_up_the_next():
    rig = Rig()
    rig.deliveries.errors["apply_status"] = [Rejected("bad")]
    rig.add(event())
    rig.add(event())
    await rig.step()
    assert (rig.count("unreadable"), rig.count("applied"), rig.consumer.committed) == (1, 1, {0: 2})


async def test_a_store_that_is_away_loses_no_report():
    rig = Rig()
    rig.deliveries.errors["apply_status"] = [Unreachable("gone")]
    rig.add(event())
    await rig.step()
    assert (rig.consumer.committed, rig.consumer.positions) == ({}, {0: 0})
    rig.clock.advance(60)
    await rig.step()
    assert (rig.deliveries.statuses, rig.consumer.committed) == ([DELIVERED], {0: 1})


def reported(fields):
    return encode_event(ChannelEvent("mail", EMAIL, datetime(2026, 5, 1, tzinfo=UTC), fields), "d1")


def pushed(number):
    fields = {"history_id": "700", "push_id": f"push-{number}"}
    return encode_event(ChannelEvent("mail", EMAIL, datetime(2026, 5, 1, tzinfo=UTC), fields), "help@example.com")


def event(channel_name="whatsapp", status="delivered", kind=WHATSAPP):
    fields = {"MessageSid": "SM1", "MessageStatus": status}
    received_at = datetime(2026, 1, 2, tzinfo=UTC)
    return encode_event(ChannelEvent(channel_name, kind, received_at, fields), "SM1")
