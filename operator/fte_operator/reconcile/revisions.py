"""Which behaviour documents a worker could show right now."""

from collections.abc import Iterator

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, JOB, Object
from fte_operator.desired import behaviour, metadata
from fte_operator.desired.digital_fte import Desired
from fte_operator.desired.documents import BEHAVIOUR_KEY, CONFIG_KEY, documents_in_use
from fte_operator.desired.pods import digest_annotation
from fte_operator.desired.readback import NO_SNAPSHOT, embedder_in, fits, snapshot_in, text_in
from fte_operator.desired.references import DATABASE
from fte_operator.reconcile.children import Children
from fte_operator.status.observed import JobPhase, job_state

_Knowledge = tuple[str | None, tuple[str, ...]]


def runnable_revisions(fte: DigitalFTE, children: Children) -> tuple[str, ...]:
    """Revisions of the documents that exist and whose knowledge a complete Job has ingested: the one that is shown now,
    then the newest first.

    With the embedder that the document names: another's vectors say nothing to it. What a worker of this spec could not
    start with is left out.
    """
    ingested = set(_ingested(fte, children))
    shown = documents_in_use(children.of(DEPLOYMENT))
    behaviours = sorted(_documents(fte, children, metadata.BEHAVIOUR), key=_age, reverse=True)
    behaviours.sort(key=lambda each: each["metadata"]["name"] not in shown)
    candidate = behaviour.behaviour(fte, "", None).text
    prefix = metadata.derived_name(fte, metadata.BEHAVIOUR, "")
    return tuple(
        each["metadata"]["name"].removeprefix(prefix)
        for each in behaviours
        if (_needs(each) in ingested or _needs(each)[0] == NO_SNAPSHOT)
        and fits(text_in(each, BEHAVIOUR_KEY), candidate)
    )


def is_ingested(fte: DigitalFTE, children: Children, desired: Desired) -> bool:
    """Whether a complete Job, be it an earlier one, has ingested into this database what the candidate searches in.

    A Job also differs by what its vectors do not depend on: address, price and key of their embedder, image.
    """
    shown = children.get(CONFIG_MAP, metadata.derived_name(fte, metadata.BEHAVIOUR, desired.revision))
    return shown is not None and _needs(shown) in set(_ingested(fte, children, desired.knowledge))


def _needs(behaviour: Object) -> _Knowledge:
    return snapshot_in(behaviour, BEHAVIOUR_KEY, "knowledge_snapshot"), embedder_in(behaviour, BEHAVIOUR_KEY)


def _ingested(fte: DigitalFTE, children: Children, beside: Object | None = None) -> Iterator[_Knowledge]:
    """Snapshots of the complete knowledge Jobs, with what embedded each; of those of one database ``beside`` a Job."""
    complete = [job for job in children.of(JOB) if job_state("", job).phase is JobPhase.COMPLETE]
    complete = [job for job in complete if beside is None or _database(job) == _database(beside)]
    mounted = documents_in_use(complete)
    for document in _documents(fte, children, metadata.KNOWLEDGE):
        snapshot = snapshot_in(document, CONFIG_KEY, "snapshot")
        if snapshot is not None and document["metadata"]["name"] in mounted:
            yield snapshot, embedder_in(document, CONFIG_KEY)


def _database(job: Object) -> object:
    """The digest of its Secret."""
    annotations = job["spec"]["template"]["metadata"].get("annotations") or {}
    return annotations.get(digest_annotation(DATABASE))


def _documents(fte: DigitalFTE, children: Children, role: str) -> Iterator[Object]:
    prefix = metadata.derived_name(fte, role, "")
    owned = (obj for (kind, _), obj in children.owned().items() if kind is CONFIG_MAP)
    return (obj for obj in owned if obj["metadata"]["name"].startswith(prefix))


def _age(obj: Object) -> tuple[str, str]:
    return obj["metadata"]["creationTimestamp"], obj["metadata"]["name"]
