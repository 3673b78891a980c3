"""What every pod of the product may do on its node: the operator's own, and those it makes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from custom_resources import EXAMPLES, IMAGE, Object, employees
from hypothesis import given

from fte_operator.api.v1alpha1 import DigitalFTE
from fte_operator.desired.digital_fte import build
from fte_operator.desired.references import References
from fte_operator.manifests import Manifests

ROOT = Path(__file__).resolve().parents[2]
DEPLOYED = list(yaml.safe_load_all((ROOT / "deploy" / "operator.yaml").read_text(encoding="utf-8")))
NEVER = (
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "hostUsers",
    "initContainers",
    "ephemeralContainers",
    "shareProcessNamespace",
)
VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}


def sampled() -> Iterator[Object]:
    for folder in sorted((ROOT / "samples").iterdir()):
        manifests = Manifests([folder])
        for fte in manifests.digital_ftes():
            yield from build(fte, manifests.references(fte, IMAGE)).objects


def pods(objects: list[Object]) -> dict[str, Object]:
    """The specs of all pods that some objects make, by kind and name."""
    found = [each for each in objects if "template" in each.get("spec", {})]
    return {f"{each['kind']}/{each['metadata']['name']}": each["spec"]["template"]["spec"] for each in found}


OPERATOR = pods(DEPLOYED)
MADE = pods(list(sampled()))


def check(pod: Object) -> None:
    """The restricted standard, and beyond it: nobody's user, nothing to write on, nothing of the host."""
    assert not any(name in pod for name in NEVER)
    security = pod["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] == security["runAsGroup"] == security["fsGroup"] == 10001
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["enableServiceLinks"] is False
    assert pod["serviceAccountName"] != "default"
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "hostPort" not in str(container.get("ports"))
    assert set(container["resources"]) == {"requests", "limits"}
    assert all(VOLUMES & volume.keys() for volume in pod["volumes"])
    writable = [mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")]
    assert writable == ["/tmp"]
    for volume in pod["volumes"]:
        _check_volume(volume)


def _check_volume(volume: Object) -> None:
    """Secrets are for their owner alone, and what can be written is bounded."""
    if "emptyDir" in volume:
        assert "sizeLimit" in volume["emptyDir"]
    sources = [volume, *volume.get("projected", {}).get("sources", ())]
    if any("secret" in source for source in sources):
        assert volume.get("secret", volume.get("projected"))["defaultMode"] == 0o400
    assert not any("serviceAccountToken" in source for source in sources)


@pytest.mark.parametrize("pod", [pytest.param(spec, id=name) for name, spec in (OPERATOR | MADE).items()])
def test_every_pod_is_nobody_and_writes_nowhere(pod: Object) -> None:
    check(pod)


@EXAMPLES
@given(employees())
def test_so_is_every_pod_that_the_schema_allows_and_none_has_a_token(case: tuple[DigitalFTE, References]) -> None:
    objects = list(build(*case).objects)
    made = pods(objects)
    assert len(made) >= 3
    accounts = {each["metadata"]["name"] for each in objects if each["kind"] == "ServiceAccount"}
    for pod in made.values():
        check(pod)
        assert pod["automountServiceAccountToken"] is False
        assert pod["serviceAccountName"] in accounts


def test_tokens_are_mounted_in_the_operator_alone() -> None:
    accounts = [each for each in [*DEPLOYED, *sampled()] if each["kind"] == "ServiceAccount"]
    assert len(accounts) >= 3
    assert all(each["automountServiceAccountToken"] is False for each in accounts)
    mounted = {name for name, pod in (OPERATOR | MADE).items() if pod["automountServiceAccountToken"]}
    assert mounted == {"Deployment/fte-operator"} == set(OPERATOR)


def test_the_image_runs_as_the_user_that_the_pods_ask_for() -> None:
    users = re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert users == ["10001:10001"]


def test_no_object_but_the_two_bindings_grants_rights() -> None:
    """What the operator makes cannot be more than the operator is."""
    assert {each["kind"] for each in sampled()}.isdisjoint({"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"})
    namespaces = [each for each in DEPLOYED if each["kind"] == "Namespace"]
    assert all(each["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted" for each in namespaces)
    assert len(namespaces) == 1
