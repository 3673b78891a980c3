"""Every builder's output on a real API server: taken as it is, given back as it was sent, allowed to run."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from conftest import ControlPlane
from custom_resources import IMAGE, Object

from fte_operator.cluster.apply import Outcome, apply, is_subset
from fte_operator.cluster.client import Cluster, open_cluster
from fte_operator.cluster.kinds import kind_of
from fte_operator.desired.digital_fte import RUNTIME_KEYS, build, runtime_secret
from fte_operator.manifests import Manifests

TESTS = Path(__file__).resolve().parents[2]
INPUTS = [*sorted((TESTS / "data" / "operator" / "input").glob("*.yaml")), TESTS.parent / "samples" / "quickstart"]
REQUEST_SECONDS = 30


@dataclass(frozen=True)
class Deployed:
    """A Deployment in the cluster, and what it should be."""

    cluster: Cluster
    desired: Object

    async def live(self) -> Object:
        metadata = self.desired["metadata"]
        found = await self.cluster.get(kind_of(self.desired), metadata["namespace"], metadata["name"])
        assert found is not None
        return found

    async def apply(self) -> Outcome:
        return (await apply(self.cluster, self.desired, await self.live()))[0]


@pytest.fixture
def namespace(control_plane: ControlPlane) -> str:
    name = f"desired-{uuid4().hex[:8]}"
    control_plane.run("create", "namespace", name)
    control_plane.run("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted")
    return name


def stored(control_plane: ControlPlane, source: Path, namespace: str, folder: Path) -> Path:
    """`source` applied to `namespace`, as a file of what the server stored."""
    paths = sorted(source.glob("*.yaml")) if source.is_dir() else [source]
    documents = [each for path in paths for each in yaml.safe_load_all(path.read_text(encoding="utf-8"))]
    documents = [each for each in documents if each["kind"] != "Namespace"]
    for each in documents:
        each["metadata"]["namespace"] = namespace
        each["metadata"].pop("uid", None)
    text = yaml.safe_dump_all(documents)
    answer = control_plane.run("apply", "--validate=strict", "-o", "yaml", "-f", "-", stdin=text)
    path = folder / "stored.yaml"
    path.write_text(answer, encoding="utf-8")
    return path


@pytest.mark.control_plane
@pytest.mark.parametrize("source", INPUTS, ids=lambda path: path.stem)
async def test_what_is_applied_is_what_is_stored(
    control_plane: ControlPlane, namespace: str, tmp_path: Path, source: Path
) -> None:
    manifests = Manifests([stored(control_plane, source, namespace, tmp_path)])
    (employee,) = manifests.digital_ftes()
    objects = build(employee, manifests.references(employee, IMAGE)).objects
    async with open_cluster(control_plane.kubeconfig, REQUEST_SECONDS) as cluster:
        for desired in objects:
            name = desired["metadata"]["name"]
            outcome, _ = await apply(cluster, desired, None)
            assert outcome is Outcome.CREATED
            live = await cluster.get(kind_of(desired), namespace, name)
            assert is_subset(desired, live), name
            assert (await apply(cluster, desired, live))[0] is Outcome.UNCHANGED, name
        secret = await cluster.create(runtime_secret(employee, dict.fromkeys(RUNTIME_KEYS, "value")))
    assert set(secret["data"]) == set(RUNTIME_KEYS)
    for desired in objects:
        if "template" in desired.get("spec", {}):
            control_plane.run("create", "--dry-run=server", "-f", "-", stdin=json.dumps(_pod(desired, namespace)))


@pytest.fixture
async def deployed(control_plane: ControlPlane, namespace: str, tmp_path: Path) -> AsyncIterator[Deployed]:
    """The sample's API as the operator makes it."""
    manifests = Manifests([stored(control_plane, INPUTS[-1], namespace, tmp_path)])
    (employee,) = manifests.digital_ftes()
    objects = build(employee, manifests.references(employee, IMAGE)).objects
    desired = next(each for each in objects if each["kind"] == "Deployment")
    async with open_cluster(control_plane.kubeconfig, REQUEST_SECONDS) as cluster:
        await apply(cluster, desired, None)
        yield Deployed(cluster, desired)


@pytest.mark.control_plane
async def test_a_paused_rollout_goes_on_after_one_write(
    control_plane: ControlPlane, namespace: str, deployed: Deployed
) -> None:
    control_plane.run("-n", namespace, "rollout", "pause", "deployment/helper-api")
    assert (await deployed.live())["spec"]["paused"] is True
    assert await deployed.apply() is Outcome.UPDATED
    assert not (await deployed.live())["spec"].get("paused")
    assert await deployed.apply() is Outcome.UNCHANGED


@pytest.mark.control_plane
async def test_named_items_that_somebody_added_stay_and_are_no_endless_drift(
    control_plane: ControlPlane, namespace: str, deployed: Deployed
) -> None:
    """The limit stated in docs/operations.md: server-side apply never removes what another manager owns."""
    control_plane.run("-n", namespace, "set", "env", "deployment/helper-api", "ADDED=1", "HOME=/elsewhere")
    assert await deployed.apply() is Outcome.UPDATED
    (container,) = (await deployed.live())["spec"]["template"]["spec"]["containers"]
    assert {each["name"]: each["value"] for each in container["env"]} == {"HOME": "/tmp", "ADDED": "1"}
    assert await deployed.apply() is Outcome.UNCHANGED


def _pod(owner: Object, namespace: str) -> Object:
    """The pod an owner would make: admission under the restricted standard looks at pods, not at owners."""
    template = owner["spec"]["template"]
    metadata = template["metadata"] | {"name": "tried", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
