"""Names, labels and ownership of every object the operator makes."""

from collections.abc import Mapping
from typing import Final

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import Object

MANAGED_BY: Final = "fte-operator"
OWNER_UID: Final = "digitalfte.dev/owner-uid"
WATCH: Final = "digitalfte.dev/watch"

API: Final = "api"
WORKER: Final = "message-processor"
MIGRATE: Final = "migrate"
KNOWLEDGE: Final = "knowledge"
RETENTION: Final = "retention"
JOBS: Final = "jobs"
BEHAVIOUR: Final = "behaviour"
RUNTIME: Final = "runtime"

_API_VERSIONS = {
    "Deployment": "apps/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "NetworkPolicy": "networking.k8s.io/v1",
}
_WATCHED_BY_LABEL = frozenset({"ConfigMap", "Secret"})  # their watch has one selector, for users' objects and ours


def derived_name(fte: DigitalFTE, *parts: str) -> str:
    """``<name>-<part>-…``; at most 61 characters long, because a resource's name has at most 40."""
    return "-".join((fte.name, *parts))


def selector(fte: DigitalFTE, component: str) -> dict[str, str]:
    """The labels that find the pods of one component; never changed, a Deployment's selector cannot be."""
    return {
        "app.kubernetes.io/name": "digital-fte",
        "app.kubernetes.io/instance": fte.name,
        "app.kubernetes.io/component": component,
    }


def labels(fte: DigitalFTE, component: str) -> dict[str, str]:
    """Every label of an object and of its pods."""
    owner = {OWNER_UID: fte.metadata.uid} if fte.metadata.uid else {}
    common = {"app.kubernetes.io/part-of": "digital-fte", "app.kubernetes.io/managed-by": MANAGED_BY}
    return selector(fte, component) | common | owner


def manifest(fte: DigitalFTE, kind: str, name: str, component: str, body: Mapping[str, object]) -> Object:
    """An object owned by `fte`; without an owner reference if no API server has stored `fte`."""
    watched = {WATCH: "true"} if kind in _WATCHED_BY_LABEL else {}
    metadata: Object = {"name": name, "namespace": fte.namespace, "labels": labels(fte, component) | watched}
    if fte.metadata.uid:
        metadata["ownerReferences"] = [
            {
                "apiVersion": fte.api_version,
                "kind": fte.kind,
                "name": fte.name,
                "uid": fte.metadata.uid,
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
    return {"apiVersion": _API_VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata, **body}
