"""DigitalFTE: from its spec to running software and a status that tells the truth.

The gates, in order: what it refers to exists; topics and migration; knowledge; then the workload. While a gate
is not passed, what already runs keeps running unchanged, and nothing is pruned that it needs; while only Kafka or
knowledge is in the way, what of it gets lost is made again, and documents that are refused hold back nothing else.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from fte_operator.api.v1alpha1 import DigitalFTE, parse_digital_fte
from fte_operator.cluster.apply import create_once
from fte_operator.cluster.client import Cluster
from fte_operator.cluster.kinds import AUTOSCALER, CONFIG_MAP, DEPLOYMENT, DIGITAL_FTE, SECRET, Object
from fte_operator.desired import defaults, metadata, secret_refs
from fte_operator.desired.digital_fte import RUNTIME_KEYS, Desired, build, runtime_secret
from fte_operator.desired.documents import BEHAVIOUR_KEY, documents_in_use
from fte_operator.desired.readback import NO_SNAPSHOT, snapshot_in
from fte_operator.desired.secret_refs import SecretUse
from fte_operator.desired.topics import owner_topic
from fte_operator.errors import InvalidSpec
from fte_operator.reconcile import api_pods, conflicts, dependencies, jobs, names, retention, revisions, stages, stuck
from fte_operator.reconcile.children import Children, read_children
from fte_operator.reconcile.dependencies import Dependencies
from fte_operator.reconcile.health_cache import HealthCache
from fte_operator.reconcile.jobs import Progress
from fte_operator.reconcile.prefixes import Grants
from fte_operator.reconcile.publish import publish
from fte_operator.status import checks, work
from fte_operator.status.checks import Observation
from fte_operator.status.health import TOPICS, Faults
from fte_operator.status.observed import JobPhase, Problem, WorkloadState, scaler_state, workload_state
from fte_operator.topics.base import Claim, Topics, TopicsError
from fte_operator.workqueue import Key, Result
from fte_transport.access import KafkaAccess

_TOKEN_BYTES = 32
_TOPICS_SECONDS = 5.0  # a topic that is being deleted cannot be made again yet, and no event tells when it can


@dataclass(frozen=True, slots=True)
class _Gates:
    """How far this reconcile came; None for what an earlier gate kept from being looked at."""

    topics: Problem | Mapping[str, int] | None = None
    migration: Progress | None = None
    knowledge: Progress | None = None
    passed: bool = False
    again: float | None = None

    @property
    def requeue_after(self) -> float | None:
        """The earliest time Kafka, a Job or a rollout wants to be looked at."""
        known = self.topics.again if isinstance(self.topics, Problem) else None
        times = [self.again, known, *(job.requeue_after for job in (self.migration, self.knowledge) if job)]
        return min((time for time in times if time is not None), default=None)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What should be there, and how the brokers that keep its topics are reached."""

    desired: Desired
    kafka: KafkaAccess


class DigitalFTEReconciler:
    """Brings one DigitalFTE closer to its spec."""

    def __init__(
        self,
        cluster: Cluster,
        topics: Topics,
        image: str,
        health: HealthCache,
        *,
        namespaces: Sequence[str] = (),
        home: str = "fte-system",
        grants: Grants = MappingProxyType({}),
    ) -> None:
        self._cluster, self._topics, self._image = cluster, topics, image
        self._health, self._namespaces, self._home, self._grants = health, namespaces, home, grants

    async def reconcile(self, raw: Object, now: datetime) -> Result:
        """One run over a stored DigitalFTE.

        Raises:
            ClusterError: the API server refused or did not answer; what was done stays done.
        """
        try:
            fte = parse_digital_fte(raw)
        except InvalidSpec as error:
            self._health.forget(Key(DIGITAL_FTE.name, raw["metadata"]["namespace"], raw["metadata"]["name"]))
            refusal = checks.refused(Problem(error.reason, str(error)))
            await publish(self._cluster, raw, refusal, {}, now)
            return Result()
        key = Key(DIGITAL_FTE.name, fte.namespace, fte.name)
        generated = metadata.derived_name(fte, metadata.RUNTIME)
        children = await read_children(self._cluster, fte.namespace, fte.metadata.uid, generated)
        await self._attend(fte, children)  # asked from the start, however far this run comes
        plan, found = await self._desired(fte, children)
        gates = _Gates()
        if plan is not None:
            gates = await self._converge(fte, plan, children, now)
            await stages.prune_failed(self._cluster, plan.desired.objects, children)
            everything = gates.passed and not found.problems  # until then, what is old may be needed again
            await stages.prune(self._cluster, plan.desired.objects, children, everything=everything)
        faults = self._faults(fte, children)
        if faults is not None:
            seen = replace(
                await self._observe(fte, children, found.problems, gates),
                faults=faults,
                known=self._health.known_parts(key),
                silent=self._health.silent(key) or (not self._health.heard(key) and work.was_unheard(raw)),
                heard=self._health.heard(key),
                late_knowledge=found.late_knowledge,
                late_secrets=found.late_secrets,
            )
            await publish(self._cluster, raw, checks.conditions(seen), _fields(fte, raw, children, gates), now)
            gates = replace(gates, again=_again(seen))
        waiting = bool(found.problems) or isinstance(gates.topics, Problem)
        return Result(requeue_after=gates.requeue_after, waiting=waiting)

    async def _attend(self, fte: DigitalFTE, children: Children) -> None:
        """Have the API asked for its health while its Deployment is available."""
        key = Key(DIGITAL_FTE.name, fte.namespace, fte.name)
        if not _workload(fte, children, metadata.API).available:
            self._health.forget(key)
            return
        where = await api_pods.addresses(self._cluster, fte, children)
        self._health.watch(key, (binding.channel_ref for binding in fte.spec.channels), where)

    def _faults(self, fte: DigitalFTE, children: Children) -> Faults | None:
        """What the API itself reports; None while nobody knows."""
        if not _workload(fte, children, metadata.API).available:
            return {}
        return self._health.of(Key(DIGITAL_FTE.name, fte.namespace, fte.name))

    async def _desired(self, fte: DigitalFTE, children: Children) -> tuple[_Plan | None, Dependencies]:
        """What should be there, or the problems that keep it from being known or from being made."""
        conflict = await conflicts.prefix_taken(self._cluster, fte, self._grants)
        if conflict is not None:
            return None, Dependencies(None, (conflict,))
        generated = runtime_secret(fte, {})
        taken = await names.name_conflicts(self._cluster, [generated], children)
        stand_in = {**generated, "data": dict.fromkeys(RUNTIME_KEYS, "")}  # to name what else is taken; never applied
        runtime = stand_in if taken else await self._runtime_secret(fte, children)
        found = await dependencies.read(
            self._cluster, fte, children, runtime, self._image, namespaces=self._namespaces, home=self._home
        )
        desired = build(fte, found.references) if found.references else None
        wanted = (generated, *(desired.objects if desired else ()))
        problems = await names.name_conflicts(self._cluster, wanted, children)  # all of them at once
        plan = _Plan(desired, found.kafka) if desired and found.kafka and not problems else None
        return plan, replace(found, problems=(*problems, *found.problems))

    async def _converge(self, fte: DigitalFTE, plan: _Plan, children: Children, now: datetime) -> _Gates:
        """Apply stage after stage, as far as the gates allow."""
        desired = plan.desired
        await stages.apply_all(self._cluster, (*desired.base, *desired.documents), children)
        migration = await jobs.ensure(self._cluster, desired.migration, children, now)
        topics = await self._ensure_topics(fte, plan)
        migrated = migration.state.phase is JobPhase.COMPLETE
        knowledge = None
        if migrated and desired.knowledge is not None:
            knowledge = await jobs.ensure(self._cluster, desired.knowledge, children, now, words=True)
        ingested = desired.knowledge is None or (knowledge is not None and knowledge.state.phase is JobPhase.COMPLETE)
        reached = not isinstance(topics, Problem)
        if migrated:
            informed = ingested or revisions.is_ingested(fte, children, desired)
            refused = knowledge is not None and jobs.is_refused(knowledge.state)
            allowed = stages.workload(desired, children, topics=reached, ingested=informed, refused=refused)
            await stages.apply_all(self._cluster, allowed, children)
        await stages.scale_from_zero(self._cluster, desired.workload, children)
        return _Gates(topics, migration, knowledge, passed=migrated and ingested and reached)

    async def _ensure_topics(self, fte: DigitalFTE, plan: _Plan) -> Problem | Mapping[str, int]:
        claim = Claim(owner_topic(fte), fte.key)
        missed = TOPICS in (self._health.of(Key(DIGITAL_FTE.name, fte.namespace, fte.name)) or {})
        try:
            return await self._topics.ensure(plan.kafka, claim, plan.desired.topics, anew=missed)
        except TopicsError as error:
            return Problem(error.reason, str(error), error.stalled, again=error.retry_after)

    async def _observe(
        self, fte: DigitalFTE, children: Children, problems: tuple[Problem, ...], gates: _Gates
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
            api=await self._explained(fte, children, metadata.API),
            worker=await self._explained(fte, children, metadata.WORKER),
            channels=len(fte.spec.channels),
            model_key=_key(secret_refs.model(fte)),
            embedding_key=_key(secret_refs.embedding(fte)),
            retention=await retention.latest(self._cluster, fte, children),
            scalers=tuple(scaler_state(each) for each in sorted(children.of(AUTOSCALER), key=_name)),
        )

    async def _explained(self, fte: DigitalFTE, children: Children, component: str) -> WorkloadState:
        seen = _workload(fte, children, component)
        return await stuck.explained(self._cluster, fte.namespace, metadata.selector(fte, component), seen)

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


def _key(uses: Sequence[SecretUse]) -> str:
    """Where a person finds the key of a hosted model or embedder."""
    return "".join(f"key {use.key} of Secret {use.secret} ({use.field})" for use in uses)


def _again(seen: Observation) -> float | None:
    """When to look again at what no event tells of: topics that the API misses, and pods."""
    if TOPICS in seen.faults:
        return _TOPICS_SECONDS
    unsettled = any(each.exists and not each.settled for each in (seen.api, seen.worker))
    return stuck.PATIENCE_SECONDS if unsettled else None


def _name(obj: Object) -> str:
    name: str = obj["metadata"]["name"]
    return name


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
            snapshot = snapshot_in(document, BEHAVIOUR_KEY, "knowledge_snapshot")
            return name.removeprefix(prefix), None if snapshot == NO_SNAPSHOT else snapshot
    return None, None
