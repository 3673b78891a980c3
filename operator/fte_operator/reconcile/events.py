"""Kubernetes Events: one whenever ``Ready`` turns, or has another reason. Conditions say the same and more."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import ClusterError, Conflict
from fte_operator.cluster.kinds import EVENT, Object
from fte_operator.status.conditions import TRUE, ConditionType

_log = logging.getLogger(__name__)
_MAX_MESSAGE = 1024
"""What the API takes for an Event's message."""

Conditions = Sequence[Mapping[str, Any]]


def transition(raw: Object, before: Conditions, after: Conditions, now: str) -> Object | None:
    """The Event of a status that was written onto `raw`; None while ``Ready`` says what it said. `now` is RFC 3339.

    Its name follows from the version of the object that was replaced, so nobody tells the same twice.
    """
    old, new = _ready(before), _ready(after)
    if new is None or (old is not None and _said(old) == _said(new)):
        return None
    metadata = raw["metadata"]
    version = f"{metadata['uid']}/{metadata['resourceVersion']}"
    name = f"{metadata['name']}.{hashlib.sha256(version.encode()).hexdigest()[:16]}"
    involved = {field: metadata[field] for field in ("name", "namespace", "uid", "resourceVersion")}
    return {
        "apiVersion": EVENT.api_version,
        "kind": EVENT.name,
        "metadata": {"name": name, "namespace": metadata["namespace"]},
        "involvedObject": {"apiVersion": raw["apiVersion"], "kind": raw["kind"], **involved},
        "type": "Normal" if new["status"] == TRUE else "Warning",
        "reason": new["reason"],
        "message": new["message"][:_MAX_MESSAGE],
        "source": {"component": "fte-operator"},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }


async def tell(cluster: Cluster, event: Object | None) -> None:
    """Write it; an Event that is refused costs nothing but itself."""
    if event is None:
        return
    try:
        await cluster.create(event)
    except Conflict:
        return
    except ClusterError as error:
        _log.warning("Event not written: %s", error)


def _ready(conditions: Conditions) -> Mapping[str, Any] | None:
    return next((each for each in conditions if each["type"] == ConditionType.READY), None)


def _said(condition: Mapping[str, Any]) -> tuple[str, str]:
    return condition["status"], condition["reason"]
