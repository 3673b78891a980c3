"""Writing a status, only when it says something new."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fte_operator.cluster.apply import MANAGER
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import Conflict, NotFound
from fte_operator.cluster.kinds import Object, kind_of
from fte_operator.reconcile import events
from fte_operator.status.conditions import Condition, ConditionType, rendered

_TRIES = 5


async def publish(
    cluster: Cluster,
    raw: Object,
    conditions: Sequence[Condition],
    fields: Mapping[str, Any],
    now: datetime,
    *,
    kept: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Set the status of `raw` to `conditions` and `fields`, and to nothing else; an Event tells when ``Ready`` turns,
    and when a warning comes up.

    The status in `raw` gives the transition times and whether anything changed; it decides nothing. `kept` are
    conditions of it to be left as they are. A spec that changed meanwhile keeps nothing from being told, however often
    it does: ``observedGeneration`` says which one the status is about.

    Raises:
        Conflict: somebody else wrote our part of the status since `raw` was read, or it is another object.
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
    try:
        await _write(cluster, raw, status)
    except NotFound:
        return  # deleted meanwhile: nobody reads it any more
    before, after = old.get("conditions", ()), status["conditions"]
    warned = {each.type for each in conditions if each.warning}
    await events.tell(cluster, events.transition(raw, before, after, written_at))
    for each in events.warnings(raw, before, after, written_at, warned=warned):
        await events.tell(cluster, each)


async def _write(cluster: Cluster, raw: Object, status: Mapping[str, Any]) -> None:
    """Set the status of what `raw` was, while it has the uid and our part of the status that it had."""
    live = raw
    for left in reversed(range(_TRIES)):
        manifest = {
            "apiVersion": raw["apiVersion"],
            "kind": raw["kind"],
            # A wrong uid is accepted here; a resourceVersion that is not the newest is not.
            "metadata": {name: live["metadata"][name] for name in ("name", "namespace", "resourceVersion")},
            "status": status,
        }
        try:
            await cluster.apply(manifest, MANAGER, "status")
        except Conflict:
            found = await cluster.get(kind_of(raw), raw["metadata"]["namespace"], raw["metadata"]["name"])
            if not left or found is None or _identity(found) != _identity(raw):
                raise
            live = found
        else:
            return


def _identity(obj: Object) -> tuple[str, Any]:
    return obj["metadata"]["uid"], _ours(obj.get("status") or {})


def _ours(status: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fields, and conditions by type; conditions that other controllers keep here are not looked at."""
    fields = {name: value for name, value in status.items() if name != "conditions"}
    return fields, {c["type"]: c for c in status.get("conditions", ()) if c["type"] in set(ConditionType)}
