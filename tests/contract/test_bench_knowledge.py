"""``make bench-knowledge`` ends with one line of JSON that its exit status follows; the page tells the same figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
NAMES = ("search_ratio", "search_p95_ms", "bare_p95_ms", "recall")
SIZES = ("1k", "10k", "50k")


@pytest.mark.postgres
@pytest.mark.timeout(400)
def test_the_search_is_measured_and_judged() -> None:
    before = PAGE.read_bytes()
    command = [sys.executable, "hack/bench-knowledge", "--sizes", "1000", "--questions", "10"]
    done = subprocess.run(
        [*command, "--dimensions", "64", "--no-write"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures.keys() == {f"{name}_1k" for name in NAMES}
    assert all(value > 0 for value in figures.values())
    assert figures["recall_1k"] == 1, "all vectors are compared"
    assert PAGE.read_bytes() == before


def test_the_page_tells_the_same_figures() -> None:
    section = PAGE.read_text(encoding="utf-8").split("## `make bench-knowledge`\n")[1].split("\n## ")[0]
    assert all(f"\n| `{name}_{size}` | " in section for name in NAMES for size in SIZES)
