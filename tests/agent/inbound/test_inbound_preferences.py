"""The words by which customers say whether they want to be written to."""

import pytest

from fte_agent.domain.messages import Preference
from fte_agent.inbound.preferences import preference_of


@pytest.mark.parametrize("text", ["STOP", " stop.\n", "Unsubscribe", "stopall", "Quit!"])
def test_stop(text: str) -> None:
    assert preference_of(text) is Preference.STOP


@pytest.mark.parametrize("text", ["START", "unstop", " Start! "])
def test_start(text: str) -> None:
    assert preference_of(text) is Preference.START


@pytest.mark.parametrize("text", ["", "yes", "help", "Please stop the export", "stop it", "How do I start?", "s t o p"])
def test_anything_else_is_a_message(text: str) -> None:
    assert preference_of(text) is None
