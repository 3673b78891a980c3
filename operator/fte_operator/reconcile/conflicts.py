"""Topics are one employee's: two with the same prefix would be one consumer group and take each other's customers."""

from collections.abc import Sequence

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import DIGITAL_FTE, Object
from fte_operator.desired import defaults
from fte_operator.status.observed import Problem


async def prefix_taken(cluster: Cluster, fte: DigitalFTE, namespaces: Sequence[str]) -> Problem | None:
    """The older employee with the effective topic prefix of `fte`, as a problem; None if it is the oldest.

    Brokers are not compared, since one cluster is spelled in many ways. `namespaces` are those watched; empty
    means all. An employee whose spec is refused counts too: what it made earlier still runs.
    """
    prefix, rank = defaults.topic_prefix(fte), _rank(fte.metadata.creation_timestamp, fte.namespace, fte.name)
    lists = [await cluster.list(DIGITAL_FTE, namespace) for namespace in namespaces or (None,)]
    others = [raw for each in lists for raw in each if raw["metadata"]["uid"] != fte.metadata.uid]
    older = [raw for raw in others if _prefix(raw) == prefix and _rank_of(raw) < rank]
    if not older:
        return None
    metadata = min(older, key=_rank_of)["metadata"]
    who = f"DigitalFTE {metadata['name']}" if metadata["namespace"] == fte.namespace else "one in another namespace"
    message = (
        f"the topics under {prefix} belong to an older employee, {who}: "
        "make this one again with a spec.kafka.topicPrefix of its own, or delete the older"
    )
    return Problem("TopicPrefixTaken", message, stalled=True)


def _prefix(raw: Object) -> str:
    """`defaults.topic_prefix` of an object that may break a rule."""
    metadata, kafka = raw["metadata"], (raw.get("spec") or {}).get("kafka") or {}
    return str(kafka.get("topicPrefix") or f"{metadata['namespace']}.{metadata['name']}")


def _rank_of(raw: Object) -> tuple[str, str, str]:
    metadata = raw["metadata"]
    return _rank(metadata.get("creationTimestamp"), metadata["namespace"], metadata["name"])


def _rank(created: str | None, namespace: str, name: str) -> tuple[str, str, str]:
    """Oldest first; of those made in the same second, the first by name."""
    return created or "", namespace, name
