"""What one worker at a time does for a mailbox, and what the channel's health is told."""

from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.google.misbehaviour import Rule
from doubles.google_world import ALIAS, DESK, TOPIC, a_mail
from gmail_world import PUB_SUB, a_world
from runtime_doubles import FakeClock, FakeCursors, FakePublisher, FakeTakeovers

from fte_agent.channels import EMAIL
from fte_runtime.channels import registry
from fte_runtime.channels.base import WorkerContext
from fte_runtime.channels.gmail import worker
from fte_runtime.channels.gmail.failures import GmailError, NoAnswer, Rejected, Unreachable
from fte_runtime.channels.gmail.health import MISSING_CREDENTIALS, CredentialsCheck
from fte_runtime.channels.gmail.own_cursors import OwnCursors
from fte_runtime.channels.gmail.position import Start
from fte_runtime.channels.gmail.pushes import ROLE as UNPUSHED
from fte_runtime.channels.gmail.pushes import Pushes, Unpushed
from fte_runtime.channels.gmail.sync import Sync
from fte_runtime.channels.gmail.watch import JITTER, PERIOD_SECONDS, RENEWED_AFTER, ROLE, WORRYING, Watch, Watched
from fte_runtime.channels.parts import CONSENT, CREDENTIALS, REGISTRATION, SYNC
from fte_runtime.clock import SystemClock
from fte_runtime.config import ChannelSettings
from fte_runtime.events import ChannelEvent, Topics, decode
from fte_runtime.inbound_publisher import BusInboundPublisher
from fte_runtime.metrics import WorkerMetrics


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path) as world:
        yield world


@pytest.fixture
def told():
    return []


@pytest.fixture
def report(told):
    async def report(part, error):
        told.append((part, error))

    return report


def a_watch(world, report, cursors, clock, *, topic=TOPIC, **changes):
    account = world.account(**changes)
    pushes = Pushes(channel="mail", settings=world.settings(pub_sub=PUB_SUB), cursors=cursors)
    return Watch(
        channel="mail", account=account, topic=topic, cursors=cursors, report=report, clock=clock, pushes=pushes
    )


# The watch


async def test_pushes_are_asked_for_and_daily_again_whoever_has_the_right(world, report, told):
    cursors, clock = FakeCursors(), FakeClock(at=SystemClock().now())
    await a_watch(world, report, cursors, clock).step()
    watched = Watched.read(cursors.positions["mail", ROLE])
    assert watched.expires - clock.now() > timedelta(days=6)
    assert RENEWED_AFTER - JITTER <= watched.renew - clock.now() <= RENEWED_AFTER
    await a_watch(world, report, cursors, clock).step()
    assert len(world.double.journal.requests("watch")) == 1
    clock.advance(RENEWED_AFTER.total_seconds())
    await a_watch(world, report, cursors, clock).step()
    assert len(world.double.journal.requests("watch")) == 2
    assert told == [(REGISTRATION, None)] * 3


@pytest.mark.parametrize(
    "change", [{"topic": "projects/desk-project/topics/second"}, {"label_ids": ["INBOX", "Label_1"]}]
)
async def test_what_is_to_be_pushed_or_whereto_counts_at_once_though_the_last_watch_still_holds(world, report, change):
    cursors, clock = FakeCursors(), FakeClock(at=SystemClock().now())
    await a_watch(world, report, cursors, clock).step()
    await a_watch(world, report, cursors, clock, **change).step()
    watch = world.double.mailbox().watch
    assert watch.topic == change.get("topic", TOPIC)
    assert watch.labels == {"SENT", *change.get("label_ids", ["INBOX"])}
    await a_watch(world, report, cursors, clock, **change).step()
    asked = [each["operation"] for each in world.double.journal.of("request") if each["operation"] in ("watch", "stop")]
    assert asked == ["watch", "stop", "watch"], "Gmail refuses a second topic while the first is pushed to"


async def test_another_watch_that_is_refused_is_told_though_the_last_one_would_hold(world, report, told):
    cursors, clock = FakeCursors(), FakeClock(at=SystemClock().now())
    await a_watch(world, report, cursors, clock).step()
    world.double.script.replace([Rule(on="watch", status=400, reason="invalidArgument")])
    with pytest.raises(GmailError):
        await a_watch(world, report, cursors, clock, topic="projects/desk-project/topics/second").step()
    assert [error is None for _, error in told] == [True, False]


async def test_what_a_colleague_sends_is_pushed_too(world, report):
    await a_watch(world, report, FakeCursors(), FakeClock(at=SystemClock().now())).step()
    assert world.double.mailbox().watch.labels == {"INBOX", "SENT"}


async def test_what_was_registered_together_is_not_renewed_together(world, report):
    clock, renewals = FakeClock(at=SystemClock().now()), set()
    for _ in range(4):
        cursors = FakeCursors()
        await a_watch(world, report, cursors, clock).step()
        renewals.add(Watched.read(cursors.positions["mail", ROLE]).renew)
    assert len(renewals) > 1


@pytest.mark.parametrize(("left", "tells"), [(timedelta(days=5), False), (WORRYING - timedelta(hours=1), True)])
async def test_a_watch_that_cannot_be_renewed_is_told_before_it_ends(world, report, told, left, tells):
    clock = FakeClock(at=SystemClock().now())
    text = str(Watched(clock.now() - timedelta(hours=1), clock.now() + left))
    world.double.script.replace([Rule(on="watch", status=503, times=None)])
    with pytest.raises(NoAnswer):
        await a_watch(world, report, FakeCursors({("mail", ROLE): text}), clock).step()
    assert [part for part, error in told if error] == ([REGISTRATION] if tells else [])


async def test_one_that_was_never_made_is_told_at_once(world, report, told):
    world.double.script.replace([Rule(on="watch", status=403, reason="insufficientPermissions")])
    with pytest.raises(Rejected):
        await a_watch(world, report, FakeCursors(), FakeClock()).step()
    assert told == [(REGISTRATION, "Pushes cannot be asked for: Gmail says that the credentials lack a scope.")]


@pytest.mark.parametrize(
    ("rule", "waits"),
    [
        (Rule(on="watch", status=403, reason="forbidden"), PERIOD_SECONDS),
        (Rule(on="watch", status=400, reason="invalidArgument"), PERIOD_SECONDS),
        (Rule(on="watch", status=429, reason="rateLimitExceeded", retry_after=600), 600),
        (Rule(on="watch", status=503), None),
    ],
)
async def test_one_that_is_refused_is_not_asked_for_every_second_since_it_costs_what_a_reply_does(
    world, report, rule, waits
):
    world.double.script.replace([rule])
    with pytest.raises(GmailError) as caught:
        await a_watch(world, report, FakeCursors(), FakeClock()).step()
    assert caught.value.retry_after == waits


async def test_a_watch_that_holds_does_not_hide_that_no_push_comes(world, report, told):
    clock = FakeClock(at=SystemClock().now())
    missed = Unpushed(clock.now() - timedelta(days=2), clock.now(), "-")
    cursors = FakeCursors({("mail", UNPUSHED): str(missed)})
    await a_watch(world, report, cursors, clock).step()
    await a_watch(world, report, cursors, clock).step()
    assert [error is not None and "No push has come" in error for _, error in told] == [True, True]


async def test_an_earlier_push_that_comes_again_does_not_pass_for_what_was_read():
    """Pub/Sub keeps no order: it may overtake the note of a later push between two looks."""
    told = {"history_id": "1001", "push_id": "m1"}
    times = (SystemClock().now(), SystemClock().now() + timedelta(seconds=1))
    hints = [worker.statuses(ChannelEvent("mail", EMAIL, at, told)) for at in times]
    assert hints[0].position != hints[1].position
    assert hints[0] == worker.statuses(ChannelEvent("mail", EMAIL, times[0], told)), "a record read again is no push"


# The credentials


def a_check(world, report, **changes):
    return CredentialsCheck(channel="mail", account=world.account(**changes), report=report)


async def test_credentials_that_are_refused_are_told_and_a_new_secret_heals(world, report, told):
    check = a_check(world, report)
    await check.step()
    world.double.script.replace([Rule(on="token", status=400, reason="invalid_grant", times=None)])
    world.authorised_user()
    await check.step()
    world.double.script.replace([])
    await check.step()
    assert [error is None for _, error in told] == [True, False, True]
    assert told[1] == (
        CREDENTIALS,
        "Google refuses the credentials: they have expired or were revoked, or the mailbox does not exist.",
    )


async def test_a_secret_that_holds_none_is_told(world, report, told):
    world.file.write_text("{}")
    await a_check(world, report).step()
    assert told == [(CREDENTIALS, MISSING_CREDENTIALS)]


async def test_credentials_of_another_mailbox_are_told(world, report, told):
    world.authorised_user()
    await a_check(world, report, mailbox=ALIAS).step()
    assert told == [(CREDENTIALS, f"The credentials open another mailbox than {ALIAS}.")]


async def test_an_outage_says_nothing_of_them(world, report, told):
    world.double.script.replace([Rule(on="profile", status=503), Rule(on="token", cut="reset", times=None)])
    check = a_check(world, report)
    with pytest.raises((NoAnswer, Unreachable)):
        await check.step()
    assert told == []


# All of it


def a_context(report, resources):
    return WorkerContext(
        clock=FakeClock(),
        public_url=None,
        company_name="Example Ltd",
        publisher=None,
        deliveries=None,
        takeovers=FakeTakeovers(),
        cursors=FakeCursors(),
        report=report,
        resources=resources,
    )


@pytest.mark.parametrize(
    ("run_state", "settings", "roles"),
    [
        ("Active", {"pub_sub": PUB_SUB}, ["gmail-credentials", "gmail-watch", "gmail-sync"]),
        ("Active", {}, ["gmail-credentials", "gmail-sync"]),
        ("Active", {"pub_sub": PUB_SUB, "registration": "Manual"}, ["gmail-credentials", "gmail-sync"]),
        ("Paused", {"pub_sub": PUB_SUB}, ["gmail-credentials", "gmail-watch", "gmail-sync"]),
    ],
)
async def test_what_runs_for_a_mailbox(monkeypatch, report, run_state, settings, roles):
    monkeypatch.setitem(registry.PLUGINS, "Gmail", "fte_runtime.channels.gmail")
    gmail = {"mailbox": DESK, "credentials_file": "/nowhere"} | settings
    channel = ChannelSettings(name="mail", type="Gmail", run_state=run_state, gmail=gmail)
    async with AsyncExitStack() as resources:
        context = a_context(report, resources)
        found = worker.singletons(context, channel)
        assert ([each.role for each in found], {each.key for each in found}) == (roles, {"mail"})
        assert isinstance(found[-1], Start if run_state == "Paused" else Sync)
        assert worker.sender(context, channel) is not None
        background = [each._account for each in found if hasattr(each, "_account")]
        assert [account._pace is None for account in background] == [False] * (len(roles) - 1)
        assert worker.sender(context, channel)._account._pace is None, "a reply waits for nobody"


@pytest.mark.parametrize(
    ("settings", "run_state", "parts"),
    [
        ({}, "Active", [SYNC, REGISTRATION, CREDENTIALS, CONSENT]),
        ({"pub_sub": PUB_SUB, "registration": "Manual"}, "Paused", [SYNC, REGISTRATION, CREDENTIALS, CONSENT]),
        ({"pub_sub": PUB_SUB}, "Paused", [SYNC, CREDENTIALS, CONSENT]),
    ],
)
async def test_every_part_is_told_by_someone(world, monkeypatch, settings, run_state, parts):
    monkeypatch.setitem(registry.PLUGINS, "Gmail", "fte_runtime.channels.gmail")
    gmail = world.settings(**settings).model_dump(mode="json")
    channel = ChannelSettings(name="mail", type="Gmail", run_state=run_state, gmail=gmail)
    async with AsyncExitStack() as resources:
        told = []

        async def report(name, part, error):
            told.append((name, part, error))

        first, *_ = worker.singletons(a_context(report, resources), channel)
        await first.step()
    assert sorted(told) == sorted(("mail", part, None) for part in parts)


SECOND = "orders@example.org"


@pytest.fixture
async def two_mailboxes(tmp_path):
    async with a_world(tmp_path, mailboxes=[DESK, SECOND]) as world:
        yield world


async def test_a_channel_made_anew_for_another_mailbox_reads_that_one_from_now_on(two_mailboxes, report):
    """Each mailbox has a history of its own: that far in the first one is nowhere, or never, in the second."""
    world, bus = two_mailboxes, FakePublisher()
    publisher = BusInboundPublisher(topics=Topics("fte"), publisher=bus, metrics=WorkerMetrics().inbound)

    async def told(name, part, error):
        await report(part, error)

    async def read(mailbox):
        gmail = world.settings(mailbox=mailbox, aliases=[], pub_sub=PUB_SUB).model_dump(mode="json")
        channel = ChannelSettings(name="mail", type="Gmail", gmail=gmail)
        async with AsyncExitStack() as resources:
            context = replace(a_context(told, resources), cursors=cursors, publisher=publisher)
            for each in worker.singletons(context, channel):
                await each.step()
        return [decode(value).body for _, value, _ in bus.on("fte.tickets.incoming")]

    cursors = FakeCursors()
    for number in range(5):
        world.double.deliver(a_mail(Message_ID=f"<{number}@example.net>"))
    assert await read(DESK) == []
    world.double.deliver(a_mail("Long ago.", To=SECOND), mailbox=SECOND)
    assert await read(SECOND) == []
    world.double.deliver(a_mail("Today.", To=SECOND, Message_ID="<today@example.net>"), mailbox=SECOND)
    assert await read(SECOND) == ["Today."]
    assert [each["mailbox"] for each in world.double.journal.requests("watch")] == [DESK, SECOND]


async def test_a_position_that_names_no_mailbox_is_ours():
    stored = FakeCursors({("mail", "gmail-sync"): "1000 2026-05-01T10:00:00+00:00"})
    own = OwnCursors(stored, DESK, ["gmail-sync"])
    assert await own.read("mail", "gmail-sync") == stored.positions["mail", "gmail-sync"]
    assert not await own.move("mail", "gmail-sync", before=None, after="1 x")
    assert await own.move("mail", "gmail-sync", before=stored.positions["mail", "gmail-sync"], after="1001 later")
    assert await own.read("mail", "gmail-sync") == "1001 later"
    assert await OwnCursors(stored, ALIAS, ["gmail-sync"]).read("mail", "gmail-sync") is None
