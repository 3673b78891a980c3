"""What of a section may be read alone: bindings between sentences, and pieces of Markdown that are never cut."""

import pytest

from fte_agent.text.bindings import introduces, leans, limits
from fte_agent.text.pieces import quote, spans, with_bound


def quoted(content: str, *chosen: int) -> str:
    """What comes of choosing the pieces by number, counted from one."""
    pieces = spans(content)
    return quote(content, [pieces[number] for number in with_bound(content, pieces, [each - 1 for each in chosen])])


@pytest.mark.parametrize(
    "follower",
    [
        "However, guests cannot.",
        "This does not apply to guests.",
        "Except on Sundays.",
        "Only owners can do this.",
        "Unless you use SSO, that is.",
        "The only exception are guests.",
        "But not on the Starter plan.",
        "Exports are not available on the Starter plan.",
        "**Note:** guests cannot.",
        "It is never possible for guests.",
        "Dies gilt nicht für Gäste.",
        "Jedoch nicht für Gäste.",
        "Sin embargo, los invitados no pueden.",
        "Cela ne s'applique pas aux invités.",
    ],
)
def test_a_sentence_takes_along_what_takes_it_back(follower: str) -> None:
    content = f"You can export a report. {follower} Reports have names."
    assert quoted(content, 1) == f"You can export a report. {follower}"
    assert quoted(content, 2) == f"You can export a report. {follower}"


@pytest.mark.parametrize(
    "follower",
    [
        "It cannot be undone.",
        "This deletes all files.",
        "Otherwise nothing happens.",
        "If it fails, call us.",
        "After that, sign in again.",
        "Then choose Export.",
        "In this case the export is empty.",
        "Danach ist es weg.",
    ],
)
def test_a_sentence_that_points_back_takes_along_what_it_points_to(follower: str) -> None:
    assert quoted(f"Names are free. You can delete a project. {follower}", 3).endswith(
        f"You can delete a project. {follower}"
    )


@pytest.mark.parametrize("alone", ["There are three plans.", "Reports have names.", "If you use SSO, ask an owner."])
def test_what_stands_for_itself_comes_alone(alone: str) -> None:
    assert not leans(alone) and not limits(alone)
    assert quoted(f"Projects have owners. {alone}", 2) == alone
    assert quoted(f"Projects have owners. {alone}", 1) == "Projects have owners."


def test_what_narrows_a_paragraph_comes_with_every_sentence_of_it() -> None:
    content = "Exports are free. They take a minute.\n\nThis does not apply to guests.\n\nReports have names."
    assert quoted(content, 2) == "Exports are free. They take a minute.\n\nThis does not apply to guests."
    assert quoted(content, 4) == "Reports have names."


def test_what_a_condition_introduces_is_one_with_it() -> None:
    steps = "If you use SSO:\n\n1. Open the console.\n2. Add the app."
    assert quoted(f"{steps}\n\nAsk an owner.", 1) == steps
    assert quoted("**With SSO:**\n\nOpen the console. Add the app.\n\nAsk an owner.", 1) == (
        "**With SSO:**\n\nOpen the console. Add the app."
    )
    assert introduces("If you use SSO:** ") and not introduces("At 8:00 it opens.")


def test_steps_items_and_rows_stay_together_and_keep_their_sentence() -> None:
    listed = "All of these must be true.\n\n- You own it.\n- It is closed."
    assert quoted(f"Reports have names.\n\n{listed}", 3) == listed
    table = "| Plan | Seats |\n| --- | --- |\n| Team | 5 |"
    assert quoted(f"Seats by plan are these.\n\n{table}", 2) == f"Seats by plan are these.\n\n{table}"
