"""What README.md and docs/operations.md tell people to type, done."""

import re
import shlex
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from conftest import ControlPlane

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "docs" / "operations.md"]
MANIFEST = (ROOT / "deploy" / "operator.yaml").read_text(encoding="utf-8")
IMAGE = "registry.example/team/digital-fte:1.2.3"


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.control_plane
def test_the_first_example_is_taken_as_it_stands(control_plane: ControlPlane) -> None:
    namespace = f"readme-{uuid4().hex[:8]}"
    control_plane.run("create", "namespace", namespace)
    (example,) = blocks(PAGES[0], "yaml")
    kinds = [each["kind"] for each in yaml.safe_load_all(example)]
    text = example.replace("namespace: quickstart", f"namespace: {namespace}")
    answer = control_plane.run("apply", "--validate=strict", "-f", "-", stdin=text)
    assert kinds == ["SupportChannel", "DigitalFTE"] and answer.count(" created") == 2


@pytest.mark.control_plane
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_lines_that_grant_a_namespace_do_so(control_plane: ControlPlane, page: Path) -> None:
    """Typed as they stand, the operator's account may do its work there and nothing anywhere else."""
    namespace = f"granted-{uuid4().hex[:8]}"
    control_plane.run("create", "namespace", namespace)
    control_plane.run("apply", "--server-side", "-f", str(ROOT / "deploy" / "operator.yaml"))
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("kubectl ")]
    grants = [line for line in lines if "deploy/namespace.yaml" in line or "create configmap fte-operator" in line]
    assert len(grants) == 2
    for line in grants:
        typed = re.sub(r"(-n |namespaces=)(quickstart|NS)\b", rf"\g<1>{namespace}", line.partition("#")[0])
        control_plane.run(*shlex.split(typed.replace(" deploy/", f" {ROOT}/deploy/"))[1:])
    listed = control_plane.run(
        "-n", "fte-system", "get", "configmap", "fte-operator", "-o", "jsonpath={.data.namespaces}"
    )
    control_plane.run("-n", "fte-system", "delete", "configmap", "fte-operator")
    assert listed.split(",")[0] == namespace
    account = ["--as", "system:serviceaccount:fte-system:fte-operator"]
    for where, answer in ((namespace, "yes"), ("kube-system", "no"), ("fte-system", "no")):
        said = control_plane.run("auth", "can-i", "get", "secrets", "-n", where, *account, check=False)
        assert said.split()[0] == answer, where


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_one_line_that_chooses_another_image_changes_both_places(page: Path) -> None:
    """The operator's own image and that of the pods it makes are one; a forgotten second one pulls digital-fte:dev."""
    lines = {line.partition(" | ")[0] for line in page.read_text(encoding="utf-8").splitlines() if "sed " in line}
    (line,) = {line for line in lines if line.startswith("sed ")}
    changed = subprocess.run(
        ["sh", "-c", line], cwd=ROOT, env={"IMAGE": IMAGE, "PATH": "/usr/bin:/bin"}, capture_output=True, check=True
    ).stdout.decode()
    deployment = next(each for each in yaml.safe_load_all(changed) if each["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    runtime = next(each for each in container["env"] if each["name"] == "FTE_OPERATOR_RUNTIME_IMAGE")
    assert container["image"] == runtime["value"] == IMAGE
    assert changed == MANIFEST.replace("digital-fte:dev", IMAGE)
