"""Work that ends: migration and knowledge.

A Job's template cannot be changed, so its name carries the template's hash: another image, document or Secret
is another Job. None is retried by Kubernetes or removed by a clock; the operator does both, with the reason in
its hands. Both cost what a worker's pod does, so that a namespace which lets workers run lets them run.
"""

import hashlib
import json

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import Object, documents, metadata, mounts, pods
from fte_operator.desired.references import DATABASE, EMBEDDING, References
from fte_operator.desired.release import Document
from fte_operator.desired.secret_refs import secret_refs

_DEADLINES = {metadata.MIGRATE: 600, metadata.KNOWLEDGE: 3600}
"""Seconds after which a Job has failed, whatever its pod waits for."""


def migration(fte: DigitalFTE, references: References, content: Document) -> Object:
    """The Job that brings the database to the image's schema and claims it for this employee."""
    config = mounts.config(documents.name_of(fte, metadata.MIGRATE, content))
    program = pods.Program(
        component=metadata.MIGRATE,
        account=metadata.derived_name(fte, metadata.WORKER),
        command="fte-migrate",
        mounts=[config, mounts.database(secret_refs(fte, ()))],
        resources=fte.spec.worker.resources,
        digests=pods.digests(references, DATABASE),
    )
    return _job(fte, references, program)


def knowledge(fte: DigitalFTE, references: References, content: Document) -> Object:
    """The Job that ingests the sources as one snapshot."""
    config, uses = mounts.config(documents.name_of(fte, metadata.KNOWLEDGE, content)), secret_refs(fte, ())
    program = pods.Program(
        component=metadata.KNOWLEDGE,
        account=metadata.derived_name(fte, metadata.WORKER),
        command="fte-knowledge",
        mounts=[config, mounts.database(uses), *mounts.embedding(uses), *mounts.knowledge(fte)],
        resources=fte.spec.worker.resources,
        digests=pods.digests(references, DATABASE, EMBEDDING),
    )
    return _job(fte, references, program)


def _job(fte: DigitalFTE, references: References, program: pods.Program) -> Object:
    template = pods.template(fte, references.image, program, restartPolicy="Never")
    name = metadata.derived_name(fte, program.component, _digest(template))
    deadline = _DEADLINES[program.component]
    body = {"spec": {"backoffLimit": 0, "activeDeadlineSeconds": deadline, "template": template}}
    return metadata.manifest(fte, "Job", name, program.component, body)


def _digest(template: Object) -> str:
    text = json.dumps(template, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:10]
