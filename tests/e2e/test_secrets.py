"""Secrets stay where they were put, and every pod runs under Pod Security `restricted`."""

import pytest
from cluster import Customer, Instance
from said import canaries, everything_said

pytestmark = [pytest.mark.kind, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def busy(quickstart: Instance) -> Instance:
    """An employee that has answered and handed over, so that logs and events have something to say."""
    with quickstart.cluster.forward(quickstart.namespace, "svc/helper-api") as url:
        customer = Customer(url)
        customer.ask("I threw a to-do away by mistake. For how long can I get it back?")
        customer.ask("My lawyer will sue you.")
    return quickstart


def test_secret_values_appear_in_their_secret_alone(busy: Instance) -> None:
    values = canaries(busy.cluster, busy.namespace)
    assert len(values) >= 6
    said = everything_said(busy.cluster, busy.namespace)
    said |= {f"operator {name}": text for name, text in everything_said(busy.cluster, "fte-system").items()}
    assert {"digitalftes.digitalfte.dev", "events", "operator events"} <= set(said)
    assert any(name.startswith("environment helper-api") for name in said)
    leaks = {where for where, text in said.items() for value in values if value in text}
    assert leaks == set()


def test_pods_run_under_restricted_pod_security(busy: Instance) -> None:
    for namespace in (busy.namespace, "fte-system"):
        labels = busy.cluster.get("ns", namespace, namespace)["metadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
        assert busy.cluster.get("pod", namespace)


def test_data_plane_pods_have_no_token_and_a_read_only_root(busy: Instance) -> None:
    for pod in busy.cluster.get("pod", busy.namespace):
        assert pod["spec"].get("automountServiceAccountToken") is False
        assert "kube-api-access" not in str(pod["spec"]["volumes"])
        for container in pod["spec"]["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
