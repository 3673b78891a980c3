"""Gmail's part of the worker."""

from functools import partial

from fte_runtime.channels.base import Hint, Singletons, WorkerContext
from fte_runtime.channels.gmail.account import Account
from fte_runtime.channels.gmail.channel import settings_of
from fte_runtime.channels.gmail.health import CredentialsCheck
from fte_runtime.channels.gmail.reading import Reader
from fte_runtime.channels.gmail.sender import GmailSender
from fte_runtime.channels.gmail.settings import Settings
from fte_runtime.channels.gmail.sync import HINTS, Sync
from fte_runtime.channels.gmail.watch import Watch
from fte_runtime.config import ChannelSettings
from fte_runtime.events import ChannelEvent


def sender(context: WorkerContext, channel: ChannelSettings) -> GmailSender:
    """The way out of a mailbox."""
    settings = settings_of(channel)
    return GmailSender(account=_account(context, settings), settings=settings, company_name=context.company_name)


def singletons(context: WorkerContext, channel: ChannelSettings) -> Singletons:
    """What one worker at a time does for a mailbox; a paused one is not read, and reads on where it was."""
    settings = settings_of(channel)
    account, report = _account(context, settings), partial(context.report, channel.name)
    check = CredentialsCheck(channel=channel.name, account=account, settings=settings, report=report)
    watch = _watch(context, channel, settings, account)
    if channel.paused:
        return (check, *watch)
    reader = Reader(
        channel=channel.name,
        settings=settings,
        account=account,
        publisher=context.publisher,
        takeovers=context.takeovers,
        clock=context.clock,
    )
    sync = Sync(channel=channel.name, account=account, reader=reader, cursors=context.cursors, clock=context.clock)
    return (check, *watch, sync)


def statuses(event: ChannelEvent) -> Hint | None:
    """What a push says; Gmail itself reports no deliveries.

    An earlier push that comes again is new: else it stood in the place of a later one as if nothing had come.
    """
    told, push = event.fields, event.fields.get("push_id")
    position = f"{told['history_id']} {push} {event.received_at.isoformat()}"
    return Hint(event.channel_name, HINTS, position) if push else None


def _watch(context: WorkerContext, channel: ChannelSettings, settings: Settings, account: Account) -> Singletons:
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
    )
    return (watch,)


def _account(context: WorkerContext, settings: Settings) -> Account:
    account = Account(settings)
    context.resources.push_async_callback(account.aclose)
    return account
