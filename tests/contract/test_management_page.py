"""docs/management.md: its example is one the server takes, and it has every route, role, state and filter."""

import re
from pathlib import Path

import yaml
from custom_resources import fte

from fte_runtime.api.contracts import documents
from fte_runtime.management.conversations import Resolution
from fte_runtime.management.tokens import Role

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "management.md").read_text(encoding="utf-8")
PATHS = documents()["management-api"]["paths"]
ROWS = dict(re.findall(r"^\| `((?:GET|POST) [^`]+)` \| (\w+) \|", PAGE, re.MULTILINE))


def test_its_example_is_what_the_operator_reads() -> None:
    example = next(block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "tokensSecretRef" in block)
    managed = fte(**yaml.safe_load(example)).spec.api.management
    assert managed is not None
    assert managed.tokens_secret_ref.name == "helper-management"


def test_it_has_every_route_and_its_filters() -> None:
    routes = {f"{method.upper()} {path}": each for path, every in PATHS.items() for method, each in every.items()}
    assert ROWS.keys() == routes.keys()
    for name, operation in routes.items():
        line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}`"))
        asked = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
        assert [
            word for word in sorted(asked - {"cursor", "limit"}) if word not in line and name != "GET /metrics/channels"
        ] == []


def test_it_has_every_role_and_state() -> None:
    assert set(ROWS.values()) <= {role.key for role in Role}
    assert [word for word in (*Resolution, *(role.key for role in Role)) if f"`{word}`" not in PAGE] == []
