"""docs/kafka.md: every field of the connection, and every reason that is told."""

from pathlib import Path

import pytest
from custom_resources import schema

from fte_operator.topics.base import TopicsError

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "kafka.md").read_text(encoding="utf-8")
SPEC = schema("digitalftes")["properties"]["spec"]["properties"]
AUTHENTICATION = SPEC["kafka"]["properties"]["authentication"]["properties"]


@pytest.mark.parametrize("word", [*AUTHENTICATION, *AUTHENTICATION["type"]["enum"]])
def test_the_page_has_every_field_and_type(word: str) -> None:
    assert f"`{word}" in PAGE or f".{word}`" in PAGE


def test_the_page_has_every_reason() -> None:
    reasons = {each.reason for each in TopicsError.__subclasses__()}
    assert len(reasons) >= 4
    assert [reason for reason in reasons if f"| `{reason}` |" not in PAGE] == []
