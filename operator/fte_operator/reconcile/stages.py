"""Applying and pruning what the builders desire."""

from collections.abc import Iterable

from fte_operator.cluster import apply
from fte_operator.cluster.apply import Outcome
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import AUTOSCALER, CONFIG_MAP, DEPLOYMENT, SECRET, Kind, Object, kind_of
from fte_operator.desired.documents import documents_in_use
from fte_operator.reconcile.children import Children


async def apply_all(cluster: Cluster, objects: Iterable[Object], children: Children) -> None:
    """Apply what differs, in order; a Deployment made just now starts with its autoscaler's fewest replicas."""
    objects = tuple(objects)
    fewest = {
        obj["spec"]["scaleTargetRef"]["name"]: obj["spec"]["minReplicas"]
        for obj in objects
        if kind_of(obj) is AUTOSCALER
    }
    for desired in objects:
        outcome, live = await apply.apply(cluster, desired, children.like(desired))
        children.keep(live)
        replicas = fewest.get(desired["metadata"]["name"], 1)
        if outcome is Outcome.CREATED and kind_of(desired) is DEPLOYMENT and replicas > 1:
            await apply.apply_replicas(cluster, live, replicas)


async def prune(cluster: Cluster, desired: Iterable[Object], children: Children) -> None:
    """Delete owned objects that are no longer desired.

    Configuration documents stay while a ReplicaSet or Deployment mounts them, so that an old pod can start again.
    Secrets are never deleted.
    """
    wanted = {(kind_of(obj), obj["metadata"]["name"]) for obj in desired}
    in_use = documents_in_use([*children.replica_sets, *children.of(DEPLOYMENT)])
    for (kind, name), obj in children.owned().items():
        if (kind, name) in wanted or _stays(kind, name, in_use) or "deletionTimestamp" in obj["metadata"]:
            continue
        await cluster.delete(kind, obj["metadata"]["namespace"], name, obj["metadata"]["uid"])


def _stays(kind: Kind, name: str, in_use: set[str]) -> bool:
    return kind is SECRET or (kind is CONFIG_MAP and name in in_use)
