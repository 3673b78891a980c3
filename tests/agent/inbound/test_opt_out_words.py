"""Opt-out words: held to their definition, character by character."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from fte_agent.domain.messages import Preference
from fte_agent.inbound.preferences import START, STOP, preference_of

LOUD = st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(" ?!._-\t\n\x7f\uff33"))
SAID = st.builds("".join, st.lists(st.one_of(st.sampled_from(sorted(STOP | START)), LOUD), max_size=6))


def defined(text: str) -> Preference | None:
    """Letters, marks and digits, with spaces and question marks, are the whole of what is said."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    word = "".join(char for char in folded if char in " ?" or unicodedata.category(char)[0] in "LMN").strip()
    if word in STOP:
        return Preference.STOP
    return Preference.START if word in START else None


@given(SAID)
@example("  -S.T.O.P!\n")
@example("\uff33\uff34\uff2f\uff30")
@example("stop?")
@example("st op")
def test_a_word_is_told_as_defined(text):
    assert preference_of(text) == defined(text)
