from pathlib import Path

import pytest
from pydantic import ValidationError

from fte_operator.settings import Settings


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("FTE_OPERATOR_RUNTIME_IMAGE", "image:1")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return monkeypatch


def test_namespaces_are_separated_by_commas(environment):
    environment.setenv("FTE_OPERATOR_WATCH_NAMESPACES", "a, b,")
    assert Settings().watch_namespaces == ("a", "b")
    environment.setenv("FTE_OPERATOR_WATCH_NAMESPACES", "*")
    assert Settings().watch_namespaces == ()


def test_the_usual_kubeconfig_is_used_unless_there_is_one_of_our_own(environment):
    environment.setenv("KUBECONFIG", "/one")
    assert Settings().kubeconfig == Path("/one")
    environment.setenv("FTE_OPERATOR_KUBECONFIG", "/two")
    assert Settings().kubeconfig == Path("/two")


def test_the_image_must_be_given(environment):
    environment.delenv("FTE_OPERATOR_RUNTIME_IMAGE")
    with pytest.raises(ValidationError, match="runtime_image"):
        Settings()


def test_a_call_cannot_outlive_leadership():
    chosen = Settings()
    assert chosen.request_seconds < chosen.renew_seconds < chosen.lease_seconds
    with pytest.raises(ValidationError, match="request_seconds"):
        Settings(request_seconds=10)


@pytest.mark.parametrize(
    "pattern", ["http://{host}", "http://{", "http://{}", "http://{name.first}", "https://{name}", "{name}:1"]
)
def test_where_health_is_asked_for_depends_on_the_employee_alone(pattern):
    assert Settings().health_url == "http://{address}:9090"
    assert Settings(health_url="http://127.0.0.1:1/{namespace}/{name}")
    with pytest.raises(ValidationError, match="health_url"):
        Settings(health_url=pattern)


def test_prefixes_are_granted_to_one_namespace_each(environment):
    environment.setenv("FTE_OPERATOR_TOPIC_PREFIXES", "fte=customer-success, old.one=shop,")
    assert Settings().topic_prefixes == {"fte": "customer-success", "old.one": "shop"}
    for wrong in ("fte", "fte=", "fte=a,fte=b"):
        environment.setenv("FTE_OPERATOR_TOPIC_PREFIXES", wrong)
        with pytest.raises(ValidationError, match="write PREFIX=NAMESPACE, each prefix for one namespace"):
            Settings()
