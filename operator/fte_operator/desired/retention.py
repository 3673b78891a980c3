"""The daily Job that lets go of what is older than ``spec.retention`` has it kept.

It costs what a worker's pod does, as the other Jobs do. Kubernetes tries one that failed twice more, and the day after
begins another, so nobody has to. Employees begin at times of their own, at night in UTC, and not all at once.
"""

import hashlib

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import Object, documents, metadata, mounts, pods
from fte_operator.desired.references import DATABASE, References
from fte_operator.desired.release import Document
from fte_operator.desired.secret_refs import secret_refs

_DEADLINE_SECONDS = 3600
_NIGHT_MINUTES = 5 * 60


def cron_job(fte: DigitalFTE, references: References, content: Document) -> Object:
    """The CronJob; its Jobs have the employee's labels, so that the operator hears of them."""
    program = pods.Program(
        component=metadata.RETENTION,
        account=metadata.derived_name(fte, metadata.WORKER),
        command="fte-privacy",
        arguments=("retain",),
        mounts=[
            mounts.config(documents.name_of(fte, metadata.RETENTION, content)),
            mounts.database(secret_refs(fte, ())),
        ],
        resources=fte.spec.worker.resources,
        digests=pods.digests(references, DATABASE),
    )
    template = pods.template(fte, references.image, program, restartPolicy="Never")
    spec = {
        "schedule": schedule(fte),
        "timeZone": "Etc/UTC",
        "concurrencyPolicy": "Forbid",
        "suspend": False,
        "startingDeadlineSeconds": _DEADLINE_SECONDS,
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 1,
        "jobTemplate": {
            "metadata": {"labels": metadata.labels(fte, metadata.RETENTION)},
            "spec": {"backoffLimit": 2, "activeDeadlineSeconds": _DEADLINE_SECONDS, "template": template},
        },
    }
    name = metadata.derived_name(fte, metadata.RETENTION)
    return metadata.manifest(fte, "CronJob", name, metadata.RETENTION, {"spec": spec})


def schedule(fte: DigitalFTE) -> str:
    """Once a day between midnight and five, at a minute that follows from the employee's name."""
    minute = int(hashlib.sha256(fte.key.encode()).hexdigest()[:8], 16) % _NIGHT_MINUTES
    return f"{minute % 60} {minute // 60} * * *"
