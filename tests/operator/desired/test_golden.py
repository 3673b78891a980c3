"""Whole employees against what they become; a change of any manifest shows as a diff.

Regenerate after a wanted change, and read the diff:  ``UPDATE_GOLDEN=1 pytest tests/operator/desired/test_golden.py``
"""

import os
from pathlib import Path

import pytest
from custom_resources import IMAGE

from fte_operator.desired.digital_fte import build, runtime_secret
from fte_operator.manifests import Manifests
from fte_operator.render import dump

DATA = Path(__file__).resolve().parents[2] / "data" / "operator"
INPUTS = sorted((DATA / "input").glob("*.yaml"))


def rendered(path: Path) -> str:
    manifests = Manifests([path])
    (employee,) = manifests.digital_ftes()
    desired = build(employee, manifests.references(employee, IMAGE))
    objects = (*desired.objects, runtime_secret(employee, {}))
    topics = [{"name": t.name, "partitions": t.partitions, "retention": t.retention_ms} for t in desired.topics]
    return "---\n".join([*map(dump, objects), dump({"topics": topics})])


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.stem)
def test_manifests(path: Path) -> None:
    output = DATA / "output" / path.name
    if "UPDATE_GOLDEN" in os.environ:
        output.write_text(rendered(path), encoding="utf-8")
    assert rendered(path) == output.read_text(encoding="utf-8")


def test_no_output_without_an_input() -> None:
    assert {path.name for path in (DATA / "output").iterdir()} == {path.name for path in INPUTS}
