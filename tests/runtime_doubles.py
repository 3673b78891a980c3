"""Doubles for the data plane's ports: a clock the test moves, a bus in memory, stores that record."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from fte_agent.channels import WEB_FORM
from fte_agent.domain.delivery import Delivery, DeliveryStatus, Failure, NonDelivery, OutsideReply, Sent
from fte_agent.domain.messages import Author, Channel, InboundMessage, Ingested, ReplyTarget, StoredMessage
from fte_agent.domain.turns import Decision, TurnContext
from fte_agent.ports import Claim
from fte_runtime.bus.base import Partition, Record
from fte_runtime.errors import BusUnavailable, RecordTooLarge


class Unreachable(Exception):
    retryable = True


@dataclass
class FakeClock:
    at: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    seconds: float = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.seconds += seconds


@dataclass
class FakeCursors:
    """Positions by channel and reader."""

    positions: dict[tuple[str, str], str] = field(default_factory=dict)

    async def read(self, channel_name: str, reader: str) -> str | None:
        return self.positions.get((channel_name, reader))

    async def move(self, channel_name: str, reader: str, *, before: str | None, after: str) -> bool:
        if await self.read(channel_name, reader) != before:
            return False
        self.positions[channel_name, reader] = after
        return True


@dataclass
class FakeTakeovers:
    """A `TakeoverStore` that keeps what it is told, which must be ``before`` whatever a test says."""

    replies: list[OutsideReply] = field(default_factory=list)
    before: Callable[[], bool] = lambda: True
    sent_as: list[tuple[UUID, str]] = field(default_factory=list)

    async def take_over(self, reply: OutsideReply) -> bool:
        assert self.before()
        self.replies.append(reply)
        return True

    async def note_sent_as(self, delivery: UUID, message_id: str) -> None:
        self.sent_as.append((delivery, message_id))


@dataclass
class FakePublisher:
    """Keeps what was published; topics in ``down`` (or ``*``) are not confirmed, nor more than ``limit`` bytes."""

    records: list[tuple[str, bytes, bytes, Mapping[str, bytes]]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    limit: int = 2**20
    tries: Counter[str] = field(default_factory=Counter)

    async def publish(
        self, topic: str, *, key: bytes, value: bytes, headers: Mapping[str, bytes] | None = None
    ) -> None:
        self.tries[topic] += 1
        if topic in self.down or "*" in self.down:
            raise BusUnavailable("bus is down")
        if len(value) + len(key) > self.limit:
            raise RecordTooLarge("too large")
        self.records.append((topic, key, value, headers or {}))

    async def publish_many(
        self, topic: str, records: Sequence[tuple[bytes, bytes]], *, headers: Mapping[str, bytes]
    ) -> None:
        for key, value in records:
            await self.publish(topic, key=key, value=value, headers=headers)

    async def check(self, topic: str | None = None) -> None:
        if "*" in self.down or topic in self.down:
            raise BusUnavailable("bus is down")

    async def lacking(self, topics: Sequence[str]) -> Mapping[str, str]:
        await self.check()
        return {topic: "a topic is missing" for topic in topics if topic in self.down}

    def on(self, topic: str) -> list[tuple[bytes, bytes, Mapping[str, bytes]]]:
        return [(key, value, headers) for name, key, value, headers in self.records if name == topic]


@dataclass
class FakeConsumer:
    """Partitions as lists; a position per partition, as a broker client has; ``committed`` as a broker has."""

    partitions: dict[int, list[Record]] = field(default_factory=dict)
    positions: dict[int, int] = field(default_factory=dict)
    committed: dict[int, int] = field(default_factory=dict)
    held: bool = False
    holds: list[bool] = field(default_factory=list)
    waits: list[set[Partition]] = field(default_factory=list)
    joins: int = 0
    leaves: int = 0
    fail_join: int = 0
    fail_poll: int = 0

    def add(
        self, value: bytes, *, partition: int = 0, key: bytes = b"k", headers: Mapping[str, bytes] | None = None
    ) -> Record:
        records = self.partitions.setdefault(partition, [])
        record = Record("t", partition, len(records), key, value, headers=headers or {})
        records.append(record)
        return record

    async def start(self) -> None:
        if self.fail_join:
            self.fail_join -= 1
            raise BusUnavailable("no broker")
        self.joins += 1
        self.positions = dict(self.committed)

    async def stop(self) -> None:
        self.leaves += 1

    async def poll(self, *, seconds: float, limit: int) -> Sequence[Sequence[Record]]:
        await asyncio.sleep(0)  # as a client does, which lets other roles run
        if self.fail_poll:
            self.fail_poll -= 1
            raise BusUnavailable("broker gone")
        if self.held:
            return []
        batches = []
        for number, records in self.partitions.items():
            position = self.positions.get(number, 0)
            if records[position:] and ("t", number) not in self.waits[-1]:
                batches.append(records[position : position + limit])
                self.positions[number] = position + len(batches[-1])
        return batches

    def hold(self, held: bool, waiting: Collection[Partition] = ()) -> None:
        self.held = held
        self.holds.append(held)
        self.waits.append(set(waiting))

    def rewind(self, record: Record) -> None:
        self.positions[record.partition] = record.offset

    async def commit(self, record: Record) -> None:
        self.committed[record.partition] = record.offset + 1


@dataclass
class FakeTickets:
    """A `TicketStore` of scripted claims. ``errors`` are raised first, per method, in order."""

    errors: dict[str, list[Exception]] = field(default_factory=dict)
    seen: dict[tuple[str, str], Ingested] = field(default_factory=dict)
    ingested: list[InboundMessage] = field(default_factory=list)
    waiting: set[UUID] | None = None
    claims: list[Claim] = field(default_factory=list)
    preferred: list[Sequence[UUID]] = field(default_factory=list)
    committed: list[tuple[Claim, Decision, str]] = field(default_factory=list)
    released: list[tuple[Claim, str | None]] = field(default_factory=list)
    uncounted: list[Claim] = field(default_factory=list)
    dead_lettered: list[tuple[str, str, str]] = field(default_factory=list)
    superseded: bool = False
    leased: bool = True
    renewals: int = 0

    def _fail(self, method: str) -> None:
        if self.errors.get(method):
            raise self.errors[method].pop(0)

    async def ingest(self, message: InboundMessage) -> Ingested:
        self._fail("ingest")
        key = (message.source, message.dedupe_key)
        if key in self.seen:
            old = self.seen[key]
            return Ingested(old.conversation_id, old.ticket_id, old.seq, duplicate=True)
        self.ingested.append(message)
        self.seen[key] = Ingested(uuid4(), message.ticket_id or uuid4(), 1, duplicate=False)
        return self.seen[key]

    async def dead_letter(self, source: str, dedupe_key: str, reason: str) -> None:
        self.dead_lettered.append((source, dedupe_key, reason))

    async def claim(self, worker: str, preferred: Sequence[UUID] = ()) -> Claim | None:
        self._fail("claim")
        self.preferred.append(list(preferred))
        return self.claims.pop(0) if self.claims else None

    async def renew(self, claim: Claim) -> bool:
        self.renewals += 1
        self._fail("renew")
        return self.leased

    async def commit(self, claim: Claim, decision: Decision, *, revision: str) -> bool:
        self._fail("commit")
        if self.superseded:
            return False
        self.committed.append((claim, decision, revision))
        return True

    async def release(self, claim: Claim, error: str | None = None, *, counts: bool = True) -> None:
        self._fail("release")
        self.released.append((claim, error))
        if not counts:
            self.uncounted.append(claim)

    async def unanswered(self, conversations: Sequence[UUID]) -> set[UUID]:
        self._fail("unanswered")
        return set(conversations) if self.waiting is None else self.waiting & set(conversations)


@dataclass
class FakeDeliveries:
    """A `DeliveryStore` that keeps what it is told. ``lost``: every claim was lost meanwhile."""

    pending: list[Delivery] = field(default_factory=list)
    unconfirmed: list[Delivery] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    open_addresses: set[str] = field(default_factory=set)
    sent: list[tuple[Delivery, Sent]] = field(default_factory=list)
    failed: list[tuple[Delivery, Failure]] = field(default_factory=list)
    unknown: list[tuple[Delivery, Failure]] = field(default_factory=list)
    absent: list[Delivery] = field(default_factory=list)
    closed: list[Delivery] = field(default_factory=list)
    statuses: list[DeliveryStatus] = field(default_factory=list)
    returned: list[NonDelivery] = field(default_factory=list)
    errors: dict[str, list[Exception]] = field(default_factory=dict)
    late: list[UUID] = field(default_factory=list)
    withdrawn: int = 0
    lost: bool = False

    def _fail(self, method: str) -> None:
        if self.errors.get(method):
            raise self.errors[method].pop(0)

    @staticmethod
    def _next(waiting: list[Delivery], channels: Sequence[str]) -> Delivery | None:
        found = next((delivery for delivery in waiting if delivery.channel_name in channels), None)
        if found is not None:
            waiting.remove(found)
        return found

    async def claim_delivery(self, worker: str, channels: Sequence[str]) -> Delivery | None:
        self._fail("claim_delivery")
        return self._next(self.pending, channels)

    async def claim_unconfirmed(self, worker: str, channels: Sequence[str]) -> Delivery | None:
        return self._next(self.unconfirmed, channels)

    async def claim_stranded(self, worker: str, channels: Sequence[str], age: timedelta) -> Delivery | None:
        self._fail("claim_stranded")
        return next((self.pending.pop(i) for i, d in enumerate(self.pending) if d.channel_name not in channels), None)

    async def escalate_late(self, age: timedelta) -> UUID | None:
        return self.late.pop() if self.late else None

    async def withdraw_late(self) -> None:
        self.withdrawn += 1

    async def mark_sent(self, delivery: Delivery, sent: Sent) -> bool:
        self._fail("mark_sent")
        self.sent.append((delivery, sent))
        return not self.lost

    async def mark_failed(self, delivery: Delivery, failure: Failure) -> bool:
        self.failed.append((delivery, failure))
        return not self.lost

    async def mark_unknown(self, delivery: Delivery, failure: Failure) -> bool:
        self.unknown.append((delivery, failure))
        return not self.lost

    async def close_window(self, delivery: Delivery) -> bool:
        self.closed.append(delivery)
        return not self.lost

    async def mark_absent(self, delivery: Delivery) -> bool:
        self.absent.append(delivery)
        return not self.lost

    async def apply_status(self, status: DeliveryStatus) -> bool:
        self._fail("apply_status")
        self.statuses.append(status)
        return status.provider_id in self.known

    async def apply_non_delivery(self, report: NonDelivery) -> bool:
        self._fail("apply_non_delivery")
        self.returned.append(report)
        return report.delivery in self.known

    async def unknown_ids(self, channel_name: str, provider_ids: Sequence[str]) -> set[str]:
        return set(provider_ids) - self.known

    async def has_unconfirmed(self, channel_name: str, address: str) -> bool:
        return address in self.open_addresses


@dataclass
class FakeSessions:
    """A `SessionStore`; ``silent`` are the programs of those to end."""

    silent: list[str] = field(default_factory=list)

    async def end(self) -> list[str]:
        ended, self.silent = self.silent, []
        return ended


@dataclass
class FakeReports:
    """A `ReportStore` that keeps every report; ``down`` while it cannot be reached."""

    told: list[tuple[str, Mapping[str, str | None]]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    down: bool = False
    notes: Mapping[str, str | None] = field(default_factory=dict)

    async def report(self, worker: str, roles: Mapping[str, str | None], notes: Mapping[str, str | None]) -> None:
        if self.down:
            raise Unreachable
        self.told.append((worker, roles))
        self.notes = notes

    async def forget(self, worker: str) -> None:
        if self.down:
            raise Unreachable
        self.forgotten.append(worker)


@dataclass
class FakeSender:
    """A `ReplySender` that answers as scripted: an error is raised, anything else returned."""

    answers: list[object] = field(default_factory=list)
    found: list[object] = field(default_factory=list)
    sent: list[Delivery] = field(default_factory=list)

    async def send(self, delivery: Delivery) -> Sent:
        self.sent.append(delivery)
        return self._said(self.answers, Sent("id-1"))

    async def look_up(self, delivery: Delivery) -> Sent | None:
        return self._said(self.found, None)

    @staticmethod
    def _said(script: list[object], otherwise: object) -> Any:
        answer = script.pop(0) if script else otherwise
        if isinstance(answer, Exception):
            raise answer
        return answer


def a_delivery(channel: Channel = WEB_FORM, channel_name: str = "website", **changes: Any) -> Delivery:
    facts: dict[str, Any] = {
        "id": uuid4(),
        "conversation_id": uuid4(),
        "message_id": uuid4(),
        "part": 1,
        "channel": channel,
        "channel_name": channel_name,
        "author": Author.AI,
        "target": ReplyTarget("ada@example.org"),
        "body": "There.",
        "epoch": 1,
        "first_sent_at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    }
    return Delivery(**facts | changes)


def a_claim(*, attempt: int = 1) -> Claim:
    conversation = uuid4()
    context = TurnContext(
        conversation_id=conversation,
        ticket_id=uuid4(),
        customer_id=uuid4(),
        channel=WEB_FORM,
        channel_name="website",
        subject="s",
        customer_name="n",
        burst=(StoredMessage(1, "customer", "hello", datetime(2026, 1, 2, tzinfo=UTC)),),
        max_chars=4000,
        attempt=attempt,
    )
    since = context.burst[0].occurred_at
    return Claim(conversation, epoch=1, answered_through_seq=0, to_seq=1, unanswered_since=since, context=context)
