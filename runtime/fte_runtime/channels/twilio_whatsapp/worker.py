"""WhatsApp's part of the worker."""

from functools import partial

from fte_agent.domain.delivery import DeliveryStatus
from fte_runtime.channels.base import Singletons, WorkerContext
from fte_runtime.channels.twilio_whatsapp.client import Account
from fte_runtime.channels.twilio_whatsapp.gap_poll import GapPoll, GapStart
from fte_runtime.channels.twilio_whatsapp.health import CredentialsCheck
from fte_runtime.channels.twilio_whatsapp.inbound import settings_of
from fte_runtime.channels.twilio_whatsapp.outside import OutsideReplies
from fte_runtime.channels.twilio_whatsapp.registration import Registration, webhook_urls
from fte_runtime.channels.twilio_whatsapp.sender import WhatsAppSender
from fte_runtime.channels.twilio_whatsapp.settings import Settings
from fte_runtime.channels.twilio_whatsapp.statuses import status_of
from fte_runtime.config import ChannelSettings
from fte_runtime.events import ChannelEvent


def sender(context: WorkerContext, channel: ChannelSettings) -> WhatsAppSender:
    """The way out of a WhatsApp channel."""
    settings = settings_of(channel)
    urls = webhook_urls(context.public_url)
    return WhatsAppSender(
        account=_account(context, settings),
        settings=settings,
        company_name=context.company_name,
        status_url=urls.status if urls and settings.status_callback else None,
        deliveries=context.deliveries,
        report=partial(context.report, channel.name),
        clock=context.clock,
    )


def singletons(context: WorkerContext, channel: ChannelSettings) -> Singletons:
    """What one worker at a time does for a WhatsApp channel; a paused one only takes nothing in."""
    settings = settings_of(channel)
    account = _account(context, settings)
    report = partial(context.report, channel.name)
    outside = OutsideReplies(
        channel=channel.name,
        account=account,
        sender=settings.sender,
        deliveries=context.deliveries,
        takeovers=context.takeovers,
        cursors=context.cursors,
        clock=context.clock,
    )
    watch: Singletons = (
        CredentialsCheck(channel=channel.name, account=account, report=report),
        Registration(
            channel=channel.name,
            account=account,
            settings=settings,
            wanted=webhook_urls(context.public_url),
            report=report,
        ),
        outside,
    )
    if channel.paused:
        return (*watch, GapStart(channel=channel.name, cursors=context.cursors, clock=context.clock))
    poll = GapPoll(
        channel=channel.name,
        sender=settings.sender,
        account=account,
        publisher=context.publisher,
        outside=outside,
        cursors=context.cursors,
        clock=context.clock,
    )
    return (*watch, poll)


def statuses(event: ChannelEvent) -> DeliveryStatus | None:
    """What an event of the channel's topic says of a message of ours; None when it says nothing."""
    return status_of(event.fields, event.channel_name)


def _account(context: WorkerContext, settings: Settings) -> Account:
    account = Account(settings)
    context.resources.push_async_callback(account.aclose)
    return account
