"""Gmail's part of the worker."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from fte_agent.domain.delivery import NonDelivery
from fte_runtime.channels.base import Hint, Singletons, WorkerContext
from fte_runtime.channels.gmail.account import Account
from fte_runtime.channels.gmail.bounces import non_delivery
from fte_runtime.channels.gmail.channel import settings_of
from fte_runtime.channels.gmail.consent import Consents
from fte_runtime.channels.gmail.health import Checks, CredentialsCheck
from fte_runtime.channels.gmail.own_cursors import OwnCursors
from fte_runtime.channels.gmail.position import ROLE as SYNC
from fte_runtime.channels.gmail.position import Start
from fte_runtime.channels.gmail.progress import ReadingCheck
from fte_runtime.channels.gmail.pushes import HINTS, Pushes, PushesCheck
from fte_runtime.channels.gmail.pushes import ROLE as UNPUSHED
from fte_runtime.channels.gmail.quota import Pace
from fte_runtime.channels.gmail.reading import Reader
from fte_runtime.channels.gmail.sender import GmailSender
from fte_runtime.channels.gmail.settings import Settings
from fte_runtime.channels.gmail.sync import Sync
from fte_runtime.channels.gmail.watch import ROLE as WATCH
from fte_runtime.channels.gmail.watch import Watch
from fte_runtime.config import ChannelSettings
from fte_runtime.events import ChannelEvent

_OF_THE_MAILBOX = (SYNC, WATCH, UNPUSHED)


def sender(context: WorkerContext, channel: ChannelSettings) -> GmailSender:
    """The way out of a mailbox."""
    settings = settings_of(channel)
    return GmailSender(
        account=_account(context, settings),
        settings=settings,
        company_name=context.company_name,
        report=partial(context.report, channel.name),
    )


def singletons(context: WorkerContext, channel: ChannelSettings) -> Singletons:
    """What one worker at a time does for a mailbox; a paused one is not read, and reads on where it was."""
    settings = settings_of(channel)
    context = replace(context, cursors=OwnCursors(context.cursors, settings.mailbox, _OF_THE_MAILBOX))
    account = _account(context, settings, Pace(context.clock))
    pushes = Pushes(channel=channel.name, settings=settings, cursors=context.cursors)
    watch = _watch(context, channel, settings, account, pushes)
    checks = _checks(context, channel, account, () if watch else (pushes,))
    if channel.paused:
        start = Start(channel=channel.name, account=account, cursors=context.cursors, clock=context.clock)
        return (checks, *watch, start)
    reader = Reader(
        channel=channel.name,
        settings=settings,
        account=account,
        publisher=context.publisher,
        takeovers=context.takeovers,
        clock=context.clock,
    )
    sync = Sync(
        channel=channel.name,
        account=account,
        reader=reader,
        cursors=context.cursors,
        clock=context.clock,
        report=partial(context.report, channel.name),
        pushes=pushes,
        metrics=context.sync_metrics,
    )
    return (checks, *watch, sync)


def statuses(event: ChannelEvent) -> Hint | NonDelivery | None:
    """What a push says, or a report that came as a mail; Gmail itself reports no deliveries.

    An earlier push that comes again is new: else it stood in the place of a later one as if nothing had come.
    """
    told, push = event.fields, event.fields.get("push_id")
    if push:
        return Hint(event.channel_name, HINTS, f"{told['history_id']} {push} {event.received_at.isoformat()}")
    return non_delivery(event)


def _checks(
    context: WorkerContext,
    channel: ChannelSettings,
    account: Account,
    unwatched: Sequence[Pushes],
) -> Checks:
    """All that is only looked at, in one singleton: each takes a connection to the database."""
    name, report = channel.name, partial(context.report, channel.name)
    reading = ReadingCheck(
        channel=name, cursors=context.cursors, report=report, clock=context.clock, paused=channel.paused
    )
    consents = Consents(channel=name, cursors=context.cursors, report=report, clock=context.clock)
    credentials = CredentialsCheck(channel=name, account=account, report=report, consents=consents)
    return Checks((reading, *(PushesCheck(pushes=each, report=report) for each in unwatched)), credentials)


def _watch(
    context: WorkerContext, channel: ChannelSettings, settings: Settings, account: Account, pushes: Pushes
) -> Singletons:
    if settings.pub_sub is None or settings.registration == "Manual":
        return ()
    report = partial(context.report, channel.name)
    watch = Watch(
        channel=channel.name,
        account=account,
        topic=settings.pub_sub.topic,
        cursors=context.cursors,
        report=report,
        clock=context.clock,
        pushes=pushes,
    )
    return (watch,)


def _account(context: WorkerContext, settings: Settings, pace: Pace | None = None) -> Account:
    account = Account(settings, pace=pace)
    context.resources.push_async_callback(account.aclose)
    return account
