"""Singleton relay: in order, and marked only when acknowledged."""

import asyncio
import json
from dataclasses import dataclass, field
from uuid import uuid4

from runtime_doubles import FakeClock, FakePublisher

from fte_database.repositories.outbox import OutboxRecord
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker import relay as relay_module
from fte_runtime.worker.pulse import Pulse
from fte_runtime.worker.relay import BATCH, HOLD_SECONDS, Relay


@dataclass
class FakeOutbox:
    rows: list[OutboxRecord] = field(default_factory=list)
    marked: list[int] = field(default_factory=list)

    def add(self, topic: str = "fte.metrics") -> OutboxRecord:
        self.rows.append(OutboxRecord(len(self.rows) + 1, uuid4(), topic, "c1", {"n": len(self.rows)}))
        return self.rows[-1]

    async def pending(self, limit, without=()):
        return [r for r in self.rows if r.id not in self.marked and r.topic not in without][:limit]

    async def mark_published(self, ids):
        self.marked += ids


def relay(outbox, publisher, *, clock=None, wake=None, pulse=None):
    return Relay(
        outbox=outbox,
        publisher=publisher,
        wake=wake or asyncio.Event(),
        stopping=asyncio.Event(),
        clock=clock or FakeClock(),
        metrics=WorkerMetrics(),
        pulse=pulse,
    )


async def until_empty(role):
    """Publish batch after batch; there are never more than a few."""
    for _ in range(10):
        if not await role.publish():
            return
    raise AssertionError("the outbox never ran out")


async def test_events_leave_in_order_with_their_name_then_are_marked():
    outbox, publisher = FakeOutbox(), FakePublisher()
    rows = [outbox.add() for _ in range(3)]
    assert await relay(outbox, publisher).publish() is True
    sent = publisher.on("fte.metrics")
    assert [json.loads(value)["n"] for _, value, _ in sent] == [0, 1, 2]
    assert sent[0][0] == b"c1"
    assert sent[0][2]["event-id"] == str(rows[0].event_id).encode()
    assert outbox.marked == [1, 2, 3]
    assert await relay(outbox, publisher).publish() is False


async def test_what_was_acknowledged_before_an_outage_is_marked_and_the_rest_comes_again():
    outbox, publisher, clock = FakeOutbox(), FakePublisher(), FakeClock()
    outbox.add()
    role = relay(outbox, publisher, clock=clock)
    await role.publish()
    publisher.down = {"*"}
    outbox.add()
    outbox.add("fte.escalations")
    await until_empty(role)
    assert outbox.marked == [1]
    publisher.down = set()
    clock.advance(HOLD_SECONDS + 1)
    await role.publish()
    assert outbox.marked == [1, 2, 3]


async def test_a_topic_that_takes_nothing_does_not_silence_the_others():
    outbox, publisher, clock = FakeOutbox(), FakePublisher(down={"fte.metrics"}), FakeClock()
    for _ in range(BATCH + 1):  # more than a batch of them in front
        outbox.add()
    escalation = outbox.add("fte.escalations")
    role = relay(outbox, publisher, clock=clock)
    await until_empty(role)
    assert outbox.marked == [escalation.id]
    assert publisher.tries["fte.metrics"] == 1  # each costs a deadline, and the others wait for it
    publisher.down = set()
    clock.advance(HOLD_SECONDS + 1)
    await until_empty(role)
    assert [json.loads(value)["n"] for _, value, _ in publisher.on("fte.metrics")] == list(range(BATCH + 1))


async def test_a_held_topic_is_told_until_it_takes_its_events():
    outbox, publisher, clock = FakeOutbox(), FakePublisher(down={"fte.metrics"}), FakeClock()
    pulse = Pulse(clock)
    role = relay(outbox, publisher, clock=clock, pulse=pulse)
    outbox.add()
    await until_empty(role)
    outbox.add("fte.escalations")
    await until_empty(role)
    assert pulse.findings() == {"relay": "Kafka: cannot be reached"}, "another topic's success says nothing of it"
    publisher.down = set()
    clock.advance(HOLD_SECONDS + 1)
    await until_empty(role)
    assert pulse.findings() == {"relay": None}


async def test_an_event_no_topic_can_hold_does_not_end_the_role():
    outbox, publisher = FakeOutbox(), FakePublisher(limit=5)
    outbox.add()
    assert await relay(outbox, publisher).publish() is True
    assert outbox.marked == []


async def test_a_commit_ends_the_wait_for_events_and_the_next_one_is_waited_for(monkeypatch):
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 3600)
    wake, outbox = asyncio.Event(), FakeOutbox()
    role = relay(outbox, FakePublisher(), wake=wake)
    async with asyncio.timeout(5):
        step = asyncio.create_task(role.step())
        await until_waiting(step)
        outbox.add()
        wake.set()
        await step
        await role.step()
        assert outbox.marked == [1]
        step = asyncio.create_task(role.step())
        await until_waiting(step)
        wake.set()
        await step


async def until_waiting(step):
    """Give a step every chance to end; it waits for something else."""
    for _ in range(50):
        await asyncio.sleep(0)
    assert not step.done()
