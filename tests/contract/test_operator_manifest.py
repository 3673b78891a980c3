"""deploy/: least privilege, restricted pods, and settings that exist."""

from collections import defaultdict
from pathlib import Path

import pytest
import yaml
from conftest import ControlPlane

from fte_operator.cluster.kinds import CHILDREN, EVENT, LEASE, POD, REPLICA_SET, SECRET, Kind
from fte_operator.informers import WATCHES
from fte_operator.leader import NAME
from fte_operator.settings import Settings

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
PATH = DEPLOY / "operator.yaml"
Verbs = dict[tuple[str, str], set[str]]


def read(name: str) -> list[dict]:
    return list(yaml.safe_load_all((DEPLOY / name).read_text(encoding="utf-8")))


OBJECTS = read("operator.yaml")


def one(kind: str) -> dict:
    (found,) = (obj for obj in OBJECTS if obj["kind"] == kind)
    return found


def granted(role: dict) -> Verbs:
    """Verbs by API group and resource."""
    verbs: Verbs = defaultdict(set)
    for rule in role["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                verbs[group, resource] |= set(rule["verbs"])
    return verbs


def key(kind: Kind, subresource: str = "") -> tuple[str, str]:
    return kind.api_version.rpartition("/")[0], kind.plural + subresource


def used() -> Verbs:
    """What the code calls: watches, applies of children, reads by name, status."""
    verbs: Verbs = defaultdict(set)
    for kind in WATCHES:
        verbs[key(kind)] |= {"get", "list", "watch"}
    for kind in (POD, REPLICA_SET):
        verbs[key(kind)] |= {"list"}
    for kind in CHILDREN:
        verbs[key(kind)] |= {"create"} if kind is SECRET else {"create", "patch", "delete"}
    verbs[key(EVENT)] |= {"list", "create"}
    own = [kind for kind in WATCHES if kind not in CHILDREN]
    for kind in own:
        verbs[key(kind, "/status")] |= {"patch"}
    return verbs


def test_the_cluster_role_grants_what_is_called_and_nothing_else() -> None:
    finalizers = {("digitalfte.dev", "digitalftes/finalizers"): {"update"}}
    assert granted(one("ClusterRole")) == used() | finalizers


def test_the_lease_is_the_only_one_it_may_change() -> None:
    role = one("Role")
    assert granted(role) == {key(LEASE): {"create", "get", "update"}}
    assert [rule.get("resourceNames") for rule in role["rules"] if rule["verbs"] != ["create"]] == [[NAME]]


def test_by_itself_it_may_do_nothing_outside_its_own_namespace() -> None:
    """The first variant grants by namespace; the other says what it amounts to."""
    assert not [each for each in OBJECTS if each["kind"] == "ClusterRoleBinding"]
    assert {each["metadata"]["namespace"] for each in OBJECTS if each["kind"] == "RoleBinding"} == {"fte-system"}
    (binding,) = read("namespace.yaml")
    assert binding["kind"] == "RoleBinding" and "namespace" not in binding["metadata"]
    everywhere, namespaces = read("cluster-wide.yaml")
    assert everywhere["roleRef"] == binding["roleRef"] and everywhere["subjects"] == binding["subjects"]
    assert namespaces["data"] == {"namespaces": "*"}
    assert "every Secret of every namespace" in (DEPLOY / "cluster-wide.yaml").read_text(encoding="utf-8")


def test_the_namespaces_come_from_a_map_that_an_upgrade_does_not_touch() -> None:
    variables = {each["name"]: each for each in one("Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]}
    source = variables["FTE_OPERATOR_WATCH_NAMESPACES"]["valueFrom"]["configMapKeyRef"]
    made = read("cluster-wide.yaml")[1]
    assert (source["name"], source["key"]) == (made["metadata"]["name"], *made["data"])
    assert not source.get("optional")
    assert "ConfigMap" not in {each["kind"] for each in OBJECTS}


def test_every_variable_is_a_setting() -> None:
    container = one("Deployment")["spec"]["template"]["spec"]["containers"][0]
    names = {variable["name"] for variable in container["env"]} - {"HOME"}
    assert {name.removeprefix("FTE_OPERATOR_").lower() for name in names} <= Settings.model_fields.keys()
    image = next(each for each in container["env"] if each["name"] == "FTE_OPERATOR_RUNTIME_IMAGE")
    assert image["value"] == container["image"] == "digital-fte:dev"


@pytest.mark.control_plane
def test_the_server_takes_it_and_lets_its_pods_run(control_plane: ControlPlane) -> None:
    answer = control_plane.run("apply", "--server-side", "--validate=strict", "-f", str(PATH))
    assert answer.count("serverside-applied") == len(OBJECTS)
    for name, where in (("namespace.yaml", ["-n", "default"]), ("cluster-wide.yaml", [])):
        arguments = [
            "apply",
            "--server-side",
            "--validate=strict",
            "--dry-run=server",
            "-f",
            str(DEPLOY / name),
            *where,
        ]
        assert control_plane.run(*arguments).count("serverside-applied") == len(read(name))
    template = one("Deployment")["spec"]["template"]
    metadata = template["metadata"] | {"name": "tried", "namespace": "fte-system"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
    control_plane.run("create", "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(pod))
