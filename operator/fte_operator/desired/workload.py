"""What runs for as long as the employee does: API, worker, their autoscalers and the API's Service.

Replicas belong to the autoscalers, so no Deployment here has any.
"""

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.api.workloads import Autoscaling
from fte_operator.desired import Object, documents, image_contract, metadata, mounts, pods
from fte_operator.desired.references import (
    CHANNELS,
    DATABASE,
    EMBEDDING,
    KAFKA,
    MANAGEMENT,
    MODEL,
    RUNTIME,
    WORKER_CHANNELS,
    References,
)
from fte_operator.desired.release import Document
from fte_operator.desired.secret_refs import secret_refs

_KEPT_REVISIONS = 3
_DRAIN_SECONDS = 5


def service_accounts(fte: DigitalFTE) -> tuple[Object, ...]:
    """An identity per program; none of them may do anything, and their tokens are mounted nowhere."""
    return tuple(
        metadata.manifest(
            fte,
            "ServiceAccount",
            metadata.derived_name(fte, component),
            component,
            {"automountServiceAccountToken": False},
        )
        for component in (metadata.API, metadata.WORKER)
    )


def api_deployment(fte: DigitalFTE, references: References, content: Document) -> Object:
    """The API. A pod that ends first waits until it has left the Service, then serves what it has taken in."""
    config = mounts.config(documents.name_of(fte, metadata.API, content))
    uses = secret_refs(fte, references.channels)
    managed = fte.spec.api.management is not None
    searching = (MANAGEMENT, EMBEDDING) if managed else ()
    program = pods.Program(
        component=metadata.API,
        account=metadata.derived_name(fte, metadata.API),
        command="fte-api",
        mounts=[
            config,
            mounts.database(uses),
            *mounts.kafka(uses),
            mounts.runtime(fte),
            *mounts.management(uses),
            *(mounts.embedding(uses) if managed else ()),
            *mounts.channels(uses, CHANNELS),
        ],
        resources=fte.spec.api.resources,
        digests=pods.digests(references, DATABASE, KAFKA, RUNTIME, CHANNELS, *searching),
        serving=True,
        public=True,
    )
    template = pods.template(fte, references.image, program, topologySpreadConstraints=_spread(fte, metadata.API))
    template["spec"]["containers"][0]["lifecycle"] = {"preStop": {"sleep": {"seconds": _DRAIN_SECONDS}}}
    return _deployment(fte, metadata.API, template)


def worker_deployment(fte: DigitalFTE, references: References, content: Document, revision: str) -> Object:
    """The worker, showing behaviour `revision`."""
    behaviour = metadata.derived_name(fte, metadata.BEHAVIOUR, revision)
    config = mounts.config(documents.name_of(fte, metadata.WORKER, content), behaviour)
    uses = secret_refs(fte, references.channels)
    program = pods.Program(
        component=metadata.WORKER,
        account=metadata.derived_name(fte, metadata.WORKER),
        command="fte-worker",
        mounts=[
            config,
            mounts.database(uses),
            *mounts.kafka(uses),
            *mounts.model(uses),
            *mounts.embedding(uses),
            *mounts.channels(uses, CHANNELS, WORKER_CHANNELS),
        ],
        resources=fte.spec.worker.resources,
        digests=pods.digests(references, DATABASE, KAFKA, MODEL, EMBEDDING, CHANNELS, WORKER_CHANNELS),
        serving=True,
    )
    template = pods.template(
        fte,
        references.image,
        program,
        topologySpreadConstraints=_spread(fte, metadata.WORKER),
        terminationGracePeriodSeconds=image_contract.WORKER_GRACE_SECONDS,
    )
    return _deployment(fte, metadata.WORKER, template)


def api_service(fte: DigitalFTE) -> Object:
    """The API's address inside the cluster: ``http`` for visitors, ``metrics`` for the operator and a monitor."""
    ports = [
        {"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"},
        {"name": pods.INNER, "port": image_contract.METRICS_PORT, "protocol": "TCP", "targetPort": pods.INNER},
    ]
    body = {"spec": {"type": "ClusterIP", "selector": metadata.selector(fte, metadata.API), "ports": ports}}
    return metadata.manifest(fte, "Service", metadata.derived_name(fte, metadata.API), metadata.API, body)


def autoscalers(fte: DigitalFTE) -> tuple[Object, ...]:
    """The owners of the replicas."""
    bounds = {metadata.API: fte.spec.api.autoscaling, metadata.WORKER: fte.spec.worker.autoscaling}
    return tuple(_autoscaler(fte, component, each) for component, each in bounds.items())


def _deployment(fte: DigitalFTE, component: str, template: Object) -> Object:
    spec = {
        "paused": False,  # undoes `kubectl rollout pause`, which would hold back every later release
        "revisionHistoryLimit": _KEPT_REVISIONS,
        "selector": {"matchLabels": metadata.selector(fte, component)},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}},
        "template": template,
    }
    name = metadata.derived_name(fte, component)
    return metadata.manifest(fte, "Deployment", name, component, {"spec": spec})


def _autoscaler(fte: DigitalFTE, component: str, bounds: Autoscaling) -> Object:
    name = metadata.derived_name(fte, component)
    target = {"type": "Utilization", "averageUtilization": bounds.target_cpu_percent}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": bounds.min_replicas,
        "maxReplicas": bounds.max_replicas,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }
    return metadata.manifest(fte, "HorizontalPodAutoscaler", name, component, {"spec": spec})


def _spread(fte: DigitalFTE, component: str) -> list[Object]:
    """Pods on different nodes if there are any."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": metadata.selector(fte, component)},
        }
    ]
