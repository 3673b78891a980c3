"""Writing a status, only when it says something new."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fte_operator.cluster.apply import MANAGER
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import NotFound
from fte_operator.cluster.kinds import Object
from fte_operator.status.conditions import Condition, rendered


async def publish(
    cluster: Cluster, raw: Object, conditions: Sequence[Condition], fields: Mapping[str, Any], now: datetime
) -> None:
    """Set the status of `raw` to `conditions` and `fields`, and to nothing else.

    The status in `raw` gives the transition times and whether anything changed; it decides nothing.
    """
    metadata, old = raw["metadata"], raw.get("status") or {}
    generation = metadata["generation"]
    written_at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    status = {
        **{name: value for name, value in fields.items() if value},
        "observedGeneration": generation,
        "conditions": rendered(conditions, old.get("conditions", ()), generation=generation, now=written_at),
    }
    if status == old:
        return
    manifest = {
        "apiVersion": raw["apiVersion"],
        "kind": raw["kind"],
        "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
        "status": status,
    }
    try:
        await cluster.apply(manifest, MANAGER, "status")
    except NotFound:
        return  # deleted meanwhile: nobody reads it any more
