"""Everything a DigitalFTE becomes, in the stages in which it may be applied."""

from collections.abc import Mapping
from dataclasses import dataclass

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import Object, behaviour, documents, jobs, metadata, network, release, retention, workload
from fte_operator.desired.knowledge import snapshot_of
from fte_operator.desired.references import References
from fte_operator.desired.topics import TopicSpec, topics

DIGEST_KEY = "digest-key"
RUNTIME_KEYS = ("status-token-current", "status-token-previous", DIGEST_KEY)
"""Keys of the generated Secret; each needs a random value of its own."""


@dataclass(frozen=True, slots=True)
class Desired:
    """Objects by stage: `base` and `documents` first, then `migration`, then `knowledge`, then `workload`.

    `revision` names the behaviour the worker shows; `snapshot` the knowledge the candidate answers from. Without
    knowledge sources there is neither snapshot nor Job. `fallback_worker` is the worker with a behaviour that can be
    shown while the candidate's knowledge is not ingested.
    """

    revision: str
    snapshot: str | None
    base: tuple[Object, ...]
    documents: tuple[Object, ...]
    migration: Object
    knowledge: Object | None
    workload: tuple[Object, ...]
    fallback_worker: Object | None
    topics: tuple[TopicSpec, ...]

    @property
    def objects(self) -> tuple[Object, ...]:
        """Every object of every stage."""
        knowledge = () if self.knowledge is None else (self.knowledge,)
        return (*self.base, *self.documents, self.migration, *knowledge, *self.workload)


def build(fte: DigitalFTE, references: References) -> Desired:
    """What the cluster should hold for `fte`, besides the generated Secret (`runtime_secret`)."""
    snapshot = snapshot_of(references.knowledge) if fte.spec.knowledge.sources else None
    shown = behaviour.behaviour(fte, references.image, snapshot)
    revision = shown.revision
    earlier = release.decide_release(revision, references.revisions, ingested=False)
    api, worker, migrate = documents.api(fte, references), documents.worker(fte, references), documents.migrate(fte)
    config_maps = [
        documents.config_map(fte, metadata.BEHAVIOUR, shown, documents.BEHAVIOUR_KEY),
        documents.config_map(fte, metadata.API, api),
        documents.config_map(fte, metadata.WORKER, worker),
        documents.config_map(fte, metadata.MIGRATE, migrate),
    ]
    knowledge = None
    if snapshot is not None:
        content = documents.knowledge(fte, snapshot)
        config_maps.append(documents.config_map(fte, metadata.KNOWLEDGE, content))
        knowledge = jobs.knowledge(fte, references, content)
    keeping: tuple[Object, ...] = ()
    if fte.spec.retention.ages:
        kept = documents.retention(fte)
        config_maps.append(documents.config_map(fte, metadata.RETENTION, kept))
        keeping = (retention.cron_job(fte, references, kept),)
    return Desired(
        revision=revision,
        snapshot=snapshot,
        base=(*workload.service_accounts(fte), *network.policies(fte, references)),
        documents=tuple(config_maps),
        migration=jobs.migration(fte, references, migrate),
        knowledge=knowledge,
        workload=(
            workload.api_service(fte),
            workload.api_deployment(fte, references, api),
            workload.worker_deployment(fte, references, worker, revision),
            *workload.autoscalers(fte),
            *keeping,
        ),
        fallback_worker=workload.worker_deployment(fte, references, worker, earlier) if earlier else None,
        topics=topics(fte),
    )


def runtime_secret(fte: DigitalFTE, values: Mapping[str, str]) -> Object:
    """The generated Secret, made once and never overwritten; `values` has a random string per `RUNTIME_KEYS`.

    Without values it has no data: that is how it is shown to people.
    """
    name = metadata.derived_name(fte, metadata.RUNTIME)
    body: Object = {"type": "Opaque"} | ({"stringData": {key: values[key] for key in RUNTIME_KEYS}} if values else {})
    return metadata.manifest(fte, "Secret", name, metadata.RUNTIME, body)
