"""Server-side apply with a skip rule: an apply that changes nothing is still a write for everybody watching.

An object is left alone when both hold: its annotation `APPLIED` equals the digest of what is desired (catches
fields we stopped sending) and the desired object is a recursive subset of the live one (catches drift).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any

from fte_operator.cluster import journal
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.errors import Conflict
from fte_operator.cluster.kinds import Object, kind_of

APPLIED = "digitalfte.dev/applied"
ADOPT = "digitalfte.dev/adopt"
"""Annotation of an object without a controller: the name of the DigitalFTE of its namespace that may take it over."""
MANAGER = "fte-operator"
REPLICAS_MANAGER = "fte-operator-replicas"

_LEFT_OUT = (("paused", False),)  # what the API server stores as sent and gives back without


class Outcome(StrEnum):
    """What an apply did."""

    UNCHANGED = "unchanged"
    CREATED = "created"
    UPDATED = "updated"


def digest(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest, independent of the order of its keys."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def is_subset(desired: Any, live: Any) -> bool:
    """Whether everything in `desired` is in `live`.

    Lists whose items have names may hold more in `live` (other managers own those items); other lists must have
    the same length and order.
    """
    if isinstance(desired, Mapping):
        return isinstance(live, Mapping) and all(
            is_subset(value, live[key]) if key in live else (key, value) in _LEFT_OUT for key, value in desired.items()
        )
    if isinstance(desired, Sequence) and not isinstance(desired, str):
        if not isinstance(live, Sequence) or isinstance(live, str):
            return False
        if desired and all(isinstance(item, Mapping) and "name" in item for item in [*desired, *live]):
            by_name = {item["name"]: item for item in live}
            return all(item["name"] in by_name and is_subset(item, by_name[item["name"]]) for item in desired)
        return len(desired) == len(live) and all(map(is_subset, desired, live))
    return bool(desired == live)


def stamped(desired: Object) -> Object:
    """`desired` with the annotation `APPLIED`."""
    metadata = desired["metadata"]
    annotations = {**metadata.get("annotations", {}), APPLIED: digest(desired)}
    return {**desired, "metadata": {**metadata, "annotations": annotations}}


def differs(desired: Object, live: Object | None) -> bool:
    """The skip rule: whether `desired` must be sent."""
    return live is None or not is_subset(stamped(desired), live)


async def apply(
    cluster: Cluster, desired: Object, live: Object | None, notes: Mapping[str, str] | None = None
) -> tuple[Outcome, Object]:
    """Send `desired` if it differs from `live`; the outcome and the object as it now is.

    `notes` are annotations sent along that are no part of what is desired.
    """
    if live is not None and not differs(desired, live):
        return Outcome.UNCHANGED, live
    manifest = stamped(desired)
    manifest["metadata"]["annotations"].update(notes or {})
    applied = await cluster.apply(manifest, MANAGER)
    outcome = Outcome.CREATED if live is None else Outcome.UPDATED
    journal.wrote(outcome, applied)
    return outcome, applied


async def create_once(cluster: Cluster, manifest: Object) -> Object:
    """The object of `manifest`'s name, made from `manifest` if there is none; what exists is never changed."""
    kind, metadata = kind_of(manifest), manifest["metadata"]
    while True:
        live = await cluster.get(kind, metadata["namespace"], metadata["name"])
        if live is not None:
            return live
        with suppress(Conflict):  # made meanwhile: read that one
            created = await cluster.create(manifest)
            journal.wrote(Outcome.CREATED, created)
            return created


async def apply_replicas(cluster: Cluster, live: Object, replicas: int) -> Object:
    """Set a Deployment's replicas as their own manager, so that an autoscaler may own them afterwards."""
    metadata = live["metadata"]
    identity = {"name": metadata["name"], "namespace": metadata["namespace"], "uid": metadata["uid"]}
    manifest = {
        "apiVersion": live["apiVersion"],
        "kind": live["kind"],
        "metadata": identity,
        "spec": {"replicas": replicas},
    }
    scaled = await cluster.apply(manifest, REPLICAS_MANAGER)
    journal.wrote(f"scaled to {replicas}", scaled)
    return scaled


async def delete(cluster: Cluster, live: Object) -> None:
    """Delete exactly `live`; gone already is success."""
    metadata = live["metadata"]
    await cluster.delete(kind_of(live), metadata["namespace"], metadata["name"], metadata["uid"])
    journal.wrote("deleted", live)
