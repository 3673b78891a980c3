"""Status is true in both directions: hack/truth on a control plane of its own, and the page that it writes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from truth_faults import FAULTS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "troubleshooting.md"
ROW = re.compile(r"^\| (?P<name>[^|]+) \| `(?P<reason>\w+)` \| (?P<times>.+) \|$", re.MULTILINE)
TIME = re.compile(r"([0-9.]+) \(([0-9.]+)\)")


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.control_plane
@pytest.mark.timeout(400)
def test_a_read_only_database_is_told_and_so_is_its_end() -> None:
    before = PAGE.read_bytes()
    command = [sys.executable, "hack/truth", "--only", "database read-only", "--no-write"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| database read-only | `NotWritable` |" in done.stdout
    assert PAGE.read_bytes() == before


def test_the_page_tells_every_fault_within_its_bounds() -> None:
    section = PAGE.read_text(encoding="utf-8").split("## `hack/truth`\n")[1]
    rows = {row["name"]: row for row in ROW.finditer(section)}
    assert rows.keys() == {fault.name for fault in FAULTS}
    for fault in FAULTS:
        times = TIME.findall(rows[fault.name]["times"])
        assert rows[fault.name]["reason"] in fault.reasons
        assert len(times) == 3
        assert all(float(took) <= float(most) for took, most in times), fault.name
