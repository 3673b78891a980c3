"""Writing a status, only when it says something new."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fte_operator.cluster.apply import MANAGER
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import NotFound
from fte_operator.cluster.kinds import Object
from fte_operator.status.conditions import Condition, ConditionType, rendered


async def publish(
    cluster: Cluster,
    raw: Object,
    conditions: Sequence[Condition],
    fields: Mapping[str, Any],
    now: datetime,
    *,
    kept: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Set the status of `raw` to `conditions` and `fields`, and to nothing else.

    The status in `raw` gives the transition times and whether anything changed; it decides nothing. `kept` are
    conditions of it to be left as they are.

    Raises:
        Conflict: the object changed since `raw` was read, or is another one of the same name.
    """
    metadata, old = raw["metadata"], raw.get("status") or {}
    generation = metadata["generation"]
    written_at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    status = {
        **{name: value for name, value in fields.items() if value},
        "observedGeneration": generation,
        "conditions": [
            *rendered(conditions, old.get("conditions", ()), generation=generation, now=written_at),
            *kept,
        ],
    }
    if _ours(status) == _ours(old):
        return
    manifest = {
        "apiVersion": raw["apiVersion"],
        "kind": raw["kind"],
        # A wrong uid is accepted here; a resourceVersion that is not the newest is not.
        "metadata": {name: metadata[name] for name in ("name", "namespace", "resourceVersion")},
        "status": status,
    }
    try:
        await cluster.apply(manifest, MANAGER, "status")
    except NotFound:
        return  # deleted meanwhile: nobody reads it any more


def _ours(status: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fields, and conditions by type; conditions that other controllers keep here are not looked at."""
    fields = {name: value for name, value in status.items() if name != "conditions"}
    return fields, {c["type"]: c for c in status.get("conditions", ()) if c["type"] in set(ConditionType)}
