"""``make bench-intake`` ends with one line of JSON that its exit status follows; the page tells the same figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
FIGURES = {
    "webhook_cpu_ratio_32",
    "webhook_cpu_ratio_no_broker",
    "form_cpu_ratio_32",
    "form_cpu_ratio_to_plain",
    "worker_cpu_ratio",
    "worker_cpu_ms_per_message",
    "reply_p95_s_model0",
    "worker_rss_mib",
    "api_rss_mib",
}
TARGETS = {
    "webhook_cpu_ratio_32": 2.0,
    "webhook_cpu_ratio_no_broker": 1.2,
    "form_cpu_ratio_to_plain": 1.0,
    "worker_cpu_ratio": 2.0,
}


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.timeout(400)
def test_intake_and_worker_are_measured_and_judged() -> None:
    before = PAGE.read_bytes()
    command = [
        sys.executable,
        "hack/bench-intake",
        "--requests",
        "64",
        "--rounds",
        "1",
        "--messages",
        "16",
        "--no-write",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1) and done.stdout, done.stderr  # a crash is a 1 as well
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures.keys() == FIGURES
    assert all(value > 0 for value in figures.values())
    assert done.returncode == any(figures[name] > most for name, most in TARGETS.items())
    assert PAGE.read_bytes() == before


def test_the_page_tells_the_same_figures() -> None:
    section = PAGE.read_text(encoding="utf-8").split("## `make bench-intake`\n")[1].split("\n## ")[0]
    assert {name for name in FIGURES if f"\n| `{name}` | " in section} == FIGURES
