"""Kubernetes Events: one whenever ``Ready`` turns, or has another reason, and one for a warning that comes up.

Conditions say the same and more.
"""

import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
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
    new = _found(after, ConditionType.READY)
    if new is None or _said(_found(before, ConditionType.READY)) == _said(new):
        return None
    return _event(raw, new, "Normal" if new["status"] == TRUE else "Warning", now)


def warnings(
    raw: Object, before: Conditions, after: Conditions, now: str, *, warned: Collection[str]
) -> Sequence[Object]:
    """The Events of conditions that warn, those of the types `warned`, and did not say so before."""
    new = [each for each in after if each["type"] in warned]
    return [
        _event(raw, each, "Warning", now, each["type"])
        for each in new
        if _said(_found(before, each["type"])) != _said(each)
    ]


def _event(raw: Object, new: Mapping[str, Any], kind: str, now: str, *which: str) -> Object:
    metadata = raw["metadata"]
    version = "/".join((metadata["uid"], metadata["resourceVersion"], *which))
    name = f"{metadata['name']}.{hashlib.sha256(version.encode()).hexdigest()[:16]}"
    involved = {field: metadata[field] for field in ("name", "namespace", "uid", "resourceVersion")}
    return {
        "apiVersion": EVENT.api_version,
        "kind": EVENT.name,
        "metadata": {"name": name, "namespace": metadata["namespace"]},
        "involvedObject": {"apiVersion": raw["apiVersion"], "kind": raw["kind"], **involved},
        "type": kind,
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


def _found(conditions: Conditions, kind: str) -> Mapping[str, Any] | None:
    return next((each for each in conditions if each["type"] == kind), None)


def _said(condition: Mapping[str, Any] | None) -> tuple[str, str] | None:
    return None if condition is None else (condition["status"], condition["reason"])
