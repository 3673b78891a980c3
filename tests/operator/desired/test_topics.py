"""Topics: names, sizes, and when they may grow."""

from dataclasses import replace
from typing import Any

import pytest
from custom_resources import fte

from fte_operator.desired import defaults
from fte_operator.desired import topics as module
from fte_operator.desired.channels import TYPES
from fte_operator.desired.topics import topics

DAY = 24 * 3600 * 1000
KAFKA = {"bootstrapServers": "kafka:9092"}


def test_names_and_retention() -> None:
    assert {topic.name: topic.retention_ms for topic in topics(fte(kafka=KAFKA | {"topicPrefix": "fte"}))} == {
        "fte.tickets.incoming": 7 * DAY,
        "fte.channels.email.inbound": DAY,
        "fte.channels.whatsapp.inbound": DAY,
        "fte.channels.webform.inbound": DAY,
        "fte.escalations": 7 * DAY,
        "fte.metrics": 7 * DAY,
        "fte.dlq": 30 * DAY,
    }


def test_the_prefix_defaults_to_namespace_and_name() -> None:
    assert {topic.name.removeprefix("team.helper.").count(".") for topic in topics(fte())} <= {0, 1, 2}
    assert all(topic.name.startswith("team.helper.") for topic in topics(fte()))


@pytest.mark.parametrize(
    ("spec", "partitions", "grow"),
    [
        ({}, 30, False),
        ({"worker": {"autoscaling": {"maxReplicas": 5}}}, 12, False),
        ({"worker": {"autoscaling": {"maxReplicas": 50}}}, 50, False),
        ({"kafka": KAFKA | {"partitions": 40}}, 40, True),
    ],
)
def test_partitions_of_incoming(spec: dict[str, Any], partitions: int, grow: bool) -> None:
    incoming, *others = topics(fte(**spec))
    assert (incoming.partitions, incoming.grow) == (partitions, grow)
    assert {(topic.partitions, topic.grow) for topic in others} == {(3, False)}


@pytest.mark.parametrize(
    ("api", "url"),
    [({}, "http://helper-api.team.svc"), ({"publicURL": "https://help.example/"}, "https://help.example")],
)
def test_where_the_api_answers(api: dict[str, Any], url: str) -> None:
    assert defaults.api_url(fte(api=api)) == url


def test_a_type_s_topic_follows_from_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    echo = replace(TYPES["WebForm"], topic="caves")
    monkeypatch.setattr(module, "TYPES", {**TYPES, "Echo": echo})
    assert "team.helper.channels.caves.inbound" in {topic.name for topic in topics(fte())}
