"""Google's units: what runs in the background leaves enough for replies, and waits when there are none."""

from datetime import timedelta

import pytest
from doubles.google import paging
from doubles.google.misbehaviour import Rule
from doubles.google.quota import UNITS
from doubles.google_world import ADA, DESK, a_mail
from gmail_world import Room, a_world
from runtime_doubles import FakeClock

from fte_runtime.channels.gmail import quota
from fte_runtime.channels.gmail.failures import MAX_RETRY_AFTER, GmailError, QuotaExceeded
from fte_runtime.channels.gmail.position import POLL_SECONDS
from fte_runtime.channels.gmail.quota import BURST, LONGEST_PAUSE, PER_MINUTE, Pace
from fte_runtime.clock import SystemClock

pytestmark = pytest.mark.slow

REPLY = a_mail(From=DESK, To=ADA)
USAGE = ("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded")


class Turning:
    """A clock that waiting moves on, which Google, the sync and its pace share."""

    def __init__(self):
        self.clock = FakeClock(at=SystemClock().now())
        self.waited = 0.0
        self.during = None

    async def sleep(self, seconds):
        self.clock.advance(seconds)
        self.waited += seconds
        if self.during is not None:
            await self.during()


@pytest.fixture
def turning():
    return Turning()


@pytest.fixture
async def world(tmp_path, turning):
    async with a_world(tmp_path, clock=lambda: turning.clock.now().timestamp()) as world:
        world.double.identities.lifetime = 10**6
        yield world


async def a_full_mailbox(world, room, mails):
    await room.sync().step()
    for number in range(mails):
        world.double.deliver(a_mail(f"Question {number}.", Message_ID=f"<{number}@example.net>"))
    room.clock.advance(POLL_SECONDS)


def got(world):
    return [entry for entry in world.double.journal.requests("get") if entry["decision"] == "answered"]


def test_what_a_request_costs_is_what_google_says():
    ours = {name.lower(): value for name, value in vars(quota).items() if name.lower() in UNITS}
    assert ours == UNITS


async def test_five_hundred_mails_are_read_while_every_reply_is_sent(world, turning, monkeypatch):
    monkeypatch.setattr(paging, "DEFAULT", 100)
    room, replies = Room(world, turning.clock), world.account()
    await a_full_mailbox(world, room, 500)
    sends = []

    async def reply():
        if turning.waited > 6 * (len(sends) + 1):  # ten a minute
            sends.append(await replies.send(REPLY))

    turning.during = reply
    await room.sync(world.account(pace=Pace(turning.clock, turning.sleep))).step()
    assert sorted(room.bodies) == sorted(f"Question {number}." for number in range(500))
    assert len(sends) > 20, "none was refused"
    assert 500 * quota.GET / PER_MINUTE * 60 * 0.8 < turning.waited < 500 * quota.GET / PER_MINUTE * 60 * 1.2


async def test_replies_are_sent_at_any_moment_of_a_reading_as_many_as_are_left(world, turning):
    room, replies = Room(world, turning.clock), world.account()
    await a_full_mailbox(world, room, 200)
    await room.sync(world.account(pace=Pace(turning.clock, turning.sleep))).step()
    for _ in range((6000 - PER_MINUTE - BURST) // quota.SEND):
        await replies.send(REPLY)


async def test_a_quota_that_others_use_up_is_waited_for_and_the_reading_goes_on_where_it_was(world, turning):
    room = Room(world, turning.clock)
    await a_full_mailbox(world, room, 100)
    world.double.quota.per_minute = 500
    sync, waits = room.sync(world.account(pace=Pace(turning.clock, turning.sleep))), []
    while len(room.bodies) < 100:
        try:
            await sync.step()
        except QuotaExceeded as error:
            waits.append(error.retry_after)
            turning.clock.advance(error.retry_after)
    assert len(got(world)) == 100, "nothing is fetched twice"
    assert 1 < len(waits) < 60 and max(waits) > 4 * min(waits)


@pytest.mark.parametrize(("status", "reason"), [(429, "rateLimitExceeded"), *((403, reason) for reason in USAGE)])
@pytest.mark.parametrize("asked", [None, 90, 10**6])
async def test_every_answer_of_a_quota_is_waited_out_as_long_as_it_says_within_reason(
    world, turning, status, reason, asked
):
    world.double.script.replace([Rule(on="profile", status=status, reason=reason, retry_after=asked)])
    with pytest.raises(QuotaExceeded) as caught:
        await world.account(pace=Pace(turning.clock, turning.sleep)).profile()
    least = min(asked or 0, MAX_RETRY_AFTER)
    assert least <= caught.value.retry_after <= max(least, LONGEST_PAUSE) * 1.25
    assert caught.value.retryable


async def test_a_small_request_that_is_taken_does_not_shorten_the_wait_for_a_large_one(world, turning):
    pace, waits = Pace(turning.clock, turning.sleep), []
    account = world.account(pace=pace)
    found = world.double.deliver(a_mail())
    world.double.script.replace([Rule(on="get", status=403, reason="rateLimitExceeded", times=6)])
    for _ in range(6):
        await account.profile()
        with pytest.raises(GmailError) as caught:
            await account.message(found.id)
        waits.append(caught.value.retry_after)
    assert waits == sorted(waits) and waits[-1] >= LONGEST_PAUSE
    await account.message(found.id)
    assert pace.refused(quota.GET, None) < 2 * quota.FIRST_PAUSE, "one that is taken does"


def test_those_that_were_refused_together_do_not_come_back_together(turning):
    assert len({Pace(turning.clock).refused(quota.GET, 60) for _ in range(5)}) > 1


async def test_a_rest_saves_up_no_more_than_a_burst(turning):
    pace = Pace(turning.clock, turning.sleep)
    turning.clock.advance(timedelta(days=1).total_seconds())
    for _ in range(BURST // quota.GET):
        await pace.spend(quota.GET)
    assert turning.waited == 0
    await pace.spend(quota.GET)
    assert turning.waited == pytest.approx(quota.GET / PER_MINUTE * 60)
