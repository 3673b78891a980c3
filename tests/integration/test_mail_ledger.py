"""Workers that die while they read a mailbox or answer from it, and what who wrote was promised (tests/ledger.py)."""

from random import Random

import pytest
from data_plane import DataPlane, until
from ledger_world import invariants, stopped, violations, wake, worked_off
from mail_world import (
    LOST,
    SYNC,
    TIMES,
    Google,
    Writers,
    begun,
    dies_or_reads_all,
    holder,
    opened,
    read_to_the_end,
    taken_over,
)

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.timeout(600)]

ACCOUNT = "fte_runtime.channels.gmail.account.Account"
CURSORS = "fte_database.repositories.cursors.ChannelCursorStore"
READER = "fte_runtime.channels.gmail.reading.Reader"
PUBLISHER = "fte_runtime.inbound_publisher.BusInboundPublisher"
TAKEOVERS = "fte_database.repositories.takeover.PostgresTakeoverStore"

FIRST_CURSOR = f"{CURSORS}[{SYNC}].move:1:before"
WATCHING = (f"{ACCOUNT}.watch:1:after", f"{CURSORS}[gmail-watch].move:1:before")
UNWATCHED = {"on": "watch", "status": 503, "times": None}
READING = (
    f"{ACCOUNT}.history:3:after",
    f"{ACCOUNT}.history:12:after",
    f"{ACCOUNT}.message:20:after",
    f"{READER}.take:150:before",
    f"{PUBLISHER}.publish:1:after",
    f"{PUBLISHER}.publish:400:after",
    f"{CURSORS}[{SYNC}].move:1:before",
    f"{CURSORS}[{SYNC}].move:1:after",
)
ANSWERING = (
    "senders[mail].send:1:before",
    "senders[mail].send:1:after",
    "deliveries.mark_sent:1:before",
    "tickets.commit:1:before",
    f"{TAKEOVERS}.take_over:1:before",
    f"{TAKEOVERS}.take_over:1:after",
)
TROUBLE: tuple[dict[str, object], ...] = (
    {"on": "get", "status": 403, "reason": "rateLimitExceeded", "times": 2},
    {"on": "get", "status": 503, "times": 2},
    {"on": "get", "cut": "reset"},
    {"on": "history", "status": 500},
    {"on": "history", "status": 429, "reason": "userRateLimitExceeded", "retry_after": 1},
    {"on": "token", "status": 503},
    {"on": "send", "status": 503, "accepted": True, "times": 2},
    {"on": "send", "cut": "reset", "accepted": True, "times": 2},
    {"on": "send", "cut": "reset"},
    {"on": "thread", "status": 500},
)
STATES = "SELECT state, count(*) FROM deliveries GROUP BY state"
HELD_BACK: dict[str, object] = {
    "on": "send",
    "status": 429,
    "reason": "rateLimitExceeded",
    "retry_after": 60,
    "times": 20,
}


@pytest.fixture
async def google(data_plane: DataPlane, request: pytest.FixtureRequest) -> Google:
    """The API runs and customers can write; the workers are each test's to start. A test may do without pushes."""
    google = Google(data_plane, pushes=getattr(request, "param", True))
    await google.start(page=42)
    await data_plane.api()
    return google


@pytest.fixture
def writers(google: Google) -> Writers:
    return Writers(google, Random(1))


async def kept(plane: DataPlane, google: Google, writers: Writers) -> None:
    """Everything was read and worked off, and every promise kept."""
    await read_to_the_end(plane, writers)
    await taken_over(plane, writers.colleagues)
    await worked_off(plane, 240)
    assert await violations(plane, google, writers.said) == []
    invariants(plane)


async def test_five_hundred_mails_over_twelve_pages_outlive_a_crash_at_every_step_of_their_reading(
    data_plane, google, writers
):
    await google.order("script", [UNWATCHED])  # each may come first, and then it is not done again
    await data_plane.killed(data_plane.deadly_worker(FIRST_CURSOR, **TIMES), 180)
    await google.order("script", [])
    for kill in WATCHING:
        await data_plane.killed(data_plane.deadly_worker(kill, **TIMES), 180)
    await opened(data_plane, google)
    await writers.write_all(500)
    for kill in READING:
        await data_plane.killed(data_plane.deadly_worker(kill, **TIMES), 180)
    data_plane.faulty_worker(**TIMES)
    await kept(data_plane, google, writers)
    assert len(google.journal.requests("history")) > 5 * 12
    assert len(google.provided.taken) >= len(writers.threads)


async def test_mails_are_answered_once_though_workers_die_at_every_step_of_their_answers(data_plane, google, writers):
    await opened(data_plane, google)
    for place, kill in enumerate(ANSWERING):
        await writers.write_all(20, push={"times": 2})
        if kill.startswith(TAKEOVERS):
            await writers.answer(writers.threads[-1])
        await data_plane.killed(data_plane.deadly_worker(kill, **TIMES), 180)
        await writers.write(writers.threads[place], push=LOST)
    await google.order("script", [{"on": "send", "cut": "reset", "accepted": True, "times": 3}])
    data_plane.faulty_worker(**TIMES)
    await kept(data_plane, google, writers)
    assert len(google.provided.taken) >= len(writers.threads) - len(writers.colleagues)


async def test_pushes_that_are_late_doubled_or_out_of_order_have_every_mail_read(data_plane, google, writers):
    """The poll is minutes away."""
    await data_plane.worker(**TIMES)
    await begun(data_plane, google)
    await writers.write_all(60)
    await writers.write(push={"delay": 1, "times": 3})
    await kept(data_plane, google, writers)
    assert {each["outcome"] for each in google.journal.of("push")} == {204}


@pytest.mark.parametrize("google", [False], indirect=True)
async def test_without_any_push_the_poll_finds_every_mail(data_plane, google, writers):
    data_plane.faulty_worker("--poll", "1", **TIMES)
    await begun(data_plane, google)
    await writers.write_all(60)
    await kept(data_plane, google, writers)
    assert google.journal.of("push") == []


@pytest.mark.parametrize("frozen", [False, True])
async def test_when_the_reader_of_a_mailbox_dies_or_freezes_another_reads_on_within_ten_seconds(
    data_plane, google, writers, frozen
):
    await opened(data_plane, google)
    await writers.write_all(60, push=LOST)
    kill = f"{READER}.take:30:before"
    first = data_plane.deadly_worker(kill, *(["--stop"] if frozen else []), **TIMES)
    before = await until(lambda: holder(data_plane), 180, "a reader")
    data_plane.faulty_worker("--poll", "1", **TIMES)
    await (stopped(first) if frozen else data_plane.killed(first, 180))

    async def another() -> bool:
        return await holder(data_plane) not in (None, before)

    await until(another, 15, "another reader")  # ten seconds by design, and what a busy machine adds
    await writers.write_all(20, push=LOST)
    await read_to_the_end(data_plane, writers)
    await worked_off(data_plane, asleep=frozen)
    if frozen:
        wake(first)
    await writers.write_all(10, push=LOST)
    await kept(data_plane, google, writers)


@pytest.mark.parametrize("forgotten", [False, True])
async def test_an_outage_loses_nothing_even_when_history_is_too_old(data_plane, google, writers, forgotten):
    """What a colleague answered meanwhile stays theirs, what is nobody's question is left alone."""
    await opened(data_plane, google)
    await writers.write_all(100, push=LOST)
    await data_plane.killed(data_plane.deadly_worker(f"{READER}.take:60:before", **TIMES), 180)
    await writers.answer(writers.threads[5])
    for labels in (["UNREAD"], ["SPAM"], ["TRASH"], ["DRAFT"], []):
        await writers.gone(**({"labels": labels} if labels else {}))
    await writers.write_all(20, push=LOST)
    await writers.answer(writers.threads[-1])
    if forgotten:
        await google.order("forget", {"history": "desk@example.org"})
    await google.order("script", [rule for rule in TROUBLE if rule["on"] in ("get", "history", "token")])
    data_plane.faulty_worker("--poll", "1", **TIMES)
    await writers.write(writers.threads[6], hidden_gets=2, hidden_lists=1)
    await kept(data_plane, google, writers)
    assert writers.threads[-1].customer not in {each.to for each in google.provided.taken}
    assert forgotten == bool([each for each in google.journal.requests("list") if "SENT" in each["params"].values()])


async def test_what_a_colleague_answers_stops_what_the_employee_was_about_to_send(data_plane, google, writers):
    await opened(data_plane, google)
    await google.order("script", [HELD_BACK])
    await data_plane.worker(**TIMES)
    await writers.write_all(10, in_a_thread=1, push={})

    async def held_back() -> bool:
        return {row["state"]: row["count"] for row in await data_plane.rows(STATES)} == {"pending": 10}

    await until(held_back, 60, "ten answers that wait for Gmail")
    for thread in writers.threads[:4]:
        await writers.answer(thread, push={})
    await taken_over(data_plane, writers.colleagues)
    await google.order("script", [])
    assert {row["state"]: row["count"] for row in await data_plane.rows(STATES)} == {"pending": 6, "cancelled": 4}
    await data_plane.rows("UPDATE deliveries SET next_attempt_at = now() WHERE state = 'pending'")
    await kept(data_plane, google, writers)
    assert {each.to for each in google.provided.taken} == {each.customer for each in writers.threads[4:]}


@pytest.mark.parametrize("seed", [1])
async def test_no_promise_is_broken_whatever_fails_in_whatever_order(data_plane, google, seed):
    """The seed fixes what fails in which order; another one is another test."""
    random = Random(seed)
    writers = Writers(google, random)
    await google.order("pages", {"largest": 5})
    await opened(data_plane, google)
    for _ in range(6):
        await writers.write_all(random.randrange(40, 80))
        await google.order("script", random.sample(TROUBLE, 4))
        if random.random() < 0.5:
            await writers.answer(random.choice(writers.threads))
        if random.random() < 0.3:
            await google.order("forget", {"history": "desk@example.org"})
        if random.random() < 0.3:
            await google.order("forget", {"tokens": True})
        kill = random.choice((*READING, *ANSWERING))
        await dies_or_reads_all(data_plane, data_plane.deadly_worker(kill, **TIMES), writers)
    await google.order("script", [])
    await data_plane.worker(**TIMES)
    await writers.write(push={})
    await kept(data_plane, google, writers)
