"""A ConfigMap that looks like a document of the operator's may be a tenant's: it is read by its lines, by no parser."""

from dataclasses import replace
from typing import Any

import pytest
from custom_resources import IMAGE, channel, embedder, fte, whatsapp
from yaml_bombs import BOMBS

from fte_operator.cluster.kinds import CONFIG_MAP, DEPLOYMENT, JOB, Object, kind_of
from fte_operator.desired import metadata
from fte_operator.desired.digital_fte import Desired, build
from fte_operator.desired.references import References
from fte_operator.reconcile import stages
from fte_operator.reconcile.children import Children
from fte_operator.reconcile.mounted import running_channels
from fte_operator.reconcile.revisions import runnable_revisions

pytestmark = pytest.mark.timeout(30)  # one that is expanded takes minutes, and gigabytes
KNOWLEDGE = {"sources": [{"name": "handbook", "configMapRef": {"name": "handbook"}}]}
EMPLOYEE = fte(knowledge=KNOWLEDGE)
OTHER = fte(knowledge=KNOWLEDGE, company={"name": "Southwind"})
WORLD = References(IMAGE, channels=(channel("website"), whatsapp()), knowledge={"handbook": "digest"})
OWNER = "11111111-2222-3333-4444-555555555555"


def stored(obj: Object) -> Object:
    return obj | {"metadata": obj["metadata"] | {"creationTimestamp": "2026-01-01T00:00:00Z"}}


def children(desired: Desired, *others: Object, ingested: bool = True) -> Children:
    """What an employee that was rolled out has, and `others`, which may take a name of its."""
    found = {(kind_of(obj), obj["metadata"]["name"]): stored(obj) for obj in (*desired.objects, *others)}
    for (kind, _), obj in found.items():
        if kind is JOB and ingested:
            obj["status"] = {"conditions": [{"type": "Complete", "status": "True"}]}
    return Children(OWNER, found, [])


def forged(role: str, revision: str, data: dict[str, Any] | None) -> Object:
    """A ConfigMap that a tenant made with the labels, the owner and the name of a document."""
    made = metadata.manifest(EMPLOYEE, "ConfigMap", f"helper-{role}-{revision}", role, {})
    return made | ({} if data is None else {"data": data})


def test_what_was_rolled_out_can_be_shown_once_its_knowledge_is_ingested() -> None:
    desired = build(EMPLOYEE, WORLD)
    assert runnable_revisions(EMPLOYEE, children(desired)) == (desired.revision,)
    assert runnable_revisions(EMPLOYEE, children(desired, ingested=False)) == ()
    bare = fte()
    without = build(bare, References(IMAGE))
    assert runnable_revisions(bare, children(without, ingested=False)) == (without.revision,)


def test_a_changed_embedder_is_shown_once_its_own_job_is_done_and_until_then_the_one_before() -> None:
    """Of one snapshot: the vectors of another embedder say nothing to it."""
    before = build(EMPLOYEE, WORLD)
    other = fte(knowledge=KNOWLEDGE, embedding=embedder("OpenAI"))
    after = build(other, WORLD)
    found = children(before)
    waiting = children(after, ingested=False)
    for (kind, name), obj in waiting.owned().items():
        if (kind, name) not in found.owned():
            found.record(obj)
    assert before.snapshot == after.snapshot and before.revision != after.revision
    assert runnable_revisions(other, found) == (before.revision,)
    for (kind, _), obj in children(after).owned().items():
        if kind is JOB:
            found.record(obj)
    assert set(runnable_revisions(other, found)) == {before.revision, after.revision}


def test_what_is_shown_now_comes_first_and_alone_follows_the_spec_while_documents_are_refused() -> None:
    """The other behaviour is as good, and newer by its name; a worker that shows one is not made to show another."""
    first, second = sorted((build(EMPLOYEE, WORLD), build(OTHER, WORLD)), key=lambda each: each.revision)
    found = children(second)
    for obj in children(first).owned().values():
        found.record(obj)
    assert runnable_revisions(EMPLOYEE, found) == (first.revision, second.revision)
    changed = fte(knowledge=KNOWLEDGE, worker={"concurrency": 9})
    for shown, follows in ((first, True), (second, False)):
        world = replace(WORLD, knowledge={"handbook": "broken"}, revisions=(shown.revision,))
        desired = build(changed, world)
        allowed = stages.workload(desired, found, topics=True, ingested=False, refused=True)
        assert (desired.fallback_worker in allowed) is follows
        assert desired.workload[2] not in allowed, "the candidate"


def test_the_channels_that_run_are_those_of_the_document_that_is_mounted() -> None:
    desired = build(EMPLOYEE, WORLD)
    assert set(running_channels(EMPLOYEE, children(desired)) or ()) == {"website", "whatsapp"}
    assert running_channels(EMPLOYEE, Children(OWNER, {}, [])) is None


@pytest.mark.parametrize("kind", BOMBS)
def test_a_forged_document_takes_no_time_and_hides_no_other(kind: str) -> None:
    desired, text = build(EMPLOYEE, WORLD), BOMBS[kind]
    roles = (("behaviour", "behaviour.yaml"), ("knowledge", "config.yaml"), ("api", "config.yaml"))
    every = children(desired, *(forged(role, "0", {key: text}) for role, key in roles))
    assert desired.revision in runnable_revisions(EMPLOYEE, every)
    assert set(running_channels(EMPLOYEE, every) or ()) == {"website", "whatsapp"}


@pytest.mark.parametrize("kind", BOMBS)
def test_no_more_does_one_in_the_place_of_what_is_mounted(kind: str) -> None:
    desired = build(EMPLOYEE, WORLD)
    found = children(desired)
    for (each, _), obj in found.owned().items():
        if each is CONFIG_MAP:
            found.record(obj | {"data": dict.fromkeys(obj["data"], BOMBS[kind])})
    assert found.get(DEPLOYMENT, "helper-api")
    assert set(running_channels(EMPLOYEE, found) or ()) <= {"a"}
    assert set(runnable_revisions(EMPLOYEE, found)) <= {desired.revision}


@pytest.mark.parametrize("data", [None, {}, {"other": "x"}, {"behaviour.yaml": "", "config.yaml": ""}], ids=str)
def test_a_document_that_says_nothing_is_left_out(data: dict[str, Any] | None) -> None:
    desired = build(EMPLOYEE, WORLD)
    every = children(desired, forged("behaviour", "0", data), forged("knowledge", "0", data))
    assert runnable_revisions(EMPLOYEE, every) == (desired.revision,)
    mounted = next(
        obj["metadata"]["name"] for obj in desired.documents if obj["metadata"]["name"][:11] == "helper-api-"
    )
    every.record(stored(forged("api", mounted.removeprefix("helper-api-"), data)))
    assert running_channels(EMPLOYEE, every) == set()
