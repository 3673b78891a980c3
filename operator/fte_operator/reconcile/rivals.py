"""What of all employees and all channels is compared: a row of each, since a tenant may make thousands."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fte_operator.api.v1alpha1 import SupportChannel
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import Forbidden
from fte_operator.cluster.kinds import DIGITAL_FTE, SUPPORT_CHANNEL, Object
from fte_operator.desired.channels import TYPES, type_of

Sender = tuple[str, str]
"""A channel's type, and the address that one channel of it alone may have."""


class Rank(NamedTuple):
    """Oldest first; of those made in the same second, the first by name."""

    created: str
    namespace: str
    name: str


class Rival(NamedTuple):
    """An object that may break a rule, and what it asks for: rows sort as their ranks do.

    An employee's topic prefix and the channels it lists; a channel's sender.
    """

    rank: Rank
    prefix: str = ""
    channels: tuple[str, ...] = ()
    sender: Sender | None = None


async def employees(cluster: Cluster, namespace: str) -> Sequence[Rival]:
    """Every employee of a namespace."""
    return await cluster.scan(DIGITAL_FTE, namespace, _employee)


async def senders(cluster: Cluster, home: str, namespaces: Sequence[str]) -> list[Rival]:
    """Every channel with a sender of `namespaces` (empty: of all); of one but `home` that is gone, none."""
    found: list[Rival] = []
    for namespace in namespaces or (None,):
        try:
            found += await cluster.scan(SUPPORT_CHANNEL, namespace, _channel)
        except Forbidden:  # our rights went with it
            if namespace in (None, home):
                raise
    return found


def sender_of(channel: SupportChannel) -> Sender | None:
    """The sender of a channel, None for one of a type without."""
    return _sender(channel.model_dump(by_alias=True), type_of(channel).sender_field, channel.spec.type)


def _employee(raw: Object) -> Rival:
    rank = _rank(raw)
    asked, listed = _at(raw, ("kafka", "topicPrefix")), _at(raw, ("channels",))
    names = [each.get("channelRef") for each in listed or () if isinstance(each, Mapping)]
    prefix = asked or f"{rank.namespace}.{rank.name}"  # `defaults.topic_prefix`
    return Rival(rank, prefix=prefix, channels=tuple(name for name in names if name))


def _channel(raw: Object) -> Rival | None:
    kind = _at(raw, ("type",))
    sender = _sender(raw, TYPES[kind].sender_field, kind) if kind in TYPES else None
    return Rival(_rank(raw), sender=sender) if sender else None


def _sender(raw: Mapping[str, Any], path: Sequence[str], kind: str) -> Sender | None:
    number = _at(raw, path) if path else None
    return (kind, number) if number else None


def _rank(raw: Object) -> Rank:
    metadata = raw["metadata"]
    return Rank(metadata.get("creationTimestamp") or "", metadata["namespace"], metadata["name"])


def _at(raw: Mapping[str, Any], path: Sequence[str]) -> Any:
    """The value at a path under ``spec``; None where there is none."""
    found: Any = raw.get("spec")
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
