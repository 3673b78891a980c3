"""The benchmarks end with one line of JSON, and docs/benchmarks.md tells the same figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
FIGURES = {
    "gate_ms",
    "turn_p95_ms",
    "turn_cpu_p95_ms",
    "search_p95_ms",
    "turn_p50_ms",
    "turn_ratio",
    "sdk_overhead_ms",
    "sections",
    "turns",
}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_turn_is_measured_and_judged() -> None:
    """Twenty cold turns say nothing of the targets: what is held is that the exit status tells of the figures."""
    before = PAGE.read_bytes()
    command = [sys.executable, "hack/bench-turn", "--turns", "20", "--rounds", "1", "--no-write"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures.keys() == FIGURES
    assert (figures["sections"], figures["turns"]) == (60, 20)
    assert 0 < figures["turn_p50_ms"] <= figures["turn_p95_ms"]
    assert figures["turn_ratio"] > 1
    assert figures["sdk_overhead_ms"] > 0
    missed = [figures["gate_ms"] >= 1, figures["turn_cpu_p95_ms"] >= 150, figures["sdk_overhead_ms"] >= 60]
    assert done.returncode == any(missed)
    assert PAGE.read_bytes() == before


def test_the_page_tells_the_same_figures_and_nothing_of_the_machine_but_its_kind() -> None:
    section = PAGE.read_text(encoding="utf-8").split("## `make bench-turn`\n")[1].split("\n## ")[0]
    assert {name for name in FIGURES if f"\n| `{name}` | " in section} == FIGURES
    assert "/home" not in section and "/work" not in section
