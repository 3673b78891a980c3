"""What one object alone may have, and the older one has.

Topics: two employees with one prefix would be one consumer group and take each other's customers. A channel's
sender: its vendor sends what is written to it to one address. `namespaces` are those watched; empty means all. An
object whose spec is refused counts too: what it made earlier still runs.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fte_operator.api.base import Resource
from fte_operator.api.v1alpha1 import DigitalFTE, SupportChannel
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import DIGITAL_FTE, SUPPORT_CHANNEL, Kind, Object
from fte_operator.desired import defaults
from fte_operator.desired.channels import type_of
from fte_operator.status.observed import Problem


async def prefix_taken(cluster: Cluster, fte: DigitalFTE, namespaces: Sequence[str]) -> Problem | None:
    """The older employee with the effective topic prefix of `fte`, as a problem; None if it is the oldest.

    Brokers are not compared, since one cluster is spelled in many ways.
    """
    prefix = defaults.topic_prefix(fte)
    who = await _older(cluster, DIGITAL_FTE, fte, namespaces, lambda raw: _prefix(raw) == prefix)
    if who is None:
        return None
    message = (
        f"the topics under {prefix} belong to an older employee, {who}: "
        "make this one again with a spec.kafka.topicPrefix of its own, or delete the older"
    )
    return Problem("TopicPrefixTaken", message, stalled=True)


async def sender_taken(cluster: Cluster, channel: SupportChannel, namespaces: Sequence[str]) -> Problem | None:
    """The older channel with the sender of `channel`, as a problem; None if it is the oldest, or has no sender."""
    path = ("type",), type_of(channel).sender_field
    if not path[1]:
        return None
    asked = channel.model_dump(by_alias=True)
    mine = [_at(asked, each) for each in path]
    who = await _older(
        cluster, SUPPORT_CHANNEL, channel, namespaces, lambda raw: [_at(raw, each) for each in path] == mine
    )
    if who is None:
        return None
    message = (
        f"spec.{'.'.join(path[1])} {mine[1]} belongs to an older channel, {who}: "
        "make this one again with a number of its own, or delete the older"
    )
    return Problem("SenderTaken", message, stalled=True)


async def channel_taken(cluster: Cluster, channel: SupportChannel, fte: DigitalFTE) -> Problem | None:
    """The older employee on `channel`, as a problem; None if `fte` is the oldest, or the channel may have several.

    What is written to an address that one channel alone may have is seen by everybody who listens on it: two
    employees would both answer.
    """
    if not type_of(channel).sender_field:
        return None
    who = await _older(cluster, DIGITAL_FTE, fte, (fte.namespace,), lambda raw: channel.name in _channel_refs(raw))
    if who is None:
        return None
    message = (
        f"SupportChannel {channel.name} (spec.channels) is one employee's and belongs to an older one, {who}: "
        "take it off this list or off the older's"
    )
    return Problem("ChannelTaken", message, stalled=True)


async def _older(
    cluster: Cluster, kind: Kind, mine: Resource, namespaces: Sequence[str], same: Callable[[Object], bool]
) -> str | None:
    """The oldest object before `mine` that is the `same`, in words that name nothing of another namespace."""
    rank = _rank(mine.metadata.creation_timestamp, mine.namespace, mine.name)
    lists = [await cluster.list(kind, namespace) for namespace in namespaces or (None,)]
    others = [raw for each in lists for raw in each if raw["metadata"]["uid"] != mine.metadata.uid]
    older = [raw for raw in others if same(raw) and _rank_of(raw) < rank]
    if not older:
        return None
    metadata = min(older, key=_rank_of)["metadata"]
    return f"{kind.name} {metadata['name']}" if metadata["namespace"] == mine.namespace else "one in another namespace"


def _prefix(raw: Object) -> str:
    """`defaults.topic_prefix` of an object that may break a rule."""
    metadata, kafka = raw["metadata"], (raw.get("spec") or {}).get("kafka") or {}
    return str(kafka.get("topicPrefix") or f"{metadata['namespace']}.{metadata['name']}")


def _channel_refs(raw: Object) -> list[str | None]:
    """The channels that an employee lists, which may break a rule."""
    bindings = (raw.get("spec") or {}).get("channels") or []
    return [each.get("channelRef") for each in bindings if isinstance(each, Mapping)]


def _at(raw: Mapping[str, Any], path: Sequence[str]) -> Any:
    """The value at a path under ``spec``; None where an object that may break a rule has none."""
    found: Any = raw.get("spec")
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _rank_of(raw: Object) -> tuple[str, str, str]:
    metadata = raw["metadata"]
    return _rank(metadata.get("creationTimestamp"), metadata["namespace"], metadata["name"])


def _rank(created: str | None, namespace: str, name: str) -> tuple[str, str, str]:
    """Oldest first; of those made in the same second, the first by name."""
    return created or "", namespace, name
