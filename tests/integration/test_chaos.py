"""A minute of `hack/chaos`: ten of them are ``make chaos``."""

import json
import subprocess
import sys

import pytest
from data_plane import ROOT

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]


@pytest.mark.timeout(900)
def test_a_minute_of_random_faults_breaks_no_promise(tmp_path):
    command = [sys.executable, ROOT / "hack" / "chaos", "--seconds", "60", "--every", "8", "--folder", tmp_path]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    figures = json.loads(result.stdout)
    assert figures["messages"] > 50
    assert sum(figures["faults"].values()) >= 3
