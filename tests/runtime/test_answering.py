"""Whether messages are read and answered, judged from what is known."""

from datetime import UTC, datetime

import pytest
from runtime_doubles import FakeClock, Unreachable

from fte_database.repositories.health import WorkerReport
from fte_runtime.answering import (
    SILENT_SECONDS,
    UNANSWERED_SECONDS,
    UNREAD_SECONDS,
    Answering,
    answered_by,
    read_by,
    said_by,
)
from fte_runtime.bus.base import GroupState
from fte_runtime.bus.standing import Standing

NOW = datetime(2026, 1, 2, tzinfo=UTC).timestamp()


def errors(parts):
    return {name: part["error"] for name, part in parts.items()}


def test_a_worker_that_reports_well_is_well():
    assert errors(said_by([WorkerReport("w", {"ingest": None}, SILENT_SECONDS)])) == {"workers": None, "roles": None}


def test_workers_that_fell_silent_are_told_and_what_they_said_is_old_news():
    found = said_by([WorkerReport("w", {"ingest": "the database is read-only"}, SILENT_SECONDS + 1)])
    assert errors(found) == {"workers": "no worker has reported for 20 s", "roles": None}
    assert found["workers"]["alive"] == 0


def test_one_that_lives_is_enough_and_every_fault_of_the_living_is_told():
    found = said_by(
        [
            WorkerReport("b", {"ingest": None, "relay": "Kafka: a topic is missing"}, 1),
            WorkerReport("a", {"ingest": "the database is read-only"}, 2),
            WorkerReport("gone", {"process": "old news"}, 99),
        ]
    )
    assert errors(found) == {
        "workers": None,
        "roles": "ingest: the database is read-only; relay: Kafka: a topic is missing",
    }
    assert found["workers"]["alive"] == 2


def test_where_no_worker_ever_reported_nothing_is_known():
    assert said_by([]) == {}


@pytest.mark.parametrize(
    ("group", "told"),
    [
        (GroupState(12, 12, None), {"readers": None, "unread": None}),
        (GroupState(12, 12, NOW - UNREAD_SECONDS), {"readers": None, "unread": None}),
        (
            GroupState(12, 12, NOW - UNREAD_SECONDS - 1),
            {"readers": None, "unread": "a message has waited to be read for more than 30 s"},
        ),
        (GroupState(12, 0, None), {"readers": "12 of 12 partitions have no reader", "unread": None}),
        (GroupState(12, 11, NOW + 3), {"readers": "1 of 12 partitions have no reader", "unread": None}),
        (GroupState(12, None, None), {"unread": None}),
        (GroupState(0, 0, None), {}),
    ],
)
def test_partitions_without_a_reader_and_old_records_are_told(group, told):
    assert errors(read_by(group, NOW)) == told


@pytest.mark.parametrize(
    ("seconds", "late"), [(None, False), (UNANSWERED_SECONDS, False), (UNANSWERED_SECONDS + 1, True)]
)
def test_an_answer_that_is_late_is_told(seconds, late):
    error = errors(answered_by(seconds))["unanswered"]
    assert error == ("a message has waited for its answer for more than 180 s" if late else None)


async def test_what_one_does_not_tell_hides_nothing_of_the_others():
    """A table that is locked keeps what waits from being asked, and not what the workers say of it."""

    async def locked():
        raise Unreachable("locked")

    async def reports():
        return [WorkerReport("w", {"ingest": "the database is locked"}, 1)]

    class Group:
        async def look(self):
            return GroupState(3, 0, None)

    work = Answering(workers=reports, unanswered=locked, group=Group(), clock=FakeClock())
    found = await work.now(brokers=True, database=True)
    assert errors(found) == {
        "workers": None,
        "roles": "ingest: the database is locked",
        "readers": "3 of 3 partitions have no reader",
        "unread": None,
    }
    assert (await work.now(brokers=True, database=False)).keys() == {"readers", "unread"}
    assert (await work.now(brokers=False, database=True)).keys() == {"workers", "roles"}
    await work.aclose()


def test_a_record_that_cannot_be_read_is_as_old_as_it_is_known():
    now = [100.0]
    standing = Standing(lambda: now[0])
    assert standing.oldest({}, {}) is None
    assert standing.oldest({"a": 7, "b": 1}, {"b": 90.0}) == 90
    now[0] = 140.0
    assert standing.oldest({"a": 7, "b": 2}, {}) == 100, "nobody read on"
    now[0] = 150.0
    assert standing.oldest({"a": 8}, {}) == 150, "somebody did"
    assert standing.oldest({"a": 8}, {"a": None}) is None, "there is no record"
    assert standing.oldest({}, {}) is None
    assert standing.oldest({"a": 8}, {}) == 150, "it was away meanwhile"
