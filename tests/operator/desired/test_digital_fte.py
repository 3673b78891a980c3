"""Which change of the world touches which object."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml
from custom_resources import IMAGE, Object, channel, fte, gmail, hosted, pub_sub, whatsapp

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired.behaviour import behaviour
from fte_operator.desired.digital_fte import Desired, build, runtime_secret
from fte_operator.desired.documents import documents_in_use
from fte_operator.desired.references import References
from fte_operator.desired.release import decide_release, document

SOURCES = {"sources": [{"name": "docs", "configMapRef": {"name": "handbook"}}]}
EMPLOYEE = fte(knowledge=SOURCES, channels=[{"channelRef": "website"}])
WORLD = References(
    image=IMAGE,
    channels=(channel("website"),),
    digests={"database": "digest-1", "kafka": "digest-5", "runtime": "digest-2", "channels": "digest-4"},
    knowledge={"docs": "digest-6"},
)


def changed(before: Desired, after: Desired) -> set[str]:
    """Kinds and components of the objects that are new or different."""
    old = list(before.objects)
    return {
        f"{obj['kind']}/{obj['metadata']['labels']['app.kubernetes.io/component']}"
        for obj in after.objects
        if obj not in old
    }


API, WORKER = "Deployment/api", "Deployment/message-processor"
MIGRATE, KNOWLEDGE = "Job/migrate", "Job/knowledge"
API_POLICY, WORKER_POLICY = "NetworkPolicy/api", "NetworkPolicy/message-processor"
POLICIES = {API_POLICY, WORKER_POLICY, "NetworkPolicy/jobs"}
DOCUMENTS = {f"ConfigMap/{name}" for name in ("api", "message-processor")}


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        (replace(WORLD, image="other:1"), {API, WORKER, MIGRATE, KNOWLEDGE, "ConfigMap/behaviour"}),
        (
            replace(WORLD, knowledge={"docs": "digest-7"}),
            {WORKER, KNOWLEDGE, "ConfigMap/behaviour", "ConfigMap/knowledge"},
        ),
        (
            replace(WORLD, channels=(channel("website", webForm={"title": "Ask"}),)),
            {API, WORKER, *DOCUMENTS},
        ),
        (
            replace(WORLD, digests={**WORLD.digests, "database": "digest-3"}),
            {API, WORKER, MIGRATE, KNOWLEDGE},
        ),
        (replace(WORLD, digests={**WORLD.digests, "runtime": "digest-3"}), {API}),
        (replace(WORLD, digests={**WORLD.digests, "channels": "digest-3"}), {API, WORKER}),
        (replace(WORLD, digests={**WORLD.digests, "kafka": "digest-3"}), {API, WORKER}),
        (replace(WORLD, digests={**WORLD.digests, "worker-channels": "digest-3"}), {WORKER}),
        (replace(WORLD, channels=(channel("website"), whatsapp())), {API, WORKER, *DOCUMENTS, WORKER_POLICY}),
        (replace(WORLD, channels=(channel("website"), gmail())), {API, WORKER, *DOCUMENTS, WORKER_POLICY}),
        (
            replace(WORLD, channels=(channel("website"), gmail(pubSub=pub_sub()))),
            {API, WORKER, *DOCUMENTS, API_POLICY, WORKER_POLICY},
        ),
        (replace(WORLD, database_ports=(6432,)), POLICIES),
        (replace(WORLD, operator_namespace="elsewhere"), {API_POLICY, WORKER_POLICY}),
    ],
    ids=[
        "image",
        "knowledge",
        "channel",
        "database-secret",
        "runtime-secret",
        "channel-secret",
        "kafka-secret",
        "workers-channel-secret",
        "another-channel",
        "mailbox",
        "mailbox-with-pushes",
        "database-port",
        "operator-namespace",
    ],
)
def test_what_is_referred_to_touches_exactly_its_users(world: References, expected: set[str]) -> None:
    assert changed(build(EMPLOYEE, WORLD), build(EMPLOYEE, world)) == expected


def employee(**spec: Any) -> DigitalFTE:
    return fte(**{"knowledge": SOURCES, "channels": [{"channelRef": "website"}]} | spec)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"company": {"name": "Southwind"}}, {WORKER, "ConfigMap/behaviour"}),
        ({"policy": {"escalationKeywords": ["lawyer"]}}, {WORKER, "ConfigMap/behaviour"}),
        ({"worker": {"concurrency": 8}}, {WORKER, "ConfigMap/message-processor"}),
        ({"api": {"publicURL": "https://x.example"}}, {API, WORKER, *DOCUMENTS}),
        ({"api": {"autoscaling": {"minReplicas": 4}}}, {"HorizontalPodAutoscaler/api"}),
        ({"worker": {"autoscaling": {"targetCPUPercent": 50}}}, {"HorizontalPodAutoscaler/message-processor"}),
        ({"worker": {"resources": {"limits": {"memory": "2Gi"}}}}, {WORKER, MIGRATE, KNOWLEDGE}),
        ({"api": {"resources": {"requests": {"cpu": "0.25"}}}}, set()),
        ({"kafka": {"bootstrapServers": "other:9092"}}, {API, WORKER, *DOCUMENTS}),
        ({"kafka": {"bootstrapServers": "kafka:9092", "partitions": 60}}, set()),
        ({"kafka": {"bootstrapServers": "kafka:9093"}}, {API, WORKER, *DOCUMENTS, API_POLICY, WORKER_POLICY}),
        ({"extraEgress": [{"port": 9093}]}, POLICIES),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_change_of_the_spec_touches_only_what_depends_on_it(spec: Mapping[str, Any], expected: set[str]) -> None:
    assert changed(build(EMPLOYEE, WORLD), build(employee(**spec), WORLD)) == expected


MODEL = {"OpenAI": hosted("OpenAI"), "compatible": hosted()}
BEHAVIOUR, WORKER_DOCUMENT = {WORKER, "ConfigMap/behaviour"}, "ConfigMap/message-processor"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"provider": "Offline"}, MODEL["OpenAI"], {*BEHAVIOUR, WORKER_DOCUMENT, WORKER_POLICY}),
        (MODEL["OpenAI"], MODEL["OpenAI"] | {"name": "small-2"}, BEHAVIOUR),
        (MODEL["OpenAI"], MODEL["OpenAI"] | {"api": "ChatCompletions"}, BEHAVIOUR),
        (MODEL["OpenAI"], MODEL["OpenAI"] | {"maxOutputTokens": 300}, BEHAVIOUR),
        (MODEL["OpenAI"], MODEL["OpenAI"] | {"capabilities": {"store": False}}, BEHAVIOUR),
        (MODEL["OpenAI"], MODEL["OpenAI"] | {"capabilities": {"preload": "Message"}}, BEHAVIOUR),
        (MODEL["compatible"], MODEL["compatible"] | {"capabilities": {"toolChoice": False}}, BEHAVIOUR),
        (MODEL["compatible"], MODEL["compatible"] | {"capabilities": {"parallelToolCalls": False}}, BEHAVIOUR),
        (MODEL["OpenAI"], MODEL["OpenAI"] | {"requestTimeoutSeconds": 30}, {WORKER, WORKER_DOCUMENT}),
        (MODEL["OpenAI"], MODEL["OpenAI"] | {"baseURL": "https://e.example/v1"}, {*BEHAVIOUR, WORKER_DOCUMENT}),
        (
            MODEL["OpenAI"],
            MODEL["OpenAI"] | {"baseURL": "https://e.example:8443/v1"},
            {*BEHAVIOUR, WORKER_DOCUMENT, WORKER_POLICY},
        ),
        (MODEL["OpenAI"], MODEL["OpenAI"] | {"apiKeySecretRef": {"name": "other", "key": "key"}}, {WORKER}),
        (MODEL["OpenAI"], MODEL["OpenAI"] | {"name": "gpt-4o", "api": "Responses", "capabilities": {}}, set()),
        (MODEL["compatible"], MODEL["compatible"] | {"api": "ChatCompletions", "maxOutputTokens": 4096}, set()),
    ],
    ids=lambda value: str(sorted(value.items())) if isinstance(value, dict) else "",
)
def test_whatever_changes_answers_is_a_new_revision_and_of_workers_alone(
    before: Object, after: Object, expected: set[str]
) -> None:
    old, new = build(employee(model=before), WORLD), build(employee(model=after), WORLD)
    assert changed(old, new) == expected
    assert (old.revision != new.revision) == ("ConfigMap/behaviour" in expected)


@pytest.mark.parametrize("model", MODEL)
def test_a_model_s_key_is_a_file_of_workers_and_its_change_rolls_workers_alone(model: str) -> None:
    hired = employee(model=MODEL[model])
    rotated = replace(WORLD, digests={**WORLD.digests, "model": "digest-9"})
    made = build(hired, WORLD)
    assert changed(made, build(hired, rotated)) == {WORKER}
    holders = [
        obj["metadata"]["labels"]["app.kubernetes.io/component"]
        for obj in made.objects
        if "template" in obj.get("spec", {})
        for volume in _template(obj)["spec"]["volumes"]
        if volume["name"] == "model"
    ]
    assert holders == ["message-processor"]


def test_what_an_endpoint_is_told_by_default_follows_from_its_provider() -> None:
    def endpoint(model: Object) -> Object:
        found: Object = yaml.safe_load(behaviour(employee(model=model), IMAGE, None).text)["model"]
        return found

    able = {"parallel_tool_calls": True, "tool_choice": True, "preload": "Calls", "max_output_tokens": 4096}
    openai = {"base_url": "https://api.openai.com/v1", "api": "Responses", "store": True}
    compatible = {"base_url": "https://models.example/v1", "api": "ChatCompletions", "store": False}
    assert endpoint(MODEL["OpenAI"]) == {"provider": "OpenAI", "name": "gpt-4o", "endpoint": able | openai}
    assert endpoint(MODEL["compatible"]) == {
        "provider": "OpenAICompatible",
        "name": "small-1",
        "endpoint": able | compatible,
    }
    assert endpoint({"provider": "Offline"}) == {"provider": "Offline", "name": "offline"}


def test_no_pod_takes_more_than_the_spec_says() -> None:
    """A namespace with a LimitRange lets every pod in, or the spec is the place to change it."""
    small = {"limits": {"cpu": "200m", "memory": "600Mi"}, "requests": {"cpu": "100m", "memory": "300Mi"}}
    made = build(employee(api={"resources": small}, worker={"resources": small}), WORLD).objects
    templates = [_template(obj) for obj in made if "template" in obj.get("spec", {})]
    containers = [container for template in templates for container in template["spec"]["containers"]]
    assert [container["resources"] for container in containers] == [small] * 4


def test_without_sources_there_is_neither_snapshot_nor_job() -> None:
    desired = build(fte(), References(IMAGE))
    assert desired.knowledge is None
    assert desired.snapshot is None
    assert {obj["kind"] for obj in desired.objects} == {
        "ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Job", "NetworkPolicy", "Service", "ServiceAccount"
    }  # fmt: skip


def test_a_secret_that_could_not_be_read_puts_no_digest_on_the_pods() -> None:
    annotations = [
        _template(obj)["metadata"].get("annotations") for obj in build(fte(), References(IMAGE)).workload[1:3]
    ]
    assert annotations == [None, None]


def _template(obj: Object) -> Object:
    found: Object = obj["spec"]["template"]
    return found


def test_the_candidate_is_released_once_its_knowledge_is_ingested() -> None:
    assert decide_release("new", ("old", "older"), ingested=True) == "new"
    assert decide_release("new", ("old", "older"), ingested=False) == "old"
    assert decide_release("new", ("old", "new"), ingested=False) == "new"
    assert decide_release("new", (), ingested=False) is None
    desired = build(EMPLOYEE, replace(WORLD, revisions=("0123456789",)))
    assert f"helper-behaviour-{desired.revision}" in documents_in_use(desired.workload[1:3])
    assert desired.fallback_worker is not None and build(EMPLOYEE, WORLD).fallback_worker is None
    assert "helper-behaviour-0123456789" in documents_in_use([desired.fallback_worker])


def test_documents_in_use_are_those_of_every_template() -> None:
    before, after = build(EMPLOYEE, WORLD), build(employee(worker={"concurrency": 8}), WORLD)
    documents = {obj["metadata"]["name"] for desired in (before, after) for obj in desired.documents}
    owners = [obj for desired in (before, after) for obj in desired.objects if "template" in obj.get("spec", {})]
    assert documents_in_use(owners) == documents | {"handbook"}
    assert documents_in_use([{"spec": {"template": {"spec": {}}}}]) == set()


def test_the_runtime_secret_is_watched_and_owned() -> None:
    secret = runtime_secret(fte(), {})
    assert "stringData" not in secret
    assert secret["metadata"]["labels"]["digitalfte.dev/watch"] == "true"
    assert secret["metadata"]["ownerReferences"][0]["controller"] is True


def test_an_employee_no_server_has_stored_owns_nothing() -> None:
    unstored = fte().model_copy(update={"metadata": fte().metadata.model_copy(update={"uid": ""})})
    for obj in build(unstored, WORLD).objects:
        assert "ownerReferences" not in obj["metadata"]
        assert "digitalfte.dev/owner-uid" not in obj["metadata"]["labels"]


def test_a_document_is_named_by_its_content_not_by_the_order_of_its_keys() -> None:
    one = document({"b": {"y": 1, "x": [2]}, "a": "1:30"})
    assert one == document({"a": "1:30", "b": {"x": [2], "y": 1}})
    assert one.revision != document({"a": "1:31", "b": {"x": [2], "y": 1}}).revision
