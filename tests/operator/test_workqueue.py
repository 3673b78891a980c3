import asyncio

import pytest

from fte_operator.errors import OperatorError
from fte_operator.workqueue import Key, Result, Schedule, WorkQueue, backoff

A, B = Key("DigitalFTE", "default", "a"), Key("DigitalFTE", "default", "b")


def test_a_key_added_twice_runs_once():
    schedule = Schedule()
    schedule.add(A, 1.0)
    schedule.add(A, 1.0)
    assert schedule.take(1.0) == A
    schedule.finish(A, failed=False)
    assert schedule.take(9.0) is None


def test_nothing_runs_before_it_is_due_and_the_oldest_runs_first():
    schedule = Schedule()
    schedule.add(A, 5.0)
    schedule.add(B, 3.0)
    assert schedule.take(2.9) is None
    assert schedule.next_at() == 3.0
    assert [schedule.take(6.0), schedule.take(6.0)] == [B, A]


def test_an_earlier_time_wins_over_a_later_one():
    schedule = Schedule()
    schedule.add(A, 600.0)
    schedule.add(A, 1.0)
    schedule.add(A, 300.0)
    assert schedule.take(1.0) == A
    schedule.finish(A, failed=False)
    assert schedule.take(1000.0) is None


def test_a_running_key_is_never_taken_again_but_runs_once_more_afterwards():
    schedule = Schedule()
    schedule.add(A, 0.0)
    schedule.add(B, 2.0)
    assert schedule.take(0.0) == A
    schedule.add(A, 1.0)
    assert schedule.take(2.0) == B
    assert schedule.take(2.0) is None
    assert schedule.next_at() is None
    schedule.finish(A, failed=False)
    assert schedule.take(2.0) == A


def test_failures_in_a_row_are_counted_until_a_success():
    schedule = Schedule()
    counts = []
    for failed in (True, True, False, True):
        schedule.add(A, 0.0)
        schedule.take(0.0)
        counts.append(schedule.finish(A, failed=failed))
    assert counts == [1, 2, 0, 1]


def test_waiting_tells_how_many_keys_are_due_and_for_how_long():
    schedule = Schedule()
    schedule.add(A, 1.0)
    schedule.add(B, 4.0)
    assert schedule.waiting(3.0) == (1, 2.0)
    assert schedule.waiting(6.0) == (2, 5.0)


def test_one_namespace_and_those_that_fail_take_their_share_and_no_more():
    schedule = Schedule(share=2)
    mine, yours = ([Key("DigitalFTE", namespace, str(n)) for n in range(4)] for namespace in ("mine", "yours"))
    for key in (*mine, *yours):
        schedule.add(key, 0.0)
    running = [schedule.take(1.0) for _ in range(5)]
    assert running == [mine[0], yours[0], mine[1], yours[1], None]
    assert schedule.next_at() is None, "nothing to wait for but the end of a run"
    schedule.finish(mine[0], failed=True)
    assert schedule.take(1.0) == mine[2]


def test_those_that_failed_take_their_share_and_no_more():
    schedule = Schedule(share=2)
    failing, good = [Key("DigitalFTE", f"n{n}", "a") for n in range(4)], Key("DigitalFTE", "good", "a")
    for key in failing:
        schedule.add(key, 0.0)
        schedule.finish(schedule.take(0.0), failed=True)
    for key in (*failing, good):
        schedule.add(key, 1.0)
    assert [schedule.take(2.0) for _ in range(4)] == [good, *failing[:2], None]
    schedule.finish(failing[0], failed=False)
    assert schedule.take(2.0) == failing[2]


def test_namespaces_take_turns_however_many_keys_one_has():
    schedule = Schedule()
    many, few, late = ([Key("DigitalFTE", name, str(n)) for n in range(4)] for name in ("many", "few", "late"))
    for key in (*many, *few[:2]):
        schedule.add(key, 0.0)
    assert [schedule.take(1.0) for _ in range(3)] == [many[0], few[0], many[1]]
    schedule.add(late[0], 1.0)
    assert [schedule.take(1.0) for _ in range(5)] == [late[0], few[1], many[2], many[3], None]


@pytest.mark.parametrize("neighbours", [4, 50, 1000])
def test_whoever_recovers_waits_one_turn_behind_any_number_that_fail_elsewhere(neighbours):
    """Each run of theirs takes 10 s; they are due again at once, and it became due last."""
    schedule, honest = Schedule(share=4), Key("DigitalFTE", "honest", "a")
    for key in (honest, *(Key("DigitalFTE", "hostile", str(n)) for n in range(neighbours))):
        schedule.add(key, 0.0)
        schedule.finish(schedule.take(0.0), failed=True)
        schedule.add(key, 3600.0 if key == honest else 1.0)
    running = [schedule.take(2.0) for _ in range(5)]
    assert running.pop() is None
    schedule.add(honest, 5.0)
    assert schedule.take(11.0) is None, "the places of those that fail are taken"
    schedule.finish(running[0], failed=True)
    schedule.add(running[0], 12.0)
    assert schedule.take(12.0) == honest


class Refused(OperatorError):
    retryable = False


@pytest.mark.parametrize(("error", "longest"), [(Refused("no"), 66), (OperatorError("no"), 330)])
def test_what_is_refused_is_tried_at_least_once_a_minute(error, longest):
    after = queue_of(Runs())._after(Result(), error, 20)
    assert longest * 9 / 11 <= after <= longest


def test_backoff_doubles_from_one_second_to_five_minutes():
    assert [backoff(n) for n in (1, 2, 3, 9, 10, 1000)] == [1, 2, 4, 256, 300, 300]


class Runs:
    """A reconcile that records, and holds each run until it is let go."""

    def __init__(self, *outcomes: Result | Exception) -> None:
        self.outcomes = list(outcomes)
        self.keys: list[Key] = []
        self.running = 0
        self.most = 0
        self.started = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, key: Key) -> Result:
        self.keys.append(key)
        self.running += 1
        self.most = max(self.most, self.running)
        self.started.set()
        await self.go.wait()
        self.running -= 1
        outcome = self.outcomes.pop(0) if self.outcomes else Result()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.keys) < count:
                self.started.clear()
                await self.started.wait()


def queue_of(runs: Runs, resync: float = 3600) -> WorkQueue:
    return WorkQueue(runs, reconcile_seconds=5, resync_seconds=resync)


async def stopped(queue: WorkQueue, *workers: asyncio.Task) -> None:
    queue.stop()
    async with asyncio.timeout(10):
        await asyncio.gather(*workers)


async def test_workers_run_different_keys_side_by_side_and_stop_after_the_current_run():
    runs = Runs()
    runs.go.clear()
    queue = queue_of(runs)
    workers = [asyncio.create_task(queue.work()) for _ in range(3)]
    queue.add(A, 0)
    queue.add(B, 0)
    await runs.until(2)
    queue.stop()
    assert runs.most == 2
    runs.go.set()
    await stopped(queue, *workers)
    assert runs.running == 0


async def test_a_success_is_repeated_at_the_resync_and_a_gone_key_is_not():
    runs = Runs(Result(), Result(gone=True))
    queue = queue_of(runs, resync=0.01)
    worker = asyncio.create_task(queue.work())
    queue.add(A, 0)
    await runs.until(2)
    queue.add(B, 0.03)
    await runs.until(3)
    await stopped(queue, worker)
    assert runs.keys[:3] == [A, A, B]


async def test_requeue_after_comes_before_the_resync():
    runs = Runs(Result(requeue_after=0.01), Result(gone=True))
    queue = queue_of(runs)
    worker = asyncio.create_task(queue.work())
    queue.add(A, 0)
    await runs.until(2)
    await stopped(queue, worker)


@pytest.mark.parametrize("error", [OperatorError("no"), ValueError("a bug"), TimeoutError()])
async def test_a_failure_is_logged_and_tried_again(monkeypatch, caplog, error):
    monkeypatch.setattr("fte_operator.workqueue.FIRST_RETRY_SECONDS", 0.01)
    runs = Runs(error, Result(gone=True))
    queue = queue_of(runs)
    worker = asyncio.create_task(queue.work())
    queue.add(A, 0)
    await runs.until(2)
    await stopped(queue, worker)
    assert runs.keys == [A, A]
    assert "DigitalFTE default/a" in caplog.text


async def test_a_reconcile_that_hangs_is_cut_off_and_tried_again(monkeypatch):
    monkeypatch.setattr("fte_operator.workqueue.FIRST_RETRY_SECONDS", 0.01)
    runs = Runs()
    runs.go.clear()
    queue = WorkQueue(runs, reconcile_seconds=0.02, resync_seconds=3600)
    worker = asyncio.create_task(queue.work())
    queue.add(A, 0)
    await runs.until(2)
    runs.go.set()
    await stopped(queue, worker)
