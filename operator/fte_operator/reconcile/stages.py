"""Applying and pruning what the builders desire."""

from collections.abc import Iterable

from fte_operator.cluster import apply
from fte_operator.cluster.apply import Outcome
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import (
    AUTOSCALER,
    CONFIG_MAP,
    DEPLOYMENT,
    JOB,
    NETWORK_POLICY,
    SECRET,
    Kind,
    Object,
    kind_of,
)
from fte_operator.desired import metadata
from fte_operator.desired.digital_fte import Desired
from fte_operator.desired.documents import documents_in_use
from fte_operator.reconcile.children import Children
from fte_operator.status.observed import JobPhase, job_state, workload_state


async def apply_all(cluster: Cluster, objects: Iterable[Object], children: Children) -> None:
    """Apply what differs, in order; a Deployment made just now starts with its autoscaler's fewest replicas."""
    objects = tuple(objects)
    fewest = _fewest(objects)
    for desired in objects:
        outcome, live = await apply.apply(cluster, desired, children.matching(desired))
        children.record(live)
        replicas = fewest.get(desired["metadata"]["name"], 1)
        if outcome is Outcome.CREATED and kind_of(desired) is DEPLOYMENT and replicas > 1:
            children.record(await apply.apply_replicas(cluster, live, replicas))


def workload(desired: Desired, children: Children, *, topics: bool, ingested: bool, refused: bool) -> list[Object]:
    """What of the workload may be applied after the migration.

    While Kafka or the knowledge is not ready, a Deployment that runs is not changed, and one that is missing is
    made: the worker with a behaviour that could be shown. Knowledge that is `refused` is not ready until a person mends
    it, so that all else the spec asks of the worker goes on with the behaviour that it shows. What never ran waits for
    its topics.
    """
    if not topics and not any(children.matching(obj) for obj in desired.workload):
        return []
    allowed: list[Object | None] = []
    for obj in desired.workload:
        live = children.matching(obj)
        if kind_of(obj) is not DEPLOYMENT:
            allowed.append(obj)
        elif ingested or not _is_worker(obj):
            allowed += [obj] if topics or live is None else []
        elif live is None or (topics and refused and _shows_the_same(desired, live)):
            allowed.append(desired.fallback_worker)
    return [obj for obj in allowed if obj is not None]


def _is_worker(obj: Object) -> bool:
    """Whether it is of the worker."""
    component: str = obj["metadata"]["labels"]["app.kubernetes.io/component"]
    return component == metadata.WORKER


def _shows_the_same(desired: Desired, live: Object) -> bool:
    """Whether the fallback has the behaviour of the worker that runs: besides it, it mounts its own document alone."""
    if desired.fallback_worker is None:
        return False
    own = {obj["metadata"]["name"] for obj in desired.documents if _is_worker(obj)}
    return documents_in_use([desired.fallback_worker]) - own <= documents_in_use([live])


async def scale_from_zero(cluster: Cluster, objects: Iterable[Object], children: Children) -> None:
    """Give Deployments without replicas their fewest: autoscalers leave one that was scaled to none alone."""
    for name, replicas in _fewest(objects).items():
        live = children.get(DEPLOYMENT, name)
        if live is not None and live["spec"].get("replicas") == 0:
            children.record(await apply.apply_replicas(cluster, live, replicas))


def _fewest(objects: Iterable[Object]) -> dict[str, int]:
    """The autoscalers' fewest replicas, by Deployment."""
    specs = [obj["spec"] for obj in objects if kind_of(obj) is AUTOSCALER]
    return {spec["scaleTargetRef"]["name"]: spec["minReplicas"] for spec in specs}


async def prune(cluster: Cluster, desired: Iterable[Object], children: Children, *, everything: bool) -> None:
    """Delete owned objects that are no longer desired, or of these the NetworkPolicies alone.

    Configuration documents stay while a ReplicaSet or Deployment mounts them, so that an old pod can start again.
    Secrets are never deleted. What a NetworkPolicy allowed stays allowed until no pod of the old template is left, and
    not longer: what else may be in the way keeps no way out open that was taken away.
    """
    desired = tuple(desired)
    wanted = {(kind_of(obj), obj["metadata"]["name"]) for obj in desired}
    in_use = documents_in_use([*children.replica_sets, *children.of(DEPLOYMENT)])
    settled = _is_settled(desired, children)
    for (kind, name), obj in children.owned().items():
        if (kind, name) in wanted or "deletionTimestamp" in obj["metadata"]:
            continue
        if settled if kind is NETWORK_POLICY else everything and not _stays(kind, name, in_use):
            await apply.delete(cluster, obj)


def _is_settled(desired: Iterable[Object], children: Children) -> bool:
    """Whether every pod there is, is of a Deployment as it is desired."""
    wanted = {obj["metadata"]["name"]: obj for obj in desired if kind_of(obj) is DEPLOYMENT}
    for live in children.of(DEPLOYMENT):
        template = wanted.get(live["metadata"]["name"])
        if not workload_state("", live).rolled_out or (template is not None and apply.differs(template, live)):
            return False
    return True


async def prune_failed(cluster: Cluster, desired: Iterable[Object], children: Children) -> None:
    """Delete owned Jobs that failed and are no longer desired: each wrong URL would leave one."""
    wanted = {obj["metadata"]["name"] for obj in desired if kind_of(obj) is JOB}
    for (kind, name), obj in children.owned().items():
        failed = kind is JOB and job_state(name, obj).phase is JobPhase.FAILED
        if failed and name not in wanted and "deletionTimestamp" not in obj["metadata"]:
            await apply.delete(cluster, obj)


def _stays(kind: Kind, name: str, in_use: set[str]) -> bool:
    return kind is SECRET or (kind is CONFIG_MAP and name in in_use)
