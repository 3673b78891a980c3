"""What of all employees and all channels is compared: a row of each, since a tenant may make thousands."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from fte_operator.api.v1alpha1 import SupportChannel
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import Forbidden
from fte_operator.cluster.kinds import DIGITAL_FTE, SUPPORT_CHANNEL, Object
from fte_operator.desired.channels import TYPES, type_of

_MARK_BYTES = 16


class Rank(NamedTuple):
    """Oldest first; of those made in the same second, the first by name."""

    created: str
    namespace: str
    name: str


class Rival(NamedTuple):
    """An object that may break a rule, and what it asks for: rows sort as their ranks do.

    An employee's topic prefix and the channels it lists; marks of a channel's senders, the addresses that it alone may
    have: a tenant chooses how long those are.
    """

    rank: Rank
    prefix: str = ""
    channels: tuple[str, ...] = ()
    senders: tuple[bytes, ...] = ()


class Sender(NamedTuple):
    """An address that one channel alone may have: the path under ``spec`` that it stands at, and its text."""

    field: tuple[str, ...]
    address: str


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


def senders_of(channel: SupportChannel) -> Mapping[bytes, Sender]:
    """The senders of a channel by their marks; none for one of a type without."""
    kind, raw = channel.spec.type, channel.model_dump(by_alias=True)
    return {_mark(kind, each.address): each for each in _senders(raw, type_of(channel).sender_fields)}


def _employee(raw: Object) -> Rival:
    rank = _rank(raw)
    asked, listed = _at(raw, ("kafka", "topicPrefix")), _at(raw, ("channels",))
    names = [each.get("channelRef") for each in listed or () if isinstance(each, Mapping)]
    prefix = asked or f"{rank.namespace}.{rank.name}"  # `defaults.topic_prefix`
    return Rival(rank, prefix=prefix, channels=tuple(name for name in names if name))


def _channel(raw: Object) -> Rival | None:
    kind = _at(raw, ("type",))
    found = _senders(raw, TYPES[kind].sender_fields) if kind in TYPES else ()
    marks = tuple(_mark(kind, each.address) for each in found)
    return Rival(_rank(raw), senders=marks) if marks else None


def _senders(raw: Mapping[str, Any], fields: Sequence[tuple[str, ...]]) -> Iterator[Sender]:
    for field in fields:
        value = _at(raw, field) or ()
        yield from (Sender(field, address) for address in ((value,) if isinstance(value, str) else value))


def _mark(kind: str, address: str) -> bytes:
    return hashlib.blake2b(f"{kind} {address}".encode(), digest_size=_MARK_BYTES).digest()


def _rank(raw: Object) -> Rank:
    metadata = raw["metadata"]
    return Rank(metadata.get("creationTimestamp") or "", metadata["namespace"], metadata["name"])


def _at(raw: Mapping[str, Any], path: Sequence[str]) -> Any:
    """The value at a path under ``spec``; None where there is none."""
    found: Any = raw.get("spec")
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
