"""Status is true on a real cluster, too; ``hack/truth --kind`` goes through every fault that it can show."""

import os
import subprocess
import sys

import pytest
from cluster import ROOT, Cluster

pytestmark = pytest.mark.kind


@pytest.mark.timeout(600)
@pytest.mark.parametrize("fault", ["database read-only", "topic tickets.incoming deleted", "knowledge Job"])
def test_a_fault_is_told_and_so_is_its_end(cluster: Cluster, fault: str) -> None:
    command = [sys.executable, "hack/truth", "--kind", "--only", fault, "--no-write"]
    environment = os.environ | {"KUBECONFIG": str(cluster.kubeconfig)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
