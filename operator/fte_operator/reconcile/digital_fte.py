"""DigitalFTE: from its spec to running software and a status that tells the truth.

The gates, in order: what it refers to exists; topics and migration; knowledge; then the workload. While a gate
is not passed, what already runs keeps running unchanged, and nothing old is pruned; while only Kafka or knowledge
is in the way, what of it gets lost is made again.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from fte_operator.api.v1alpha1 import DigitalFTE, parse_digital_fte
from fte_operator.cluster.apply import create_once
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, DIGITAL_FTE, SECRET, Object
from fte_operator.desired import defaults, metadata
from fte_operator.desired.digital_fte import RUNTIME_KEYS, Desired, build, runtime_secret
from fte_operator.desired.documents import BEHAVIOUR_KEY, documents_in_use
from fte_operator.errors import InvalidSpec
from fte_operator.reconcile import conflicts, dependencies, jobs, names, stages
from fte_operator.reconcile.children import Children, read_children
from fte_operator.reconcile.health_cache import HealthCache
from fte_operator.reconcile.jobs import Progress
from fte_operator.reconcile.publish import publish
from fte_operator.status import checks
from fte_operator.status.checks import Observation
from fte_operator.status.health import Faults
from fte_operator.status.observed import JobPhase, Problem, WorkloadState, workload_state
from fte_operator.topics.base import Topics, TopicsError
from fte_operator.workqueue import Key, Result

_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Gates:
    """How far this reconcile came; None for what an earlier gate kept from being looked at."""

    topics: Problem | Mapping[str, int] | None = None
    migration: Progress | None = None
    knowledge: Progress | None = None
    passed: bool = False

    @property
    def requeue_after(self) -> float | None:
        """The earliest time a Job wants to be looked at."""
        times = [job.requeue_after for job in (self.migration, self.knowledge) if job and job.requeue_after is not None]
        return min(times, default=None)


class DigitalFTEReconciler:
    """Brings one DigitalFTE closer to its spec."""

    def __init__(
        self, cluster: Cluster, topics: Topics, image: str, health: HealthCache, *, namespaces: Sequence[str] = ()
    ) -> None:
        self._cluster, self._topics, self._image = cluster, topics, image
        self._health, self._namespaces = health, namespaces

    async def reconcile(self, raw: Object, now: datetime) -> Result:
        """One run over a stored DigitalFTE.

        Raises:
            ClusterError: the API server refused or did not answer; what was done stays done.
        """
        try:
            fte = parse_digital_fte(raw)
        except InvalidSpec as error:
            refusal = checks.refused(Problem(error.reason, str(error)))
            await publish(self._cluster, raw, refusal, {}, now)
            return Result()
        children = await read_children(self._cluster, fte.namespace, fte.metadata.uid)
        self._faults(fte, children)  # asked from the start, however far this run comes
        desired, problems = await self._desired(fte, children)
        gates = _Gates()
        if desired is not None:
            gates = await self._converge(fte, desired, children, now)
            if gates.passed and not problems:  # until then, what is old may be needed again
                await stages.prune(self._cluster, desired.objects, children)
        faults = self._faults(fte, children)
        if faults is not None:
            seen = _observe(fte, children, problems, gates, faults)
            await publish(self._cluster, raw, checks.conditions(seen), _fields(fte, raw, children, gates), now)
        waiting = bool(problems) or isinstance(gates.topics, Problem)
        return Result(requeue_after=gates.requeue_after, waiting=waiting)

    def _faults(self, fte: DigitalFTE, children: Children) -> Faults | None:
        """What the API itself reports, asked while its Deployment is available; None while nobody knows."""
        key = Key(DIGITAL_FTE.name, fte.namespace, fte.name)
        if not _workload(fte, children, metadata.API).available:
            self._health.forget(key)
            return {}
        self._health.watch(key, (binding.channel_ref for binding in fte.spec.channels))
        return self._health.of(key)

    async def _desired(self, fte: DigitalFTE, children: Children) -> tuple[Desired | None, tuple[Problem, ...]]:
        """What should be there, or the problems that keep it from being known or from being made."""
        conflict = await conflicts.prefix_taken(self._cluster, fte, self._namespaces)
        if conflict is not None:
            return None, (conflict,)
        problems = await names.name_conflicts(self._cluster, [runtime_secret(fte, {})], children)
        if problems:
            return None, problems
        runtime = await self._runtime_secret(fte, children)
        found = await dependencies.read(self._cluster, fte, children, runtime, self._image, namespaces=self._namespaces)
        if found.references is None:
            return None, found.problems
        desired = build(fte, found.references)
        problems = await names.name_conflicts(self._cluster, desired.objects, children)
        return (None if problems else desired), (*problems, *found.problems)

    async def _converge(self, fte: DigitalFTE, desired: Desired, children: Children, now: datetime) -> _Gates:
        """Apply stage after stage, as far as the gates allow."""
        await stages.apply_all(self._cluster, (*desired.base, *desired.documents), children)
        migration = await jobs.ensure(self._cluster, desired.migration, children, now)
        topics = await self._ensure_topics(fte, desired)
        migrated = migration.state.phase is JobPhase.COMPLETE
        knowledge = None
        if migrated and desired.knowledge is not None:
            knowledge = await jobs.ensure(self._cluster, desired.knowledge, children, now)
        ingested = desired.knowledge is None or (knowledge is not None and knowledge.state.phase is JobPhase.COMPLETE)
        reached = not isinstance(topics, Problem)
        if migrated:
            allowed = stages.workload(desired, children, topics=reached, ingested=ingested)
            await stages.apply_all(self._cluster, allowed, children)
        await stages.scale_from_zero(self._cluster, desired.workload, children)
        return _Gates(topics, migration, knowledge, passed=migrated and ingested and reached)

    async def _ensure_topics(self, fte: DigitalFTE, desired: Desired) -> Problem | Mapping[str, int]:
        try:
            return await self._topics.ensure(fte.spec.kafka.bootstrap_servers, desired.topics)
        except TopicsError as error:
            return Problem(error.reason, str(error))

    async def _runtime_secret(self, fte: DigitalFTE, children: Children) -> Object:
        """The generated Secret as it is in the cluster, made now if it is missing."""
        name = metadata.derived_name(fte, metadata.RUNTIME)
        live = children.get(SECRET, name)
        if live is None:
            values = {key: secrets.token_urlsafe(_TOKEN_BYTES) for key in RUNTIME_KEYS}
            live = await create_once(self._cluster, runtime_secret(fte, values))
            children.record(live)
        return live


def _workload(fte: DigitalFTE, children: Children, component: str) -> WorkloadState:
    name = metadata.derived_name(fte, component)
    return workload_state(name, children.get(DEPLOYMENT, name))


def _observe(
    fte: DigitalFTE, children: Children, problems: tuple[Problem, ...], gates: _Gates, faults: Faults
) -> Observation:
    topics = gates.topics
    if isinstance(topics, Mapping):
        topics_seen: Problem | str | None = f"{len(topics)} topics under {defaults.topic_prefix(fte)}"
    else:
        topics_seen = topics
    return Observation(
        dependencies=problems,
        topics=topics_seen,
        migration=gates.migration.state if gates.migration else None,
        knowledge=gates.knowledge.state if gates.knowledge else None,
        has_sources=bool(fte.spec.knowledge.sources),
        api=_workload(fte, children, metadata.API),
        worker=_workload(fte, children, metadata.WORKER),
        faults=faults,
    )


def _fields(fte: DigitalFTE, raw: Object, children: Children, gates: _Gates) -> dict[str, Any]:
    """Status beside the conditions; topics stay as they were last seen while Kafka does not answer."""
    worker = children.get(DEPLOYMENT, metadata.derived_name(fte, metadata.WORKER))
    revision, snapshot = _behaviour(fte, children, worker)
    topics = (raw.get("status") or {}).get("topics")
    if isinstance(gates.topics, Mapping):
        topics = [{"name": name, "partitions": count} for name, count in gates.topics.items()]
    return {
        "endpoint": defaults.api_url(fte),
        "release": {"current": revision} if revision else None,
        "knowledge": {"snapshot": snapshot} if snapshot else None,
        "topics": topics,
        "api": _pods(children.get(DEPLOYMENT, metadata.derived_name(fte, metadata.API))),
        "worker": _pods(worker),
    }


def _pods(deployment: Object | None) -> dict[str, int] | None:
    if deployment is None:
        return None
    status = deployment.get("status") or {}
    return {name: status.get(name, 0) for name in ("replicas", "readyReplicas")}


def _behaviour(fte: DigitalFTE, children: Children, worker: Object | None) -> tuple[str | None, str | None]:
    """Revision and knowledge snapshot of the behaviour that the worker's pods are made with."""
    prefix = metadata.derived_name(fte, metadata.BEHAVIOUR, "")
    for name in documents_in_use([worker] if worker else []):
        document = children.get(CONFIG_MAP, name)
        if name.startswith(prefix) and document is not None:
            content = yaml.safe_load(document["data"][BEHAVIOUR_KEY])
            return name.removeprefix(prefix), content["knowledge_snapshot"]
    return None, None
