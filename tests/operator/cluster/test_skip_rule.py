import copy

import pytest

from fte_operator.cluster.apply import APPLIED, differs, digest, is_subset, stamped

DESIRED = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "helper-api", "namespace": "shop", "labels": {"app": "fte"}},
    "spec": {"template": {"spec": {"containers": [{"name": "api", "args": ["a", "b"], "env": []}]}}},
}


@pytest.fixture
def live():
    """The desired object as an API server gives it back: stamped, and with defaults and neighbours' fields."""
    live = copy.deepcopy(stamped(DESIRED))
    live["metadata"] |= {"uid": "u", "generation": 3}
    live["spec"]["replicas"] = 2
    containers = live["spec"]["template"]["spec"]["containers"]
    containers[0]["imagePullPolicy"] = "Always"
    containers.append({"name": "sidecar", "image": "x"})
    live["status"] = {"replicas": 2}
    return live


def test_what_is_applied_already_is_left_alone(live):
    assert not differs(DESIRED, live)


def test_what_is_missing_is_sent():
    assert differs(DESIRED, None)


@pytest.mark.parametrize(
    "drift",
    [
        lambda live: live["metadata"]["labels"].update(app="other"),
        lambda live: live["metadata"]["labels"].clear(),
        lambda live: live["spec"]["template"]["spec"]["containers"][0]["args"].append("c"),
        lambda live: live["spec"]["template"]["spec"]["containers"][0]["args"].reverse(),
        lambda live: live["spec"]["template"]["spec"]["containers"].pop(0),
        lambda live: live["metadata"]["annotations"].clear(),
    ],
)
def test_drift_is_sent(live, drift):
    drift(live)
    assert differs(DESIRED, live)


def test_a_field_no_longer_desired_is_sent_although_the_rest_is_a_subset(live):
    less = copy.deepcopy(DESIRED)
    del less["metadata"]["labels"]
    assert is_subset(less, live)
    assert differs(less, live)


def test_the_digest_ignores_the_order_of_keys():
    assert digest({"a": 1, "b": {"c": 2, "d": 3}}) == digest({"b": {"d": 3, "c": 2}, "a": 1})
    assert digest({"a": [1, 2]}) != digest({"a": [2, 1]})


def test_stamping_keeps_the_desired_object_and_other_annotations():
    annotated = {**DESIRED, "metadata": {**DESIRED["metadata"], "annotations": {"a": "b"}}}
    assert set(stamped(annotated)["metadata"]["annotations"]) == {"a", APPLIED}
    assert annotated["metadata"]["annotations"] == {"a": "b"}


def test_a_rollout_that_is_not_paused_is_given_back_without_the_field():
    assert is_subset({"paused": False}, {})
    assert not is_subset({"paused": False}, {"paused": True})
    assert not is_subset({"automountServiceAccountToken": False}, {})


@pytest.mark.parametrize(
    ("desired", "live", "expected"),
    [
        ({}, {"a": 1}, True),
        ({"a": None}, {}, False),
        ([], [], True),
        ([], [{"name": "x"}], False),
        ([{"name": "a"}], [{"name": "b"}, {"name": "a", "x": 1}], True),
        ([{"port": 80}], [{"port": 80, "protocol": "TCP"}], True),
        ([{"port": 80}], [{"port": 80}, {"port": 81}], False),
        ("80", 80, False),
        ({"a": {"b": 1}}, {"a": "text"}, False),
    ],
)
def test_subset(desired, live, expected):
    assert is_subset(desired, live) is expected
