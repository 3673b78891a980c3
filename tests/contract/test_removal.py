"""The commands that remove an employee's topics: all of them, and of no neighbour."""

import re
from pathlib import Path

import pytest
from custom_resources import fte

from fte_operator.desired.topics import owner_topic, topics

OPERATIONS = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def pattern(prefix: str) -> "re.Pattern[str]":
    """What the shell makes of the documented lines; the tool wants a whole name to match (String.matches)."""
    [shown] = re.findall(r"^P='(.*)'$", OPERATIONS, re.MULTILINE)
    [suffixes] = re.findall(r'^T="\$P(.*)"$', OPERATIONS, re.MULTILINE)
    assert shown == r"NAMESPACE\.NAME"
    assert OPERATIONS.count('--delete --topic "$T"') == OPERATIONS.count("--delete --topic") == 1
    return re.compile(prefix.replace(".", r"\.") + suffixes)


def names(**kafka: str) -> set[str]:
    employee = fte(kafka={"bootstrapServers": "a:9092"} | kafka)
    return {topic.name for topic in topics(employee)} | {owner_topic(employee)}


def test_every_topic_of_the_employee_is_matched() -> None:
    mine = names(topicPrefix="support.lena")
    assert {name for name in mine if pattern("support.lena").fullmatch(name)} == mine


@pytest.mark.parametrize(
    "neighbour",
    [
        "support.lena2",
        "support.lena.second",
        "support-lena",
        "supportxlena",
        "other.support.lena",
        "support",
        "support.l",
    ],
)
def test_no_topic_of_a_neighbour_is(neighbour: str) -> None:
    assert not [name for name in names(topicPrefix=neighbour) if pattern("support.lena").fullmatch(name)]
    assert not [name for name in names(topicPrefix="support.lena") if pattern(neighbour).fullmatch(name)]
