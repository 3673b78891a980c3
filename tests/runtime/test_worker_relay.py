"""Role relay: in order, marked only when acknowledged, one at a time."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from runtime_doubles import FakeClock, FakePublisher

from fte_database.repositories.outbox import OutboxRecord
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.loop import Loop
from fte_runtime.worker.relay import BATCH, HOLD_SECONDS, Relay


@dataclass
class FakeOutbox:
    rows: list[OutboxRecord] = field(default_factory=list)
    marked: list[int] = field(default_factory=list)
    taken: bool = False
    terms: int = 0
    on_empty: object = None

    def add(self, topic: str = "fte.metrics") -> OutboxRecord:
        self.rows.append(OutboxRecord(len(self.rows) + 1, uuid4(), topic, "c1", {"n": len(self.rows)}))
        return self.rows[-1]

    @asynccontextmanager
    async def session(self):
        self.terms += 1
        yield None if self.taken else self

    async def pending(self, limit, without=()):
        left = [r for r in self.rows if r.id not in self.marked and r.topic not in without][:limit]
        if not left and self.on_empty:
            self.on_empty.set()
        return left

    async def mark_published(self, ids):
        self.marked += ids


def relay(outbox, publisher, stopping=None, clock=None):
    metrics = WorkerMetrics()
    loop = Loop("relay", 0.01, asyncio.Event(), stopping or asyncio.Event(), metrics)
    return Relay(outbox=outbox, publisher=publisher, loop=loop, clock=clock or FakeClock(), metrics=metrics)


async def until_empty(role, outbox):
    """Publish batch after batch; there are never more than a few."""
    for _ in range(10):
        if not await role.publish(outbox):
            return
    raise AssertionError("the outbox never ran out")


async def test_events_leave_in_order_with_their_name_then_are_marked():
    outbox, publisher = FakeOutbox(), FakePublisher()
    rows = [outbox.add() for _ in range(3)]
    assert await relay(outbox, publisher).publish(outbox) is True
    sent = publisher.on("fte.metrics")
    assert [json.loads(value)["n"] for _, value, _ in sent] == [0, 1, 2]
    assert sent[0][0] == b"c1"
    assert sent[0][2]["event-id"] == str(rows[0].event_id).encode()
    assert outbox.marked == [1, 2, 3]
    assert await relay(outbox, publisher).publish(outbox) is False


async def test_what_was_acknowledged_before_an_outage_is_marked_and_the_rest_comes_again():
    outbox, publisher, clock = FakeOutbox(), FakePublisher(), FakeClock()
    outbox.add()
    role = relay(outbox, publisher, clock=clock)
    await role.publish(outbox)
    publisher.down = {"*"}
    outbox.add()
    outbox.add("fte.escalations")
    await until_empty(role, outbox)
    assert outbox.marked == [1]
    publisher.down = set()
    clock.advance(HOLD_SECONDS + 1)
    await role.publish(outbox)
    assert outbox.marked == [1, 2, 3]


async def test_a_topic_that_takes_nothing_does_not_silence_the_others():
    outbox, publisher, clock = FakeOutbox(), FakePublisher(down={"fte.metrics"}), FakeClock()
    for _ in range(BATCH + 1):  # more than a batch of them in front
        outbox.add()
    escalation = outbox.add("fte.escalations")
    role = relay(outbox, publisher, clock=clock)
    await until_empty(role, outbox)
    assert outbox.marked == [escalation.id]
    assert publisher.tries["fte.metrics"] == 1  # each costs a deadline, and the others wait for it
    publisher.down = set()
    clock.advance(HOLD_SECONDS + 1)
    await until_empty(role, outbox)
    assert [json.loads(value)["n"] for _, value, _ in publisher.on("fte.metrics")] == list(range(BATCH + 1))


async def test_an_event_no_topic_can_hold_does_not_end_the_role():
    outbox, publisher = FakeOutbox(), FakePublisher(limit=5)
    outbox.add()
    assert await relay(outbox, publisher).publish(outbox) is True
    assert outbox.marked == []


async def test_without_the_right_nothing_is_published():
    outbox, publisher = FakeOutbox(taken=True), FakePublisher()
    outbox.add()
    assert await relay(outbox, publisher).step() is False
    assert publisher.records == []


async def test_the_relay_keeps_the_right_until_told_to_stop():
    stopping = asyncio.Event()
    outbox, publisher = FakeOutbox(on_empty=stopping), FakePublisher()
    outbox.add()
    await relay(outbox, publisher, stopping).run()
    assert (outbox.terms, outbox.marked) == (1, [1])
