"""How a mailbox's reading and credentials are told, whoever reads, hangs or dies: against the double."""

from datetime import timedelta

import pytest
from doubles.google.misbehaviour import Rule
from doubles.google_world import a_mail
from gmail_world import PUB_SUB, Room, a_world

from fte_database.errors import Unreachable as StoreUnreachable
from fte_runtime.channels.gmail.failures import GmailError, NoAnswer, NoCredentials, QuotaExceeded, Rejected
from fte_runtime.channels.gmail.health import Checks, CredentialsCheck
from fte_runtime.channels.gmail.position import POLL_SECONDS
from fte_runtime.channels.gmail.progress import GRACE, STALE, Progress, ReadingCheck
from fte_runtime.channels.gmail.pushes import HINTS, LONG, PushesCheck
from fte_runtime.channels.parts import AGAIN_SECONDS, CREDENTIALS, READ, REGISTRATION, SYNC
from fte_runtime.errors import BusUnavailable


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path) as world:
        yield world


@pytest.fixture
def room(world):
    return Room(world)


def a_check(room, **changes):
    """As a worker that runs for a while already has it."""
    check = ReadingCheck(channel="mail", cursors=room.cursors, report=room.told, clock=room.clock, **changes)
    check._began -= timedelta(hours=1)
    return check


def later(room, span):
    room.clock.advance(span.total_seconds())


# How it is read


async def test_a_whole_reading_is_told_as_well_with_its_time(room):
    sync = room.sync()
    await sync.step()
    first = room.cursors.positions["mail", READ]
    later(room, timedelta(seconds=POLL_SECONDS))
    await sync.step()
    assert room.told == [(SYNC, None)] * 2
    assert room.cursors.positions["mail", READ] > first, "though nothing changed"


async def test_three_polls_without_a_whole_reading_are_told_with_their_beginning_and_the_last_error(world, room):
    sync, check = room.sync(), a_check(room)
    await sync.step()
    began = room.clock.now()
    world.double.script.replace([Rule(on="history", status=503, times=None)])
    for span in (STALE, timedelta(seconds=1)):
        later(room, span)
        with pytest.raises(NoAnswer):
            await sync.step()
        await check.step()
    [first, *well, fault] = room.told.of(SYNC)
    assert (first, well) == (None, [None, fault]), "not yet at the bound itself"
    since = f"{began:%Y-%m-%d %H:%M} UTC"
    assert fault == f"The mailbox has not been read to its end since {since}: Gmail does not answer as it should."
    world.double.script.replace([])
    await sync.step()
    await check.step()
    assert room.told.of(SYNC)[-2:] == [None, None], "the end of it is told at once"


async def test_a_reading_that_hangs_is_told_by_who_does_not_read(room):
    await room.sync().step()
    later(room, STALE + timedelta(seconds=1))
    await a_check(room).step()
    assert room.told.of(SYNC)[-1].endswith("UTC: the reading takes too long.")


async def test_one_that_never_came_to_its_end_is_told_from_its_first_trial_on_whichever_worker_tried(world, room):
    world.double.script.replace([Rule(on="profile", status=503, times=None)])
    for _ in range(2):
        with pytest.raises(NoAnswer):
            await room.sync().step()
        later(room, STALE / 2 + timedelta(seconds=1))
    await a_check(room).step()
    assert room.told.of(SYNC)[-1] is not None


async def test_a_mailbox_that_nobody_ever_tried_to_read_is_told(room):
    await a_check(room).step()
    assert room.told.of(SYNC)[-1] is not None


async def test_a_worker_that_just_started_has_time_for_its_first_reading(room):
    await room.sync().step()
    later(room, timedelta(days=3))  # a pause, or nobody was there
    check = ReadingCheck(channel="mail", cursors=room.cursors, report=room.told, clock=room.clock)
    await check.step()
    assert room.told == [(SYNC, None)]
    later(room, GRACE + timedelta(seconds=1))
    await check.step()
    assert room.told.of(SYNC)[-1] is not None


async def test_one_failure_of_a_worker_s_first_readings_after_a_pause_is_not_told_of_all_that_time(world, room):
    await room.sync().step()
    later(room, timedelta(days=3))  # a pause, or nobody was there
    sync = room.sync()
    world.double.script.replace([Rule(on="history", status=503, times=2)])
    with pytest.raises(NoAnswer):
        await sync.step()
    assert room.told == [(SYNC, None)]
    later(room, GRACE + timedelta(seconds=1))
    with pytest.raises(NoAnswer):
        await sync.step()
    assert room.told.of(SYNC)[-1] is not None


async def test_a_paused_channel_is_not_read_and_takes_back_what_was_told(room):
    await room.sync().step()
    later(room, timedelta(days=3))
    await a_check(room).step()
    await a_check(room, paused=True).step()
    assert [error is None for error in room.told.of(SYNC)] == [True, False, True]


async def test_history_that_is_too_old_is_told_while_the_inbox_is_listed_and_until_that_is_done(world, room):
    await room.sync().step()
    for number in range(3):
        world.double.deliver(a_mail(f"Question {number}.", Message_ID=f"<{number}@example.net>"))
    world.double.mailbox().forget_history()
    later(room, timedelta(seconds=POLL_SECONDS))
    world.double.script.replace([Rule(on="list", status=503)])
    with pytest.raises(NoAnswer):
        await room.sync().step()
    await a_check(room).step()
    [_, began, failed, checked] = room.told.of(SYNC)
    assert "does not reach back" in began and "listed" in began
    assert failed == checked and "Gmail does not answer as it should" in failed
    await room.sync().step()
    assert room.told.of(SYNC)[-1] is None
    assert len(room.bodies) == 3


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NoAnswer(), "Gmail does not answer as it should"),
        (Rejected("invalid_grant"), "Google refuses the credentials: they have expired"),
        (NoCredentials("/run/secrets/x: cannot be read"), "the worker cannot read the channel's credentials"),
        (BusUnavailable("no broker at 10.0.0.7"), "Kafka: cannot be reached"),
        (StoreUnreachable("no answer of 10.0.0.7"), "the database cannot be reached"),
        (KeyError("ada@example.net"), "failed unexpectedly; its log says why"),
    ],
)
async def test_the_last_error_is_told_in_words_that_anybody_may_read(room, error, told):
    reading = room.sync()._reading
    await reading.failed(error)
    later(room, STALE + timedelta(seconds=1))
    await a_check(room).step()
    said = room.told.of(SYNC)[-1]
    assert told in said
    assert not any(word in said for word in ("10.0.0.7", "ada@", "/run"))


def test_what_was_written_of_it_is_read(room):
    for one in (Progress(room.clock.now()), Progress(room.clock.now(), True, "Gmail is away: wholly")):
        assert Progress.of(one.read.isoformat(), one.trouble) == one


async def test_what_is_read_is_counted(world, room):
    sync = room.sync()
    await sync.step()
    for number in range(3):
        world.double.deliver(a_mail(Message_ID=f"<{number}@example.net>"))
    later(room, timedelta(seconds=POLL_SECONDS))
    await sync.step()
    value = room.metrics.registry.get_sample_value
    assert value("fte_sync_pages_total", {"channel": "mail"}) == 1
    assert value("fte_sync_mails_total", {"channel": "mail"}) == 3
    assert value("fte_sync_seconds_count", {"channel": "mail"}) == 2
    assert POLL_SECONDS - 60 < value("fte_sync_lag_seconds", {"channel": "mail"}) <= POLL_SECONDS


# The credentials


def credentials(world, room):
    return CredentialsCheck(channel="mail", account=world.account(), report=room.told)


async def test_one_refused_token_may_be_chance_and_is_looked_at_again_soon(world, room):
    check = credentials(world, room)
    await check.step()
    world.double.script.replace([Rule(on="profile", status=401, reason="authError", times=2)])
    await check.step()
    assert (room.told, check.period) == ([(CREDENTIALS, None)], AGAIN_SECONDS)
    await check.step()
    assert (room.told, check.period) == ([(CREDENTIALS, None)] * 2, check.usual)


async def test_two_in_a_row_are_told_and_stay_told(world, room):
    check = credentials(world, room)
    world.double.script.replace([Rule(on="profile", status=401, reason="authError", times=None)])
    for _ in range(3):
        await check.step()
    assert [part for part, error in room.told if error] == [CREDENTIALS] * 2
    assert check.period == check.usual


@pytest.mark.parametrize(
    "rule",
    [
        Rule(on="token", status=400, reason="invalid_grant", times=None),
        Rule(on="token", status=401, reason="unauthorized_client", times=None),
        Rule(on="profile", status=403, reason="accessNotConfigured"),
    ],
)
async def test_what_google_says_for_good_is_told_at_once_and_a_new_secret_heals(world, room, rule):
    check = credentials(world, room)
    world.double.script.replace([rule])
    await check.step()
    world.double.script.replace([])
    world.authorised_user()
    await check.step()
    assert [error is None for error in room.told.of(CREDENTIALS)] == [False, True]


async def test_the_sync_tells_refused_credentials_at_once(world, room):
    sync = room.sync()
    world.double.script.replace([Rule(on="token", status=400, reason="invalid_grant", times=None)])
    with pytest.raises(Rejected):
        await sync.step()
    assert [part for part, error in room.told if error] == [CREDENTIALS]
    world.file.write_text("{}")
    with pytest.raises(NoCredentials):
        await sync.step()
    assert len(room.told.of(CREDENTIALS)) == 2


async def test_the_store_s_looks_do_not_wait_for_google(world, room):
    world.double.script.replace([Rule(on="token", cut="hang", times=None)])
    check = CredentialsCheck(channel="mail", account=world.account(seconds=0.3), report=room.told)
    checks = Checks((a_check(room),), check)
    with pytest.raises(GmailError):
        await checks.step()
    assert [part for part, _ in room.told] == [SYNC]
    assert (checks.role, checks.key, checks.period) == ("gmail-credentials", "mail", check.usual)


# Pushes that do not come


async def polled(world, room, sync, text):
    """A mail that no push tells of is found by the next poll."""
    now = int(room.clock.now().timestamp() * 1000)
    world.double.deliver(a_mail(text, Message_ID=f"<{text}@example.net>"), date=now)
    room.clock.advance(POLL_SECONDS)
    await sync.step()


def pushes_of(room, **changes):
    return PushesCheck(pushes=room.pushes(**changes), report=room.told)


async def test_mail_of_a_day_without_a_push_is_told_and_the_next_push_takes_it_back(world, room):
    sync, check = room.sync(pub_sub=PUB_SUB), pushes_of(room, pub_sub=PUB_SUB)
    await sync.step()
    await polled(world, room, sync, "one")
    await check.step()
    later(room, LONG)
    await polled(world, room, sync, "two")
    await check.step()
    room.cursors.positions["mail", HINTS] = "1002 m1"
    await check.step()
    first, second, third = room.told.of(REGISTRATION)
    assert (first, third) == (None, None)
    assert "No push has come since" in second and "subscription" in second


async def test_a_lost_push_and_a_quiet_weekend_are_no_fault(world, room):
    sync = room.sync(pub_sub=PUB_SUB)
    await sync.step()
    await polled(world, room, sync, "one")
    later(room, 3 * LONG)
    await sync.step()
    await pushes_of(room, pub_sub=PUB_SUB).step()
    assert room.told.of(REGISTRATION) == [None]


async def test_what_gmail_does_not_push_for_shows_nothing(world, room):
    sync = room.sync(pub_sub=PUB_SUB)
    await sync.step()
    for _ in range(2):
        date = int(room.clock.now().timestamp() * 1000)
        world.double.deliver(a_mail(), labels=("SENT",), author="person", date=date)
        world.double.deliver(a_mail(), labels=("Label_7",), date=date)
        room.clock.advance(LONG.total_seconds() + 1)
        await sync.step()
    await pushes_of(room, pub_sub=PUB_SUB).step()
    assert room.told.of(REGISTRATION) == [None]


async def test_a_mailbox_without_pub_sub_misses_no_pushes(world, room):
    sync = room.sync()
    await sync.step()
    for text in ("one", "two"):
        await polled(world, room, sync, text)
        later(room, LONG)
    await pushes_of(room).step()
    assert room.told.of(REGISTRATION) == [None]


async def test_a_quota_error_is_told_as_what_it_is(world, room):
    sync = room.sync()
    await sync.step()
    world.double.script.replace([Rule(on="history", status=403, reason="dailyLimitExceeded", times=None)])
    later(room, STALE + timedelta(seconds=1))
    with pytest.raises(QuotaExceeded):
        await sync.step()
    assert "too many requests" in room.told.of(SYNC)[-1]
    assert room.told.of(CREDENTIALS) == []
