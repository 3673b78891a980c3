"""No text of a customer is refused for its characters, wherever it stands in a value."""

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fte_agent.text.cleaning import storable
from fte_database.values import encode_json, known


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_storable_has_nothing_postgresql_refuses_and_keeps_the_rest(text: str) -> None:
    kept = storable(text)
    assert "\x00" not in kept
    kept.encode("utf-8")
    assert len(kept) == len(text) - text.count("\x00")


def test_json_is_cleaned_in_keys_and_depth() -> None:
    encoded = encode_json({"a\x00": ["b\x00", {"c": ("\ud800", 1, None, 2.5, True)}]})
    assert json.loads(encoded) == {"a": ["b", {"c": ["?", 1, None, 2.5, True]}]}


def test_a_backslash_before_u0000_is_text_and_stays() -> None:
    assert json.loads(encode_json({"a": "\\u0000"})) == {"a": "\\u0000"}


def test_not_a_number_is_no_json() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_json({"score": float("nan")})


@dataclass(frozen=True)
class _Place:
    address: str
    thread: str = ""


def test_fields_of_a_newer_release_are_left_out_and_those_an_older_one_left_out_are_the_default() -> None:
    assert known(_Place, {"address": "a", "mood": "new"}) == _Place("a")
    with pytest.raises(TypeError, match="address"):
        known(_Place, {"thread": "t"})
