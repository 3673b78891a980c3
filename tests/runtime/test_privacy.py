"""Erasure beyond the tables: whose dead letters go, how far topics are deleted, and what a crash leaves open."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from runtime_doubles import FakePublisher

from fte_agent.channels import EMAIL, WEB_FORM, WHATSAPP
from fte_database.repositories.privacy.erasures import Erasure, Refusal
from fte_runtime.bus.base import Bounds, Partition, Record
from fte_runtime.dead_letters import REPLAY_OF, DeadLetter
from fte_runtime.errors import BusUnavailable, DeletionRefused
from fte_runtime.events import Topics
from fte_runtime.privacy.erasing import Erasing, receipt_json
from fte_runtime.privacy.letters import pattern_of, sort
from fte_runtime.privacy.topics import REFUSED, erase_topics

TOPICS = Topics("shop")
DLQ = TOPICS.dlq
INCOMING = TOPICS.incoming
THEIRS = ("ada@example.com", "Ada@Example.com", "+491705550199", "")


class FakeEraser:
    """Partitions by their bounds; what is refused is refused for each call."""

    def __init__(self, bounds: Mapping[Partition, Bounds], committed: Mapping[str, Mapping[Partition, int]]) -> None:
        self.held = dict(bounds)
        self._committed = committed
        self.refused: set[str] = set()
        self.deleted: list[dict[Partition, int]] = []
        self.down = False

    async def bounds(self, topics: Collection[str]) -> Mapping[Partition, Bounds]:
        if self.down:
            raise BusUnavailable("Kafka is away")
        return {place: bound for place, bound in self.held.items() if place[0] in topics}

    async def committed(self, group: str) -> Mapping[Partition, int]:
        return self._committed.get(group, {})

    async def delete_before(self, offsets: Mapping[Partition, int]) -> None:
        if {topic for topic, _ in offsets} & self.refused:
            raise DeletionRefused("no right")
        self.deleted.append(dict(offsets))
        for place, offset in offsets.items():
            self.held[place] = replace(self.held[place], first=max(self.held[place].first, offset))

    async def retention(self, topics: Collection[str]) -> Mapping[str, int | None]:
        return dict.fromkeys(topics, 1000)


class FakeReader:
    def __init__(self, *records: Record) -> None:
        self._records = records

    async def records(self, topic: str) -> AsyncIterator[Record]:
        for record in self._records:
            yield record


class FakeErasures:
    """The tables of one customer."""

    def __init__(self, refusal: Refusal | None = None) -> None:
        self.customer = uuid4()
        self.done: Erasure | None = None
        self.refused = refusal
        self.alone_now = False

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        self.alone_now = True
        yield
        self.alone_now = False

    async def spellings(self, customer: UUID) -> tuple[str, ...] | None:
        return THEIRS if customer == self.customer else None

    async def receipt(self, customer: UUID) -> Erasure | None:
        return self.done

    async def refusal(self, customer: UUID) -> Refusal | None:
        return self.refused

    async def erase(
        self, customer: UUID, actor: str, *, force: bool = False, letters: int = 0
    ) -> Erasure | Refusal | None:
        counts, now = {"dead letters": letters}, datetime.now(UTC)
        self.done = Erasure(uuid4(), (customer,), actor, force, now, counts, (), None, None)
        return self.done

    async def finish(self, erasure: UUID, topics: Mapping[str, Any]) -> Erasure | None:
        assert self.done is not None and self.done.id == erasure
        self.done = replace(self.done, topics=topics, finished_at=datetime.now(UTC))
        return self.done


def letter(offset: int, value: bytes, *, partition: int = 0, key: bytes = b"k", **headers: bytes) -> Record:
    return Record(DLQ, partition, offset, key, value, headers={"cause": b"undecodable", **headers})


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b'{"from": "ada@example.com"}', True),
        (b"From: Ada <ADA@example.com>, more", True),
        (b"email=ada%40example.com&name=Ada", True),
        (b"q=%22ada%40example.com%22", True),
        (b"To: ada@example.com.", True),
        (b"From=whatsapp%3A%2B491705550199&Body=x", True),
        (b"whatsapp:+491705550199", True),
        (b"From: canada@example.com", False),
        (b"From: x+ada@example.com", False),
        (b"From: ada@example.com.au", False),
        (b"From: ada@example.community", False),
        (b"email=canada%40example.com", False),
        (b"4917055501991", False),
        (b"\xff\xfe nothing", False),
    ],
)
def test_a_letter_is_theirs_by_a_whole_identifier_in_whichever_spelling(value: bytes, found: bool) -> None:
    pattern = pattern_of(THEIRS)
    assert pattern is not None
    assert bool(sort([DeadLetter(letter(0, value))], pattern).theirs) == found


def test_keys_and_headers_name_people_too() -> None:
    pattern = pattern_of(THEIRS)
    assert pattern is not None
    letters = [
        DeadLetter(letter(0, b"", key=b"email:ada@example.com")),
        DeadLetter(letter(1, b"", error=b"ada@example.com is wrong")),
        DeadLetter(letter(2, b"bob@example.com")),
    ]
    assert sort(letters, pattern).theirs == 2


def test_others_that_stand_before_are_written_anew_but_for_those_that_were_played_again() -> None:
    pattern = pattern_of(THEIRS)
    assert pattern is not None
    records = [letter(0, b"bob"), letter(1, b"eve"), letter(2, b"ada@example.com"), letter(3, b"joe")]
    found = sort([*(DeadLetter(each, replayed=each.offset == 1) for each in records)], pattern)
    assert found.before == {(DLQ, 0): 3}
    assert [record.value for record in found.anew] == [b"bob"]


def test_nobody_is_named_by_nothing() -> None:
    assert pattern_of(["", " "]) is None


@pytest.fixture
def eraser() -> FakeEraser:
    bounds = {
        (INCOMING, 0): Bounds(5, 20),
        (INCOMING, 1): Bounds(0, 4),
        (INCOMING, 2): Bounds(0, 9),
        (TOPICS.audit(EMAIL), 0): Bounds(0, 7),
        (TOPICS.audit(WHATSAPP), 0): Bounds(0, 8),
        (TOPICS.audit(WEB_FORM), 0): Bounds(2, 6),
        (DLQ, 0): Bounds(0, 3),
        (TOPICS.named("escalations"), 0): Bounds(0, 2),
    }
    committed = {
        TOPICS.group: {(INCOMING, 0): 12, (INCOMING, 2): 9},
        TOPICS.events_group: {(TOPICS.audit(WHATSAPP), 0): 6},
    }
    return FakeEraser(bounds, committed)


async def test_what_was_read_is_deleted_and_what_nobody_reads_and_the_rest_is_told(eraser: FakeEraser) -> None:
    told = await erase_topics(eraser, TOPICS, {WHATSAPP, WEB_FORM})
    firsts = {place: bound.first for place, bound in eraser.held.items()}
    assert firsts[INCOMING, 0] == 12 and firsts[INCOMING, 1] == 0 and firsts[INCOMING, 2] == 9
    assert firsts[TOPICS.audit(WHATSAPP), 0] == 6, "reports that are not read yet are not lost"
    assert firsts[TOPICS.audit(EMAIL), 0] == 7, "no mailbox is bound, so nobody reads it"
    assert firsts[TOPICS.audit(WEB_FORM), 0] == 6
    assert firsts[DLQ, 0] == firsts[TOPICS.named("escalations"), 0] == 0
    assert told[INCOMING] == {"deleted_before": {"0": 12, "2": 9}, "left": 12, "note": "", "retention_ms": 1000}
    assert told[TOPICS.named("escalations")]["left"] == 2
    assert TOPICS.named("metrics") not in told, "it is not there"


async def test_a_topic_that_may_not_be_shortened_is_told_with_the_remedy_and_the_others_are(eraser: FakeEraser) -> None:
    eraser.refused = {INCOMING}
    told = await erase_topics(eraser, TOPICS, {WHATSAPP})
    assert (told[INCOMING]["note"], told[INCOMING]["left"]) == (REFUSED, 28)
    assert told[TOPICS.audit(WHATSAPP)]["deleted_before"] == {"0": 6}


def erasing(store: FakeErasures, eraser: FakeEraser, *records: Record) -> tuple[Erasing, FakePublisher]:
    publisher = FakePublisher()
    reader = FakeReader(*records)
    made = Erasing(store=store, topics=TOPICS, bound={WHATSAPP}, reader=reader, publisher=publisher, eraser=eraser)
    return made, publisher


async def test_after_a_crash_between_tables_and_topics_the_same_call_goes_on(eraser: FakeEraser) -> None:
    store = FakeErasures()
    tool, _ = erasing(store, eraser)
    eraser.down = True
    with pytest.raises(BusUnavailable):
        await tool.erase(store.customer, "admin")
    assert store.done is not None and store.done.finished_at is None
    first = store.done
    eraser.down = False
    done = await tool.erase(store.customer, "somebody else")
    assert isinstance(done, Erasure)
    assert (done.id, done.actor) == (first.id, "admin") and done.finished_at is not None
    calls = len(eraser.deleted)
    assert await tool.erase(store.customer, "admin") == done and len(eraser.deleted) == calls
    assert not any(word in str(receipt_json(done)) for word in THEIRS if word)


async def test_their_letters_go_and_are_counted_and_others_are_written_first(eraser: FakeEraser) -> None:
    store = FakeErasures()
    records = (letter(0, b"bob", sender=b"bob"), letter(1, b"ada@example.com"), letter(2, b"joe"))
    tool, publisher = erasing(store, eraser, *records)
    done = await tool.erase(store.customer, "admin")
    assert isinstance(done, Erasure) and done.counts == {"dead letters": 1}
    headers = {"cause": b"undecodable", "sender": b"bob"}
    assert publisher.records == [(DLQ, b"k", b"bob", headers)]
    assert eraser.held[DLQ, 0].first == 2


async def test_letters_are_read_and_deleted_while_no_other_erasure_writes_any_anew(
    eraser: FakeEraser, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, seen = FakeErasures(), []
    tool, publisher = erasing(store, eraser, letter(0, b"bob"), letter(1, b"ada@example.com"))

    async def records(self: FakeReader, topic: str) -> AsyncIterator[Record]:
        seen.append(store.alone_now)
        for each in self._records:
            yield each

    async def delete_before(offsets: Mapping[Partition, int]) -> None:
        seen.extend(store.alone_now for topic, _ in offsets if topic == DLQ)

    monkeypatch.setattr(FakeReader, "records", records)
    monkeypatch.setattr(eraser, "delete_before", delete_before)
    assert isinstance(await tool.erase(store.customer, "admin"), Erasure)
    assert seen == [True, True, True] and len(publisher.records) == 1


async def test_without_the_right_to_delete_no_letter_is_written_twice(eraser: FakeEraser) -> None:
    store = FakeErasures()
    eraser.refused = {DLQ}
    tool, publisher = erasing(store, eraser, letter(0, b"bob"), letter(1, b"ada@example.com"))
    assert isinstance(await tool.erase(store.customer, "admin"), Erasure)
    assert publisher.records == [] and eraser.held[DLQ, 0].first == 0


async def test_a_refused_erasure_touches_no_topic_unless_it_is_forced(eraser: FakeEraser) -> None:
    refused = Refusal(held=(uuid4(),))
    store = FakeErasures(refused)
    tool, _ = erasing(store, eraser, letter(0, b"ada@example.com"))
    assert await tool.erase(store.customer, "admin") == refused
    assert eraser.deleted == [] and store.done is None
    assert isinstance(await tool.erase(store.customer, "admin", force=True), Erasure)


async def test_nobody_is_erased_by_an_unknown_id(eraser: FakeEraser) -> None:
    tool, _ = erasing(FakeErasures(), eraser, letter(0, b"x", **{REPLAY_OF: b"0:1"}))
    assert await tool.erase(uuid4(), "admin") is None
    assert eraser.deleted == []
