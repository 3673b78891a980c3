"""Parsing what the API server stored: errors name fields, defaults are the schema's, values do not change."""

import pytest
from custom_resources import fte, raw_channel, raw_fte
from pydantic import ValidationError

from fte_operator.api.v1alpha1 import parse_digital_fte, parse_support_channel
from fte_operator.desired.support_channel import settings
from fte_operator.errors import InvalidSpec


def test_metadata_of_a_stored_object() -> None:
    raw = raw_fte()
    raw["metadata"] |= {"managedFields": [], "resourceVersion": "7", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    raw["status"] = {"observedGeneration": 1}
    parsed = parse_digital_fte(raw, strict=True)
    assert (parsed.key, parsed.metadata.uid) == ("team/helper", raw["metadata"]["uid"])
    assert parsed.metadata.deletion_timestamp == "2026-01-01T00:00:00Z"


def test_every_fault_is_named_at_once() -> None:
    raw = raw_fte(model={"provider": "Nobody"}, company={}, kafka={"bootstrapServers": "kafka"})
    with pytest.raises(InvalidSpec) as error:
        parse_digital_fte(raw)
    for field in ("spec.model.provider", "spec.company.name", "spec.kafka.bootstrapServers"):
        assert field in str(error.value)
    assert not error.value.retryable


def test_a_fault_says_nothing_of_the_value() -> None:
    raw = raw_fte(database={"urlSecretRef": {"name": "db", "key": "postgresql://canary"}})
    with pytest.raises(InvalidSpec, match=r"urlSecretRef\.key") as error:
        parse_digital_fte(raw)
    assert "canary" not in str(error.value)


@pytest.mark.parametrize("raw", [{}, {"apiVersion": "digitalfte.dev/v1", "kind": "DigitalFTE"}, raw_channel()])
def test_another_kind_is_refused(raw: dict[str, object]) -> None:
    with pytest.raises(InvalidSpec):
        parse_digital_fte(raw)


def test_an_object_without_spec_is_refused_strictly_too() -> None:
    raw = raw_channel()
    del raw["spec"]
    with pytest.raises(InvalidSpec, match="spec: Field required"):
        parse_support_channel(raw, strict=True)


def test_a_whole_number_is_a_quantity_and_a_truth_value_is_none() -> None:
    assert fte(api={"resources": {"limits": {"cpu": 2}}}).spec.api.resources.limits.cpu == "2"
    with pytest.raises(InvalidSpec, match=r"limits\.cpu"):
        parse_digital_fte(raw_fte(api={"resources": {"limits": {"cpu": True}}}))


def test_a_limit_of_cpu_can_be_left_out() -> None:
    assert fte().spec.worker.resources.limits.cpu == "500m"
    assert fte(worker={"resources": {"limits": {"memory": "2Gi"}}}).spec.worker.resources.limits.cpu is None


def test_a_channel_without_settings_has_the_defaults() -> None:
    bare = parse_support_channel(raw_channel(), strict=True)
    assert settings(bare, fte()) == settings(parse_support_channel(raw_channel(webForm={})), fte())
    assert settings(bare, fte())["web_form"] == {
        "title": "Contact support",
        "rate_limit_per_minute": 60,
        "allowed_origins": [],
    }


def test_resources_are_frozen() -> None:
    with pytest.raises(ValidationError):
        fte().spec.worker.concurrency = 9  # type: ignore[misc]
