"""Role ingest: stored before committed, held when full, rewound when the store is away."""

import asyncio
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from runtime_doubles import FakeClock, FakeConsumer, FakePublisher, FakeTickets, Unreachable

from fte_agent.channels import WEB_FORM
from fte_agent.domain.messages import Identifier, InboundMessage
from fte_database.errors import OwnedByAnother, Rejected
from fte_runtime.dead_letter_writer import DeadLetters
from fte_runtime.errors import BusUnavailable, NewerVersion
from fte_runtime.events import RAW_EVENT, Topics, decode, encode
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker import ingest
from fte_runtime.worker.audit import AuditTrail
from fte_runtime.worker.consume import Consume
from fte_runtime.worker.ingest import Ingest
from fte_runtime.worker.limiter import IngestLimiter
from fte_runtime.worker.loop import Loop
from fte_runtime.worker.pulse import Pulse


@dataclass
class Rig:
    limit: int = 4
    consumer: FakeConsumer = field(default_factory=FakeConsumer)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    tickets: FakeTickets = field(default_factory=FakeTickets)
    clock: FakeClock = field(default_factory=FakeClock)
    stored: asyncio.Event = field(default_factory=asyncio.Event)
    metrics: WorkerMetrics = field(default_factory=WorkerMetrics)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.audit = AuditTrail(self.publisher, self.metrics)
        self.limiter = IngestLimiter(self.limit, self.clock)
        taker = Ingest(
            tickets=self.tickets,
            topics=Topics("fte"),
            audit=self.audit,
            dead_letters=DeadLetters(self.publisher, "fte.dlq"),
            limiter=self.limiter,
            stored=self.stored,
            metrics=self.metrics,
        )
        self.pulse = Pulse(self.clock)
        loop = Loop("ingest", 0.01, asyncio.Event(), self.stopping, self.metrics, self.pulse)
        self.role = Consume(taker, consumer=self.consumer, loop=loop, clock=self.clock, metrics=self.metrics)

    async def step(self) -> None:
        """One poll of a member of the group."""
        while not self.role.joined:
            await self.role.step()
        await self.role.step()

    def count(self, outcome: str) -> float | None:
        return self.metrics.registry.get_sample_value("fte_ingested_total", {"outcome": outcome})


def a_record(key: str = "") -> bytes:
    return encode(
        InboundMessage(
            source="web_form",
            dedupe_key=key or str(uuid4()),
            channel=WEB_FORM,
            channel_name="website",
            thread_key="t",
            sender=Identifier("email", "ada@example.org"),
            body="hello",
            occurred_at=datetime(2026, 1, 2, tzinfo=UTC),
        )
    )


async def test_the_raw_event_is_kept_aside_once_the_message_is_stored():
    rig = Rig()
    rig.consumer.add(a_record(), key=b"ada", headers={RAW_EVENT: b"{ }"})
    rig.consumer.add(a_record(), key=b"bob")  # of an API of the release before
    rig.tickets.errors["ingest"] = [Unreachable()]
    await rig.step()
    assert rig.publisher.records == []
    rig.clock.advance(60)
    await rig.step()
    await rig.step()
    await rig.audit.drain()
    assert [record[:2] for record in rig.publisher.on("fte.channels.webform.inbound")] == [(b"ada", b"{ }")]


async def test_of_a_message_that_comes_again_no_second_copy_is_kept():
    rig, record = Rig(), a_record("m-1")
    for _ in range(3):
        rig.consumer.add(record, key=b"ada", headers={RAW_EVENT: b"{ }"})
    await rig.step()
    await rig.audit.drain()
    assert len(rig.publisher.on("fte.channels.webform.inbound")) == 1


async def test_a_raw_event_that_cannot_be_kept_holds_nothing_up():
    rig = Rig(publisher=FakePublisher(down={"*"}))
    rig.consumer.add(a_record(), headers={RAW_EVENT: b"{ }"})
    await rig.step()
    await rig.audit.drain()
    assert rig.consumer.committed == {0: 1}
    assert rig.metrics.registry.get_sample_value("fte_audit_failures_total") == 1


async def test_records_are_stored_then_committed_and_answering_is_woken():
    rig = Rig()
    for _ in range(3):
        rig.consumer.add(a_record())
    await rig.step()
    assert len(rig.tickets.ingested) == 3
    assert rig.consumer.committed == {0: 3}
    assert rig.stored.is_set()
    assert len(rig.limiter) == 3


async def test_a_doubled_record_is_stored_once():
    rig = Rig()
    rig.consumer.add(a_record("same"))
    rig.consumer.add(a_record("same"))
    await rig.step()
    assert (len(rig.tickets.ingested), rig.count("duplicate"), rig.consumer.committed) == (1, 1, {0: 2})


@pytest.mark.parametrize("value", [b"", b"\xff", b"{}", b"[]", b'{"v": 2}', a_record().replace(b"website", b'"')])
async def test_an_undecodable_record_goes_aside_with_its_cause_and_the_next_one_is_stored(value):
    rig = Rig()
    rig.consumer.add(value, key=b"web_form:x")
    rig.consumer.add(a_record())
    await rig.step()
    [(key, kept, headers)] = rig.publisher.on("fte.dlq")
    assert (key, kept) == (b"web_form:x", value)
    assert headers["cause"] == b"undecodable"
    assert headers["error"]
    assert (headers["source-topic"], headers["source-partition"], headers["source-offset"]) == (b"t", b"0", b"0")
    assert len(rig.tickets.ingested) == 1
    assert rig.consumer.committed == {0: 2}


async def test_a_message_the_store_rejects_goes_aside_and_is_remembered():
    rig = Rig()
    rig.tickets.errors["ingest"] = [Rejected("bad value")]
    rig.consumer.add(a_record("bad"))
    await rig.step()
    assert rig.publisher.on("fte.dlq")[0][2]["cause"] == b"rejected"
    assert rig.tickets.dead_lettered == [("web_form", "bad", "bad value")]
    assert rig.consumer.committed == {0: 1}


async def test_nothing_is_committed_while_the_dlq_cannot_take_it():
    rig = Rig()
    rig.publisher.down = {"*"}
    rig.consumer.add(b"junk")
    await rig.step()
    assert rig.consumer.committed == {}
    rig.publisher.down = set()
    rig.clock.advance(60)
    await rig.step()
    assert (len(rig.publisher.on("fte.dlq")), rig.consumer.committed) == (1, {0: 1})


async def test_a_store_away_rewinds_every_unread_record_and_keeps_polling():
    rig = Rig(limit=100)
    for partition in (0, 1):
        for _ in range(2):
            rig.consumer.add(a_record(), partition=partition)
    rig.tickets.errors["ingest"] = [Unreachable("gone")]
    await rig.step()
    assert rig.consumer.positions == {0: 0, 1: 0}
    assert rig.consumer.committed == {}
    await rig.step()
    assert rig.consumer.held is True  # held, but polled: the membership lives
    rig.clock.advance(60)
    await rig.step()
    assert len(rig.tickets.ingested) == 4
    assert rig.consumer.committed == {0: 2, 1: 2}


async def test_what_was_stored_before_the_error_is_committed():
    rig = Rig()
    for _ in range(3):
        rig.consumer.add(a_record())
    original = rig.tickets.ingest

    async def second_fails(message):
        if len(rig.tickets.ingested) == 1:
            raise Unreachable("gone")
        return await original(message)

    rig.tickets.ingest = second_fails
    await rig.step()
    assert (rig.consumer.committed, rig.consumer.positions) == ({0: 1}, {0: 1})


async def test_a_database_that_is_not_ours_is_not_the_record_s_fault():
    rig = Rig()
    rig.tickets.errors["ingest"] = [OwnedByAnother("other/one")]
    rig.consumer.add(a_record())
    await rig.step()
    assert (rig.publisher.records, rig.consumer.committed, rig.consumer.positions) == ([], {}, {0: 0})


async def test_an_error_nobody_foresaw_ends_the_role():
    rig = Rig()
    rig.tickets.errors["ingest"] = [KeyError("bug")]
    rig.consumer.add(a_record())
    with pytest.raises(KeyError):
        await rig.role.run()
    assert rig.publisher.records == []
    assert rig.consumer.committed == {}
    assert rig.consumer.leaves == 1


async def test_a_full_window_holds_every_partition_until_half_is_answered():
    rig = Rig(limit=4)
    for _ in range(4):
        rig.consumer.add(a_record())
    await rig.step()
    mine = set(rig.limiter.conversations)
    rig.tickets.waiting = set(list(mine)[:3])
    rig.clock.advance(3)
    await rig.step()
    await rig.step()
    assert rig.consumer.holds == [False, True, True]  # said again each time: a rebalance forgets it
    rig.tickets.waiting = set(list(mine)[:2])
    rig.clock.advance(3)
    await rig.step()
    await rig.step()
    assert rig.consumer.holds[-1] is False


async def test_a_broken_consumer_leaves_and_joins_again():
    rig = Rig()
    rig.consumer.fail_poll = 1
    with pytest.raises(BusUnavailable):
        await rig.step()
    rig.consumer.add(a_record())
    await rig.step()
    assert (rig.consumer.joins, rig.consumer.leaves, len(rig.tickets.ingested)) == (2, 1, 1)


async def test_it_waits_for_a_broker_and_leaves_the_group_when_told_to_stop():
    rig = Rig()
    rig.consumer.fail_join = 1
    rig.consumer.add(a_record())
    original = rig.consumer.commit

    async def commit_and_stop(record):
        await original(record)
        rig.stopping.set()

    rig.consumer.commit = commit_and_stop
    await rig.role.run()
    assert (rig.consumer.joins, rig.consumer.leaves, len(rig.tickets.ingested)) == (1, 1, 1)


async def test_a_stop_does_not_wait_for_a_group_that_never_forms():
    rig = Rig()

    async def never():
        await asyncio.Event().wait()

    rig.consumer.start = never
    role = asyncio.create_task(rig.role.run())
    await asyncio.sleep(0)
    rig.stopping.set()
    async with asyncio.timeout(5):
        await role


async def test_a_window_that_cannot_be_asked_about_loses_no_record_in_hand():
    rig = Rig(limit=100)
    rig.consumer.add(a_record("m0"))
    await rig.step()
    assert len(rig.limiter) == 1
    rig.clock.advance(3)  # the next step asks about the window
    rig.tickets.errors["unanswered"] = [Unreachable("gone")]
    for number in range(1, 6):
        rig.consumer.add(a_record(f"m{number}"))
    await rig.step()
    rig.consumer.add(a_record("m6"))
    for _ in range(3):
        rig.clock.advance(60)
        await rig.step()
    assert [m.dedupe_key for m in rig.tickets.ingested] == [f"m{number}" for number in range(7)]
    assert rig.consumer.committed == {0: 7}


async def test_a_window_nobody_can_be_asked_about_is_a_bug_that_ends_the_role():
    rig = Rig()
    rig.consumer.add(a_record())
    await rig.step()
    rig.clock.advance(3)
    rig.tickets.errors["unanswered"] = [KeyError("bug")]
    with pytest.raises(KeyError):
        await rig.step()


async def test_an_oversized_record_is_put_aside_cut_and_described():
    rig = Rig()
    value = b"x" * 3_000_000
    rig.consumer.add(value, key=b"k" * 5000)
    rig.consumer.add(a_record())
    await rig.step()
    [(key, kept, headers)] = rig.publisher.on("fte.dlq")
    assert (len(key), kept) == (1024, value[: 512 * 1024])
    assert (headers["truncated"], headers["original-size"]) == (b"true", b"3000000")
    assert headers["sha256"].decode() == hashlib.sha256(value).hexdigest()
    assert (len(rig.tickets.ingested), rig.consumer.committed) == (1, {0: 2})


async def test_a_dead_letter_topic_with_a_lower_limit_still_gets_the_description():
    rig = Rig()
    rig.publisher.limit = 1000
    rig.consumer.add(b"x" * 3000)
    await rig.step()
    [(_, kept, headers)] = rig.publisher.on("fte.dlq")
    assert (kept, headers["original-size"], rig.consumer.committed) == (b"", b"3000", {0: 1})


async def test_what_fits_is_put_aside_whole():
    rig = Rig()
    rig.consumer.add(b"junk")
    await rig.step()
    [(_, kept, headers)] = rig.publisher.on("fte.dlq")
    assert kept == b"junk"
    assert "truncated" not in headers


def of_a_newer_release(monkeypatch, *values):
    """Records with these values are none that this release can read."""

    def decode_older(value):
        if value in values:
            raise NewerVersion("version 3")
        return decode(value)

    monkeypatch.setattr(ingest, "decode", decode_older)


async def test_a_record_of_a_newer_release_waits_and_holds_up_its_own_partition_alone(monkeypatch):
    rig = Rig(limit=1000)
    newer = a_record("newer")
    of_a_newer_release(monkeypatch, newer)
    rig.consumer.add(newer, partition=0)
    rig.consumer.add(a_record("behind"), partition=0)
    for number in range(500):
        rig.consumer.add(a_record(f"m{number}"), partition=1)
    for _ in range(32):  # as many polls as its records need
        await rig.step()
        rig.clock.advance(0.2)
    assert len(rig.tickets.ingested) == 500
    assert (rig.publisher.records, rig.consumer.committed, rig.consumer.positions[0]) == ([], {1: 500}, 0)
    assert {("t", 0)} in rig.consumer.waits
    assert not any(rig.consumer.holds)
    monkeypatch.setattr(ingest, "decode", decode)  # as a newer worker would
    rig.clock.advance(60)
    await rig.step()
    assert [message.dedupe_key for message in rig.tickets.ingested[500:]] == ["newer", "behind"]
    assert rig.consumer.committed == {0: 2, 1: 500}


async def test_a_record_of_a_newer_release_is_tried_less_and_less_often(monkeypatch):
    rig, newer = Rig(), a_record("newer")
    of_a_newer_release(monkeypatch, newer)
    rig.consumer.add(a_record("first"))
    rig.consumer.add(newer)
    for _ in range(600):
        await rig.step()
        rig.clock.advance(0.2)
    tries = rig.metrics.registry.get_sample_value("fte_role_errors_total", {"role": "ingest"})
    assert 30 <= tries <= 70  # 0.2 s doubled to 4 s and shortened by up to half, in two minutes
    assert rig.consumer.committed == {0: 1}
    of_a_newer_release(monkeypatch, again := a_record("again"))
    rig.clock.advance(60)
    rig.consumer.add(again)
    await rig.step()
    assert rig.consumer.committed == {0: 2}
    rig.clock.advance(0.3)  # the first wait again
    monkeypatch.setattr(ingest, "decode", decode)
    await rig.step()
    assert rig.consumer.committed == {0: 3}


async def test_each_partition_with_a_record_of_a_newer_release_waits_by_itself(monkeypatch):
    rig, newer = Rig(), [a_record("n0"), a_record("n1")]
    of_a_newer_release(monkeypatch, *newer)
    for partition, record in enumerate(newer):
        rig.consumer.add(record, partition=partition)
    await rig.step()
    of_a_newer_release(monkeypatch, newer[1])
    rig.clock.advance(60)
    await rig.step()
    rig.consumer.add(a_record("m"), partition=0)
    await rig.step()
    assert [message.dedupe_key for message in rig.tickets.ingested] == ["n0", "m"]
    assert rig.consumer.waits == [set(), set(), {("t", 1)}]


async def test_a_store_away_holds_the_other_partitions_too_while_one_waits_for_a_newer_worker(monkeypatch):
    rig, newer = Rig(), a_record("newer")
    of_a_newer_release(monkeypatch, newer)
    rig.consumer.add(newer, partition=0)
    rig.consumer.add(a_record("m"), partition=1)
    rig.tickets.errors["ingest"] = [Unreachable("gone")]
    await rig.step()
    assert (rig.consumer.positions, rig.consumer.committed) == ({0: 0, 1: 0}, {})
    await rig.step()
    assert rig.consumer.held is True
    rig.clock.advance(60)
    await rig.step()
    assert rig.consumer.committed == {1: 1}


async def test_records_that_are_held_keep_their_error_until_they_are_taken():
    rig = Rig()
    rig.consumer.add(a_record())
    rig.tickets.errors["ingest"] = [Unreachable(), Unreachable()]
    pulse = rig.pulse
    await rig.step()
    assert pulse.findings()["ingest"] is not None
    pulse.beat("ingest")  # a poll that fetched nothing, as the pause asks
    assert pulse.findings()["ingest"] is not None
    rig.clock.advance(5)
    await rig.step()
    rig.clock.advance(5)
    await rig.step()
    assert len(rig.tickets.ingested) == 1
    assert pulse.findings()["ingest"] is None


async def test_a_record_of_a_newer_release_is_told_while_the_other_partitions_are_worked(monkeypatch):
    rig, newer = Rig(limit=1000), a_record("newer")
    of_a_newer_release(monkeypatch, newer)
    rig.consumer.add(newer, partition=0)
    for number in range(100):
        rig.consumer.add(a_record(f"m{number}"), partition=1)
        await rig.step()
        rig.pulse.beat("ingest")
        assert rig.pulse.findings()["ingest"] == "a record is of a newer release; upgrade the workers"
        rig.clock.advance(0.2)
    monkeypatch.setattr(ingest, "decode", decode)  # as a newer worker would
    rig.clock.advance(4)
    await rig.step()
    assert rig.pulse.findings()["ingest"] is None
