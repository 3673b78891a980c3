"""The plug-ins' part of the worker: senders, background work and readers of statuses, all through the registry."""

from collections.abc import Mapping, Sequence

from fte_agent.domain.behaviour import Company
from fte_agent.domain.messages import Channel
from fte_agent.ports import ReplySender
from fte_database.repositories.copies import CopyPolicy
from fte_runtime.channels import registry
from fte_runtime.channels.base import Singleton, WorkerContext
from fte_runtime.config import ChannelSettings
from fte_runtime.metrics import WorkerMetrics
from fte_runtime.worker.statuses import Reader


def senders(context: WorkerContext, channels: Sequence[ChannelSettings]) -> Mapping[str, ReplySender]:
    """Each channel's way out, by the SupportChannel's name."""
    return {channel.name: registry.plugin(channel.type, "worker").sender(context, channel) for channel in channels}


def singletons(context: WorkerContext, channels: Sequence[ChannelSettings]) -> tuple[Singleton, ...]:
    """What the channels' plug-ins do in the background, if they do."""
    made: list[Singleton] = []
    for channel in channels:
        plugin = registry.plugin(channel.type, "worker")
        if hasattr(plugin, "singletons"):
            made += plugin.singletons(context, channel)
    return tuple(made)


def copy_policy(company: Company, channels: Sequence[ChannelSettings], metrics: WorkerMetrics) -> CopyPolicy:
    """Who carries copies: of each kind the SupportChannel whose name comes first, so that all workers agree.

    A paused one does: it takes nothing in and still sends.
    """
    first = {channel.kind: channel.name for channel in sorted(channels, key=lambda each: each.name, reverse=True)}
    return CopyPolicy(company, first, lambda carrier, outcome: metrics.copies.labels(carrier, outcome).inc())


def readers(channels: Sequence[ChannelSettings]) -> Mapping[Channel, Reader]:
    """Who reads the events of which kind of channel, for those whose provider reports what became of a part."""
    plugins = {channel.kind: registry.plugin(channel.type, "worker") for channel in channels}
    return {kind: plugin.statuses for kind, plugin in plugins.items() if hasattr(plugin, "statuses")}
