"""What holds for every employee the schema allows."""

import json
import re
from typing import Any

from custom_resources import EXAMPLES, FILES, Object, employees
from hypothesis import given
from hypothesis import strategies as st

from fte_operator.api.v1alpha1 import DigitalFTE, parse_digital_fte
from fte_operator.desired.digital_fte import RUNTIME_KEYS, build, runtime_secret
from fte_operator.desired.knowledge import source_digest
from fte_operator.desired.references import References

LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
DNS_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")
Case = tuple[DigitalFTE, References]


def templates(objects: tuple[Object, ...]) -> list[Object]:
    return [obj["spec"]["template"] for obj in objects if "template" in obj.get("spec", {})]


def reordered(value: Any) -> Any:
    """The same value with every mapping's keys in reverse."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return [reordered(item) for item in value] if isinstance(value, list) else value


@EXAMPLES
@given(employees())
def test_names_and_labels_are_valid_and_unique(case: Case) -> None:
    objects = build(*case).objects
    assert all(DNS_LABEL.fullmatch(obj["metadata"]["name"]) for obj in objects)
    assert len({(obj["kind"], obj["metadata"]["name"]) for obj in objects}) == len(objects)
    labels = [obj["metadata"]["labels"] for obj in objects] + [t["metadata"]["labels"] for t in templates(objects)]
    assert all(LABEL_VALUE.fullmatch(value) for each in labels for value in each.values())


@EXAMPLES
@given(employees())
def test_topics_are_valid_and_distinct(case: Case) -> None:
    topics = build(*case).topics
    assert all(TOPIC.fullmatch(topic.name) for topic in topics)
    assert len({topic.name for topic in topics}) == len(topics) == 7


@EXAMPLES
@given(employees())
def test_every_object_is_owned_and_found_by_its_owner(case: Case) -> None:
    employee, _ = case
    for obj in build(*case).objects:
        metadata = obj["metadata"]
        (owner,) = metadata["ownerReferences"]
        assert (owner["uid"], owner["name"], owner["kind"]) == (employee.metadata.uid, employee.name, "DigitalFTE")
        assert owner["controller"] is True
        assert metadata["namespace"] == employee.namespace
        assert metadata["labels"]["digitalfte.dev/owner-uid"] == employee.metadata.uid
        assert metadata["labels"]["app.kubernetes.io/managed-by"] == "fte-operator"


@EXAMPLES
@given(employees(), st.permutations(RUNTIME_KEYS))
def test_no_object_but_the_secret_holds_a_secret(case: Case, keys: list[str]) -> None:
    canaries = {key: f"canary-{key}" for key in keys}
    assert runtime_secret(case[0], canaries)["stringData"] == canaries
    assert "canary" not in json.dumps(build(*case).objects)
    assert "Secret" not in {obj["kind"] for obj in build(*case).objects}
    assert not any(env.get("valueFrom") for t in templates(build(*case).objects) for env in _environment(t))


def _environment(template: Object) -> list[Object]:
    return [variable for container in template["spec"]["containers"] for variable in container.get("env", ())]


@EXAMPLES
@given(employees())
def test_the_order_of_keys_changes_nothing(case: Case) -> None:
    employee, references = case
    raw = employee.model_dump(by_alias=True, exclude_none=True)
    again = References(
        references.image,
        references.channels,
        reordered(dict(references.digests)),
        reordered(dict(references.knowledge)),
    )
    assert build(parse_digital_fte(reordered(raw)), again) == build(employee, references)


@given(FILES)
def test_the_order_of_files_changes_no_digest(files: dict[str, bytes]) -> None:
    assert source_digest(reordered(files)) == source_digest(files)


@EXAMPLES
@given(employees())
def test_replicas_belong_to_the_autoscalers(case: Case) -> None:
    workload = build(*case).workload
    deployments = {obj["metadata"]["name"] for obj in workload if obj["kind"] == "Deployment"}
    scaled = {obj["spec"]["scaleTargetRef"]["name"] for obj in workload if obj["kind"] == "HorizontalPodAutoscaler"}
    assert deployments == scaled == {f"{case[0].name}-api", f"{case[0].name}-message-processor"}
    assert not any("replicas" in obj["spec"] for obj in workload)


@EXAMPLES
@given(employees())
def test_pods_mount_only_documents_that_exist_and_one_volume_per_folder(case: Case) -> None:
    objects = build(*case).objects
    documents = {obj["metadata"]["name"] for obj in objects if obj["kind"] == "ConfigMap"}
    for template in templates(objects):
        spec = template["spec"]
        projected = [
            source["configMap"]["name"]
            for volume in spec["volumes"]
            for source in volume.get("projected", {}).get("sources", ())
            if "configMap" in source
        ]
        assert set(projected) <= documents
        mounts = spec["containers"][0]["volumeMounts"]
        assert len({mount["mountPath"] for mount in mounts}) == len(mounts) == len(spec["volumes"])
        assert {mount["name"] for mount in mounts} == {volume["name"] for volume in spec["volumes"]}
        assert all(DNS_LABEL.fullmatch(volume["name"]) for volume in spec["volumes"])
