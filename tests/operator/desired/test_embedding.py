"""A hosted embedder and documents on a volume: who has its key, who may ask it, and what is another snapshot."""

from dataclasses import replace
from typing import Any

import pytest
import yaml
from custom_resources import IMAGE, Object, embedder, fte

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import documents
from fte_operator.desired.digital_fte import Desired, build
from fte_operator.desired.knowledge import volume_digest
from fte_operator.desired.network import policies
from fte_operator.desired.readback import embedder_in, snapshot_in
from fte_operator.desired.references import References

SOURCES = {"sources": [{"name": "docs", "configMapRef": {"name": "handbook"}}]}
WORLD = References(image=IMAGE, digests={"database": "d-1", "embedding": "d-2"}, knowledge={"docs": "d-3"})


def employee(knowledge: Object = SOURCES, **embedding: Any) -> DigitalFTE:
    return fte(knowledge=knowledge, embedding=embedder("OpenAI", **embedding))


def templates(desired: Desired) -> dict[str, Object]:
    found = [each for each in desired.objects if each["kind"] in ("Deployment", "Job")]
    return {each["metadata"]["labels"]["app.kubernetes.io/component"]: each["spec"]["template"] for each in found}


def config_map(desired: Desired, component: str) -> Object:
    (found,) = (
        each for each in desired.documents if each["metadata"]["labels"]["app.kubernetes.io/component"] == component
    )
    return found


def test_the_key_is_a_file_of_workers_and_knowledge_jobs_alone() -> None:
    made = templates(build(employee(), WORLD))
    having = {name for name, template in made.items() if "embedder" in str(template["spec"]["volumes"])}
    noting = {name for name, template in made.items() if "d-2" in str(template["metadata"].get("annotations"))}
    assert having == noting == {"message-processor", "knowledge"}
    plain = templates(build(fte(knowledge=SOURCES), WORLD))
    assert not any("/run/fte/secrets/embedding" in str(template) for template in plain.values())


def test_the_job_is_told_the_embedder_and_the_worker_how_it_is_reached() -> None:
    desired = build(employee(dimensions=512, prices={"inputPerMillion": 20000}), WORLD)
    access = {"api_key_file": "/run/fte/secrets/embedding/api-key", "base_url": "https://api.openai.com/v1"}
    worker = yaml.safe_load(config_map(desired, "message-processor")["data"]["config.yaml"])
    job = yaml.safe_load(config_map(desired, "knowledge")["data"]["config.yaml"])
    assert worker["embedding"] == access
    assert job["embedding"] == access | {"model": "text-embedding-3-small", "dimensions": 512, "price": 20000}


@pytest.mark.parametrize("changes", [{"dimensions": 512}, {"model": "text-embedding-3-large"}], ids=str)
def test_another_embedder_is_another_job_and_another_behaviour_on_the_same_snapshot(changes: Object) -> None:
    before, after = build(employee(), WORLD), build(employee(**changes), WORLD)
    assert before.knowledge and after.knowledge
    assert before.knowledge["metadata"]["name"] != after.knowledge["metadata"]["name"]
    assert before.revision != after.revision
    assert before.snapshot == after.snapshot
    for desired in (before, after):
        behaviour, job = config_map(desired, "behaviour"), config_map(desired, "knowledge")
        assert embedder_in(behaviour, "behaviour.yaml") == embedder_in(job, "config.yaml") != ()
        assert snapshot_in(behaviour, "behaviour.yaml", "knowledge_snapshot") == desired.snapshot
    assert embedder_in(config_map(before, "behaviour"), "behaviour.yaml") != embedder_in(
        config_map(after, "behaviour"), "behaviour.yaml"
    )


def test_the_address_is_no_part_of_an_embedder() -> None:
    elsewhere = build(employee(baseURL="https://proxy.example/v1"), WORLD)
    here = build(employee(), WORLD)
    assert embedder_in(config_map(here, "knowledge"), "config.yaml") == embedder_in(
        config_map(elsewhere, "knowledge"), "config.yaml"
    )
    assert embedder_in(config_map(build(fte(knowledge=SOURCES), WORLD), "knowledge"), "config.yaml") == ()


def test_knowledge_jobs_may_ask_the_embedder_and_migrations_may_not() -> None:
    def allowed(employee: DigitalFTE) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for policy in policies(employee, WORLD):
            component = policy["metadata"]["labels"]["app.kubernetes.io/component"]
            ports = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
            found[component] = found.get(component, set()) | ports
        return found

    hosted = allowed(employee(baseURL="https://models.example:8443/v1"))
    assert {name for name, ports in hosted.items() if 8443 in ports} == {"message-processor", "knowledge"}
    assert "knowledge" not in allowed(fte(knowledge=SOURCES))


def on_volume(**changes: Any) -> DigitalFTE:
    claim = {"name": "documents", "path": "public/en", "version": "1"} | changes
    sources = [*SOURCES["sources"], {"name": "manual", "persistentVolumeClaimRef": claim}]
    return fte(knowledge={"sources": sources})


def volume_world(employee: DigitalFTE) -> References:
    claim = employee.spec.knowledge.sources[1].persistent_volume_claim_ref
    assert claim is not None
    return replace(WORLD, knowledge={"docs": "d-3", "manual": volume_digest(claim)})


def test_a_volume_is_mounted_to_read_into_the_job_alone() -> None:
    fte_ = on_volume()
    made = templates(build(fte_, volume_world(fte_)))
    assert {name for name, each in made.items() if "persistentVolumeClaim" in str(each)} == {"knowledge"}
    spec = made["knowledge"]["spec"]
    (volume,) = (each for each in spec["volumes"] if "persistentVolumeClaim" in each)
    assert volume["persistentVolumeClaim"] == {"claimName": "documents", "readOnly": True}
    (mount,) = (each for each in spec["containers"][0]["volumeMounts"] if each["name"] == volume["name"])
    assert mount["readOnly"] is True
    told = yaml.safe_load(documents.knowledge(fte_, "s").text)["sources"][1]
    assert told["path"] == f"{mount['mountPath']}/public/en"
    assert told["digest"] == volume_world(fte_).knowledge["manual"]


@pytest.mark.parametrize("changes", [{"version": "2"}, {"path": "public"}, {"name": "other"}], ids=str)
def test_another_version_or_place_is_another_snapshot(changes: Object) -> None:
    before, after = on_volume(), on_volume(**changes)
    assert build(before, volume_world(before)).snapshot != build(after, volume_world(after)).snapshot
    assert build(before, volume_world(before)).snapshot == build(on_volume(), volume_world(on_volume())).snapshot
