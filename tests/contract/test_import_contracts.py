"""Each import contract, broken once on purpose in a copy of the tree, is caught.

All breaches stand in one copy, each in a module of its own that nobody named before: a contract lists packages, so
that it holds in modules to come. What is caught is told by module and import, so no breach can stand for another.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPONENTS = ("operator", "runtime", "agent", "database", "transport", "prototype")

BREACHES = {
    "direction": ("agent/fte_agent/turn", "fte_database.pool"),
    "operator-stands-alone": ("operator/fte_operator", "fte_runtime.config"),
    "operator-knows-no-data-plane": ("operator/fte_operator", "fte_agent.ports"),
    "transport": ("transport/fte_transport", "fte_database.pool"),
    "operator-layers": ("operator/fte_operator/api", "fte_operator.reconcile"),
    "operator-yaml": ("operator/fte_operator/reconcile", "yaml"),
    "kopf": ("operator/fte_operator/reconcile", "kopf"),
    "kubernetes": ("operator/fte_operator", "kubernetes"),
    "pure-desired": ("operator/fte_operator/desired", "asyncio"),
    "agent-hexagon": ("agent/fte_agent/turn", "httpx"),
    "agents-sdk": ("agent/fte_agent/turn", "agents"),
    "agent-rooms": ("agent/fte_agent/text", "fte_agent.turn"),
    "asyncpg": ("runtime/fte_runtime/wiring", "asyncpg"),
    "aiokafka": ("runtime/fte_runtime", "aiokafka"),
    "fastapi": ("runtime/fte_runtime/worker", "fastapi"),
    "twilio": ("runtime/fte_runtime/channels", "twilio"),
    "google": ("runtime/fte_runtime/channels", "googleapiclient"),
    "channel-plug-ins": ("runtime/fte_runtime/wiring", "fte_runtime.channels.carrier_pigeon.worker"),
}
"""Contract: the folder of a module, and what it must not import. The pigeon is a plug-in to come."""


def breach(contract: str) -> str:
    """Name of the module that breaks ``contract``."""
    return f"breach_of_{contract.replace('-', '_')}"


def contracts() -> list[dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the linter says of each broken contract, by id."""
    tree = tmp_path_factory.mktemp("tree")
    for folder in COMPONENTS:
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("data", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    pigeon = tree / "runtime/fte_runtime/channels/carrier_pigeon"
    pigeon.mkdir()
    (pigeon / "__init__.py").touch()
    (pigeon / "worker.py").write_text("import fte_runtime.channels.carrier_pigeon.settings\n", encoding="utf-8")
    (pigeon / "settings.py").touch()
    (tree / "agent/fte_agent/room_without_name.py").touch()
    for contract, (folder, imported) in BREACHES.items():
        (tree / folder / f"{breach(contract)}.py").write_text(f"import {imported}\n", encoding="utf-8")
    program = (
        f"import sys; sys.path[:0] = {[str(tree / folder) for folder in COMPONENTS]!r}; "
        "from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    command = [sys.executable, "-P", "-c", program, "--config", "pyproject.toml", "--no-cache", "--no-logo"]
    wide = os.environ | {"COLUMNS": "1000"}  # else names are broken in two
    result = subprocess.run(command, cwd=tree, env=wide, capture_output=True, text=True, check=False)
    assert result.returncode == 1, result.stdout + result.stderr
    return _sections(result.stdout.partition("Broken contracts\n")[2])


def _sections(output: str) -> dict[str, str]:
    """The text under each contract's name, which is underlined."""
    ids = {contract["name"]: contract["id"] for contract in contracts()}
    sections: dict[str, str] = {}
    current = ""
    for line in output.splitlines():
        current = ids.get(line.strip(), current)
        sections[current] = sections.get(current, "") + line + "\n"
    return sections


@pytest.mark.parametrize("contract", BREACHES)
def test_breach_is_caught(told: dict[str, str], contract: str) -> None:
    imported = BREACHES[contract][1]
    assert f".{breach(contract)} -> {imported} (l.1)" in told.get(contract, "")


def test_a_plug_in_may_import_itself(told: dict[str, str]) -> None:
    assert "carrier_pigeon.worker ->" not in told["channel-plug-ins"]


def test_a_room_that_nobody_named_is_refused(told: dict[str, str]) -> None:
    assert "room_without_name" in told["agent-rooms"]


def test_every_contract_has_a_breach() -> None:
    assert {contract["id"] for contract in contracts()} == set(BREACHES)
