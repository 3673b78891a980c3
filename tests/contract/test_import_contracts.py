"""Each import contract, broken once on purpose in a copy of the tree, is caught."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPONENTS = ("operator", "runtime", "agent", "database")

BREACHES = {
    "direction": ("agent/fte_agent/turn/policy.py", "import fte_database.pool"),
    "operator-stands-alone": ("operator/fte_operator/render.py", "import fte_runtime.config"),
    "operator-knows-no-data-plane": ("operator/fte_operator/render.py", "import fte_agent.ports"),
    "operator-layers": ("operator/fte_operator/settings.py", "import fte_operator.reconcile"),
    "kopf": ("operator/fte_operator/reconcile/digital_fte.py", "import kopf"),
    "kubernetes": ("operator/fte_operator/render.py", "import kubernetes"),
    "pure-desired": ("operator/fte_operator/desired/defaults.py", "import asyncio"),
    "agent-hexagon": ("agent/fte_agent/turn/turn.py", "import httpx"),
    "agents-sdk": ("agent/fte_agent/turn/turn.py", "import agents"),
    "agent-rooms": ("agent/fte_agent/text/terms.py", "import fte_agent.turn"),
    "asyncpg": ("runtime/fte_runtime/wiring/worker.py", "import asyncpg"),
    "aiokafka": ("runtime/fte_runtime/config.py", "import aiokafka"),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for folder in COMPONENTS:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("data", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(tree: Path, contract: str) -> subprocess.CompletedProcess[str]:
    program = (
        f"import sys; sys.path[:0] = {[str(tree / folder) for folder in COMPONENTS]!r}; "
        "from importlinter.cli import lint_imports_command; lint_imports_command()"
    )
    arguments = ["--config", "pyproject.toml", "--no-cache", "--contract", contract]
    return subprocess.run(
        [sys.executable, "-P", "-c", program, *arguments], cwd=tree, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("contract", BREACHES)
def test_breach_is_caught(tree: Path, contract: str) -> None:
    file, line = BREACHES[contract]
    path = tree / file
    path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    result = lint(tree, contract)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout


def test_every_contract_has_a_breach() -> None:

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert {c["id"] for c in settings["tool"]["importlinter"]["contracts"]} == set(BREACHES)
