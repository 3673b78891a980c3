"""Role relay: in order, marked only when acknowledged, one at a time."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from runtime_doubles import FakePublisher

from fte_database.repositories.outbox import OutboxRecord
from fte_runtime.errors import BusUnavailable
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.loop import Loop
from fte_runtime.worker.relay import Relay


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

    async def pending(self, limit):
        left = [r for r in self.rows if r.id not in self.marked][:limit]
        if not left and self.on_empty:
            self.on_empty.set()
        return left

    async def mark_published(self, ids):
        self.marked += ids


def relay(outbox, publisher, stopping=None):
    metrics = WorkerMetrics()
    loop = Loop("relay", 0.01, asyncio.Event(), stopping or asyncio.Event(), metrics)
    return Relay(outbox=outbox, publisher=publisher, loop=loop, metrics=metrics)


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
    outbox, publisher = FakeOutbox(), FakePublisher(down={"fte.escalations"})
    outbox.add()
    outbox.add("fte.escalations")
    outbox.add()
    with pytest.raises(BusUnavailable):
        await relay(outbox, publisher).publish(outbox)
    assert outbox.marked == [1]
    publisher.down = set()
    await relay(outbox, publisher).publish(outbox)
    assert outbox.marked == [1, 2, 3]


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
