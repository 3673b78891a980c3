"""Text from outside, made harmless: held to the definition, character by character."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fte_agent.text.cleaning import clean, line, storable

SPECIAL = st.sampled_from("\r\n\t \x00\x1f\x7f\x85\x9f\u2028\ud800")
RAGGED = st.lists(st.one_of(st.text(max_size=3), SPECIAL)).map("".join)


def defined(text: str) -> str:
    """`clean`, as it is told: no control character (Unicode's Cc) but tab and newline, ends of lines as newlines."""
    text = storable(text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc").strip()


@given(RAGGED)
@example("plain words")
@example(" \x00 a\r\nb\rc \ud800 ")
def test_cleaned_text_is_as_defined(text):
    assert clean(text) == defined(text)
    assert line(text) == " ".join(defined(text).split())


def test_every_control_character_is_told_from_the_others():
    for char in map(chr, range(0x3000)):
        assert clean(f"a{char}b") == defined(f"a{char}b")


@pytest.mark.parametrize(("text", "expected"), [("a\x00b", "ab"), ("a\ud800b", "a?b"), ("Zoë", "Zoë")])
def test_storable_text_has_no_nul_and_no_half_of_a_pair(text, expected):
    assert storable(text) == expected
