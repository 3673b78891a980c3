"""Copies of raw events: many in one write, bounded, and nobody waits for them."""

import asyncio

import pytest
from runtime_doubles import FakePublisher

from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker import audit
from fte_runtime.worker.audit import RAW, AuditTrail


class Slow(FakePublisher):
    """Waits in its first write until it is let go; ``batches`` are the sizes of all."""

    def __init__(self):
        super().__init__()
        self.began, self.free, self.batches = asyncio.Event(), asyncio.Event(), []

    async def publish_many(self, topic, records, *, headers):
        self.batches.append(len(records))
        self.began.set()
        await self.free.wait()
        await super().publish_many(topic, records, headers=headers)


@pytest.fixture
def metrics():
    return WorkerMetrics()


def failures(metrics: WorkerMetrics) -> float | None:
    return metrics.registry.get_sample_value("fte_audit_failures_total")


async def test_what_waits_while_one_write_runs_is_the_next_write(metrics):
    publisher = Slow()
    trail = AuditTrail(publisher, metrics)
    trail.keep("a", b"k", b"0")
    await publisher.began.wait()
    for number in range(1, 500):
        trail.keep("a", b"k", str(number).encode())
    publisher.free.set()
    await trail.drain()
    assert publisher.batches == [1, audit.BATCH, audit.BATCH, 99]
    assert [value for _, value, _ in publisher.on("a")] == [str(number).encode() for number in range(500)]
    assert publisher.on("a")[0][2] == RAW


async def test_every_topic_has_its_own(metrics):
    publisher = FakePublisher()
    trail = AuditTrail(publisher, metrics)
    for topic in "abab":
        trail.keep(topic, b"k", topic.encode())
    await trail.drain()
    assert [len(publisher.on(topic)) for topic in "ab"] == [2, 2]


async def test_what_does_not_fit_is_counted_and_what_follows_is_kept(metrics, monkeypatch):
    monkeypatch.setattr(audit, "MAX_WAITING_BYTES", 10)
    publisher = FakePublisher()
    trail = AuditTrail(publisher, metrics)
    for _ in range(3):
        trail.keep("a", b"k", b"12345")
    assert failures(metrics) == 1
    await trail.drain()
    trail.keep("a", b"k", b"1234567890")
    await trail.drain()
    assert (len(publisher.on("a")), failures(metrics)) == (3, 1)


async def test_a_failure_is_counted_and_the_next_copy_is_written(metrics):
    publisher = FakePublisher(down={"a"})
    trail = AuditTrail(publisher, metrics)
    for _ in range(2):
        trail.keep("a", b"k", b"x")
    await trail.drain()
    publisher.down = set()
    trail.keep("a", b"k", b"y")
    await trail.drain()
    assert (failures(metrics), [value for _, value, _ in publisher.on("a")]) == (2, [b"y"])
