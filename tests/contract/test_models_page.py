"""docs/models.md: its example is one the server takes, and it has every field, reason and word."""

import re
from pathlib import Path

import yaml
from custom_resources import fte, schema

from fte_agent.errors import ModelFault
from fte_operator.status.model import REASONS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "models.md").read_text(encoding="utf-8")


def test_its_example_is_what_the_operator_reads() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert fte(**yaml.safe_load(example)).spec.model.is_hosted


def test_it_has_every_field_and_value() -> None:
    model = schema("digitalftes")["properties"]["spec"]["properties"]["model"]["properties"]
    words = {*model, *model["capabilities"]["properties"]}
    words |= {value for part in (model["provider"], model["api"]) for value in part["enum"]}
    words |= set(model["capabilities"]["properties"]["preload"]["enum"])
    assert [word for word in sorted(words) if not re.search(rf"`(capabilities\.)?{word}(\{{[^`]*)?`", PAGE)] == []


def test_it_has_every_reason_and_stable_word() -> None:
    assert REASONS.keys() == set(ModelFault) - {ModelFault.REJECTED}
    words = {*REASONS, *(reason for reason, _ in REASONS.values())}
    assert [word for word in sorted(words) if f"`{word}`" not in PAGE] == []
