"""A person's consent that ends by itself is told before it does, and nothing else is: against the double."""

from datetime import UTC, datetime, timedelta

import pytest
from doubles.google.identities import READ, SEND
from gmail_world import Told, a_world
from runtime_doubles import FakeClock, FakeCursors

from fte_runtime.channels.gmail.consent import Consent, Consents, lost, seen
from fte_runtime.channels.gmail.credentials import Grant, lifetime
from fte_runtime.channels.gmail.health import CredentialsCheck
from fte_runtime.channels.parts import CONSENT, CREDENTIALS, WARNINGS
from fte_runtime.clock import SystemClock

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path) as world:
        world.told, world.cursors = Told(), FakeCursors()
        world.authorised_user()
        yield world


def consent(world):
    return world.double.identities.consents[0]


def a_check(world, clock=None):
    shared = {"channel": "mail", "report": world.told}
    consents = Consents(cursors=world.cursors, clock=clock or SystemClock(), **shared)
    return CredentialsCheck(account=world.account(), consents=consents, **shared)


def in_days(days):
    return SystemClock().now().timestamp() + days * DAY.total_seconds()


async def test_an_app_in_testing_is_told_from_its_first_day_with_the_day_it_ends_and_what_to_do(world):
    consent(world).ends = in_days(7)
    await a_check(world).step()
    [warning] = world.told.of(CONSENT)
    assert f"{datetime.fromtimestamp(consent(world).ends, UTC):%Y-%m-%d}" in warning
    assert all(word in warning for word in ("Internal", "publish", "service account", "Secret"))
    assert world.told.of(CREDENTIALS) == [None], "they work"
    assert CONSENT in WARNINGS


@pytest.mark.parametrize(("days", "warns"), [(2.9, True), (30, False), (180, False), (None, False)])
async def test_a_consent_for_a_time_is_told_in_its_last_days(world, days, warns):
    consent(world).ends = in_days(days) if days else None
    await a_check(world).step()
    assert [warning is not None for warning in world.told.of(CONSENT)] == [warns]


async def test_a_service_account_needs_none_and_takes_a_warning_back(world):
    consent(world).ends = in_days(3)
    check = a_check(world)
    await check.step()
    world.service_account()
    await check.step()
    assert [warning is None for warning in world.told.of(CONSENT)] == [False, True]


async def test_another_worker_and_a_later_hour_know_the_same_end(world):
    consent(world).ends = in_days(5)
    for _ in range(2):
        await a_check(world).step()
    assert len(set(world.told.of(CONSENT))) == 1


async def test_the_refresh_token_itself_is_kept_nowhere(world):
    consent(world).ends = in_days(5)
    await a_check(world).step()
    assert consent(world).refresh_token not in str(world.cursors.positions) + str(world.told)


async def test_an_end_that_only_the_file_tells_counts_from_when_it_was_first_seen(world):
    told = consent(world).file()
    world.file.write_text(told.replace("{", '{"refresh_token_expires_in": 604799, ', 1))
    clock = FakeClock(at=SystemClock().now())
    await a_check(world, clock).step()
    clock.advance(DAY.total_seconds())
    await a_check(world, clock).step()
    first, second = world.told.of(CONSENT)
    assert first == second and first is not None


async def test_after_one_that_ended_in_a_week_without_a_word_the_next_one_is_told(world):
    clock = FakeClock(at=SystemClock().now())
    check = a_check(world, clock)
    await check.step()
    clock.advance(7 * DAY.total_seconds())
    consent(world).revoked = True
    world.double.identities.forget_tokens()
    await check.step()
    assert world.told.of(CREDENTIALS)[-1] is not None
    consent(world).revoked, consent(world).refresh_token = False, "1//another"
    world.authorised_user()
    await check.step()
    assert [warning is None for warning in world.told.of(CONSENT)] == [True, False]
    assert world.told.of(CREDENTIALS)[-1] is None, "a new Secret heals"


@pytest.mark.parametrize(
    ("scopes", "well"), [({READ, SEND}, True), ({"https://mail.google.com/"}, True), ({READ}, False), ({SEND}, False)]
)
async def test_a_consent_to_less_than_reading_and_sending_is_a_fault_of_the_credentials(world, scopes, well):
    consent(world).scopes = frozenset(scopes)
    await a_check(world).step()
    assert [error is None for error in world.told.of(CREDENTIALS)] == [well]


# What is remembered


def test_what_was_written_is_read():
    for one in (Consent("a", NOW), Consent("a", NOW, NOW + DAY, True)):
        assert Consent.read(str(one)) == one


@pytest.mark.parametrize(("age", "short"), [(2 * DAY, False), (7 * DAY, True), (90 * DAY, False)])
def test_only_one_that_is_lost_after_about_a_week_says_something_of_the_next(age, short):
    ended = lost(Consent("a", NOW), Grant("a"), NOW + age)
    following = seen(ended, Grant("b"), NOW + age + DAY)
    assert (following.warning(NOW + age + DAY) is not None) is short
    assert seen(following, Grant("b"), NOW + 60 * DAY).warning(NOW + 60 * DAY) is None, "it lived on"


def test_one_that_is_not_known_is_not_lost():
    assert lost(None, Grant("a"), NOW) is None
    assert lost(Consent("b", NOW), Grant("a"), NOW + 7 * DAY) == Consent("b", NOW)


def test_an_end_never_moves_on_unless_it_passed():
    once = seen(None, Grant("a", ends=NOW + 5 * DAY), NOW)
    assert seen(once, Grant("a", ends=NOW + 6 * DAY), NOW + DAY).ends == NOW + 5 * DAY
    assert seen(once, Grant("a"), NOW + DAY).ends == NOW + 5 * DAY, "an answer without it takes nothing back"
    assert seen(once, Grant("a", ends=NOW + 9 * DAY), NOW + 6 * DAY).ends == NOW + 9 * DAY
    assert seen(once, Grant("b"), NOW + DAY).ends is None


@pytest.mark.parametrize("value", [None, "604799", -1, True, 1e12, float("nan"), [], {}])
def test_what_cannot_be_meant_is_no_lifetime(value):
    assert lifetime({"refresh_token_expires_in": value}) is None
