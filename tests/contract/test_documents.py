"""The documents the operator writes against the programs that read them; neither imports the other."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml
from custom_resources import EXAMPLES, Object, employees
from hypothesis import given

from fte_agent.knowledge.sections import decode, sections_of
from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired import image_contract
from fte_operator.desired.digital_fte import RUNTIME_KEYS, build, runtime_secret
from fte_operator.desired.knowledge import content_of, snapshot_of, source_digest
from fte_operator.desired.references import WORKER_CHANNELS, References
from fte_operator.desired.secret_refs import secret_refs
from fte_operator.manifests import Manifests
from fte_runtime import behaviour, config, knowledge

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "samples" / "quickstart"
SCHEMAS = MappingProxyType(
    {
        "api": config.ApiConfig,
        "message-processor": config.WorkerConfig,
        "migrate": config.MigrateConfig,
        "knowledge": config.KnowledgeConfig,
        "retention": config.RetentionConfig,
        "behaviour": behaviour.BehaviourDocument,
    }
)


def component(obj: Object) -> str:
    found: str = obj["metadata"]["labels"]["app.kubernetes.io/component"]
    return found


def texts(objects: tuple[Object, ...]) -> Mapping[str, tuple[str, str, str]]:
    """Of every document by component: ConfigMap name, file name, text."""
    return {
        component(obj): (obj["metadata"]["name"], *next(iter(obj["data"].items())))
        for obj in objects
        if obj["kind"] == "ConfigMap"
    }


@EXAMPLES
@given(employees())
def test_every_document_is_what_its_program_reads(tmp_path: Path, case: tuple[DigitalFTE, References]) -> None:
    employee, _ = case
    desired = build(*case)
    found = texts(desired.documents)
    unasked = set() if employee.spec.knowledge.sources else {"knowledge"}
    unasked |= set() if employee.spec.retention.ages else {"retention"}
    assert found.keys() == SCHEMAS.keys() - unasked
    for role, (name, _, text) in found.items():
        path = tmp_path / role
        path.write_text(text, encoding="utf-8")
        config.load(SCHEMAS[role], path)
        assert name.endswith(hashlib.sha256(text.encode()).hexdigest()[:10])
    read, spec = behaviour.load_behaviour(tmp_path / "behaviour"), employee.spec
    assert read.revision == desired.revision
    assert read.knowledge_snapshot == desired.snapshot
    assert (read.company.name, read.company.signature) == (spec.company.name, spec.company.signature)
    assert (read.company.business_hours is None) == (spec.company.business_hours is None)
    assert read.policy.reply_mode == spec.policy.reply_mode
    assert read.policy.answer_pricing == (spec.policy.escalation.pricing == "WhenNegotiated")
    assert read.policy.answer_refunds == (spec.policy.escalation.refund == "WhenDisputed")
    for words in ("escalation_keywords", "competitors", "forbidden_topics"):
        assert getattr(read.policy, words) == getattr(spec.policy, words)
    assert (read.policy.verifier is None) == (spec.policy.verifier is None)
    assert (read.embedding is None) == (spec.hosted_embedding is None)
    assert (read.endpoint is not None and read.endpoint.prices is not None) == (spec.model.prices is not None)


@EXAMPLES
@given(employees())
def test_every_path_in_a_document_is_mounted_where_it_is_read(case: tuple[DigitalFTE, References]) -> None:
    """Files of workers alone are named to the API, which opens none of them and has none."""
    objects = build(*case).objects
    of_workers = {
        f"{image_contract.channel_folder(use.channel)}/{use.file}"
        for use in secret_refs(case[0], case[1].channels)
        if use.channel and use.group == WORKER_CHANNELS
    }
    specs = [(component(o), o.get("spec", {})) for o in objects]
    specs = [(role, spec.get("jobTemplate", {}).get("spec", spec)) for role, spec in specs]
    for role, (_, _, text) in texts(objects).items():
        template = next((spec["template"] for found, spec in specs if found == role and "template" in spec), None)
        if template is None:  # the behaviour is mounted by the worker
            continue
        folders = {mount["mountPath"] for mount in template["spec"]["containers"][0]["volumeMounts"]} | {
            "/dev",
            "/opt/fte/context",
        }
        missing = {
            path for path in _paths(yaml.safe_load(text)) if folders.isdisjoint({path, *map(str, Path(path).parents)})
        }
        assert missing == (of_workers if role == "api" else set())


def _paths(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for key, member in value.items() if key != "title" for found in _paths(member)]
    if isinstance(value, list):
        return [found for item in value for found in _paths(item)]
    return [value] if isinstance(value, str) and value.startswith("/") else []


def test_a_document_holds_only_what_its_program_reads() -> None:
    (employee,) = Manifests([QUICKSTART]).digital_ftes()
    found = texts(build(employee, Manifests([QUICKSTART]).references(employee, "image")).documents)
    keys = {role: set(yaml.safe_load(text)) for role, (_, _, text) in found.items()}
    assert keys["migrate"] == {"database", "termination_log"}
    assert keys["knowledge"] == {"database", "snapshot", "sources", "termination_log"}
    assert not any(term in text for role in keys for term in ("change-me", "postgresql://") for text in found[role])


def test_ports_and_times_fit(tmp_path: Path) -> None:
    (employee,) = Manifests([QUICKSTART]).digital_ftes()
    desired = build(employee, Manifests([QUICKSTART]).references(employee, "image"))
    found = texts(desired.documents)
    for role in ("api", "message-processor"):
        path = tmp_path / role
        path.write_text(found[role][2], encoding="utf-8")
        pod = next(o for o in desired.workload if o["kind"] == "Deployment" and component(o) == role)["spec"][
            "template"
        ]["spec"]
        document = config.load(SCHEMAS[role], path)
        ports = {port["name"]: port["containerPort"] for port in pod["containers"][0]["ports"]}
        public = {"http": document.port} if isinstance(document, config.ApiConfig) else {}
        assert ports == public | {"metrics": document.metrics_port}
        if isinstance(document, config.WorkerConfig):
            assert document.shutdown_seconds < pod["terminationGracePeriodSeconds"]


def test_runtime_secrets_are_the_files_the_api_opens() -> None:
    (employee,) = Manifests([QUICKSTART]).digital_ftes()
    secret = runtime_secret(employee, dict.fromkeys(RUNTIME_KEYS, "x"))
    assert set(secret["stringData"]) == {"status-token-current", "status-token-previous", "digest-key"}


@pytest.mark.parametrize(
    "config_map",
    [
        {"data": {"a.md": "# One\n", "b.md": "# Größe ✓\n"}},
        {"data": {"z.md": ""}, "binaryData": {"a.md": "IyBHcsO8w59lCg=="}},
        {"data": {"with space.md": "# 2\r\n"}},
    ],
)
def test_operator_and_runtime_name_a_snapshot_alike(tmp_path: Path, config_map: Object) -> None:
    content = content_of(config_map)
    digest = source_digest(content)
    for source in ("handbook", "faq"):
        (tmp_path / source).mkdir()
        for name, data in content.items():
            (tmp_path / source / name).write_bytes(data)
    sources = tuple(config.KnowledgeSource(name=name, path=tmp_path / name) for name in ("faq", "handbook"))
    snapshot = snapshot_of({"handbook": digest, "faq": digest})
    assert knowledge.verified(knowledge.read_files(sources), snapshot)
    with pytest.raises(knowledge.SourceChanged):
        knowledge.verified(knowledge.read_files(sources), snapshot_of({"handbook": digest}))
    (tmp_path / "nothing").mkdir()
    more = (*sources, config.KnowledgeSource(name="nothing", path=tmp_path / "nothing"))
    empty = source_digest(content_of({}))
    assert snapshot_of({"handbook": digest, "faq": digest, "nothing": empty}) == snapshot
    assert knowledge.verified(knowledge.read_files(more), snapshot)


def test_the_quickstart_documents_can_be_ingested() -> None:
    manifests = Manifests([QUICKSTART])
    (employee,) = manifests.digital_ftes()
    sources = {source.config_map_ref.name: source.name for source in employee.spec.knowledge.sources}
    objects = [each for path in QUICKSTART.glob("*.yaml") for each in yaml.safe_load_all(path.read_text())]
    found = [
        section
        for config_map in objects
        if config_map["kind"] == "ConfigMap" and (source := sources[config_map["metadata"]["name"]])
        for name, raw in content_of(config_map).items()
        for section in sections_of(source, name, decode(source, name, raw))
    ]
    assert len({section.uri for section in found}) == len(found) >= 12
    assert all(section.heading and section.content for section in found)
