"""The kinds the operator reads and writes, and their paths in the API."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fte_operator.cluster.errors import NotFound

Object = dict[str, Any]
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def is_name(text: str) -> bool:
    """Whether an object can be called so: a DNS subdomain (RFC 1123), as the API server asks for our kinds."""
    return len(text) <= 253 and _SUBDOMAIN.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Kind:
    """One namespaced kind."""

    api_version: str
    name: str
    plural: str

    def path(self, namespace: str | None, name: str | None = None, subresource: str | None = None) -> str:
        """The URL path of one object, or of the collection without `name`; of all namespaces without `namespace`.

        NotFound for a name that no object has: of ``../../other/secrets/theirs`` the path would lead there.
        """
        for given in (namespace, name):
            if given is not None and not is_name(given):
                raise NotFound(f"{self.name} {given[:80]!r}: no object can be called so")
        root = f"/api/{self.api_version}" if self.api_version == "v1" else f"/apis/{self.api_version}"
        scope = f"/namespaces/{namespace}" if namespace else ""
        return "/".join(part for part in (f"{root}{scope}/{self.plural}", name, subresource) if part)


DIGITAL_FTE = Kind("digitalfte.dev/v1alpha1", "DigitalFTE", "digitalftes")
SUPPORT_CHANNEL = Kind("digitalfte.dev/v1alpha1", "SupportChannel", "supportchannels")
SERVICE_ACCOUNT = Kind("v1", "ServiceAccount", "serviceaccounts")
CONFIG_MAP = Kind("v1", "ConfigMap", "configmaps")
SECRET = Kind("v1", "Secret", "secrets")
SERVICE = Kind("v1", "Service", "services")
POD = Kind("v1", "Pod", "pods")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
REPLICA_SET = Kind("apps/v1", "ReplicaSet", "replicasets")
JOB = Kind("batch/v1", "Job", "jobs")
CRON_JOB = Kind("batch/v1", "CronJob", "cronjobs")
AUTOSCALER = Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers")
NETWORK_POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies")
EVENT = Kind("v1", "Event", "events")
LEASE = Kind("coordination.k8s.io/v1", "Lease", "leases")

CHILDREN = (SERVICE_ACCOUNT, CONFIG_MAP, SECRET, SERVICE, DEPLOYMENT, JOB, CRON_JOB, AUTOSCALER, NETWORK_POLICY)
"""Kinds a custom resource may own: applied, watched and pruned."""

_BY_TYPE = {
    (kind.api_version, kind.name): kind
    for kind in (DIGITAL_FTE, SUPPORT_CHANNEL, *CHILDREN, POD, REPLICA_SET, EVENT, LEASE)
}


def kind_of(manifest: Mapping[str, Any]) -> Kind:
    """The kind of a manifest; KeyError for one the operator does not know."""
    return _BY_TYPE[manifest["apiVersion"], manifest["kind"]]
