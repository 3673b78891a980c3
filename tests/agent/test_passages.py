"""What a hosted model may name of a long section: paragraphs and lists, with what they must not be read without."""

import pytest

from fte_agent.text.passages import WHOLE_CHARS, passages
from fte_agent.text.pieces import quote, with_bound

FILLER = " ".join(f"Files are moved to shelf number {word} at night." for word in ("one", "two", "three", "four")) + (
    " Every shelf has a label, a lamp and a lock. Lamps burn all night and all day long, in every room of the house,"
    " and all around the yard of the house in winter and in summer, be it wet or dry."
)


def said(content: str, needle: str) -> str:
    """What comes of naming the piece that holds ``needle``."""
    pieces = passages(content)
    (number,) = [n for n, piece in enumerate(pieces) if needle in content[piece.start : piece.end]]
    return quote(content, [pieces[each] for each in with_bound(content, pieces, [number])])


def test_what_is_short_is_one_piece_and_what_is_long_is_paragraphs() -> None:
    assert len(passages(FILLER[:WHOLE_CHARS])) == 1
    assert said(f"Doors are blue. Walls are red.\n\n{FILLER}", "Walls") == "Doors are blue. Walls are red."


@pytest.mark.parametrize(
    ("before", "named"),
    [
        ("Is the glue safe for children?", "No, keep it away from them."),
        ("**Business plan**", "You can add 100 people."),
        ("On the Pro plan the following holds.", "You have 50 projects."),
        ("If you use SSO:", "Ask an owner."),
        ("Im Tarif Pro gilt Folgendes.", "Sie haben 50 Projekte."),
        ("1. Back up.\n\n![shot](x.png)", "2. Choose Reset."),
        ("1. Back up.\n\nThat takes a minute.", "2. Choose Reset."),
        ("Step 1: Back up.\n\nThat takes a minute.", "Step 2: Choose Reset."),
        ("Adults take two tablets.", "Only children take one."),
        ("Files can be deleted.", "Yes, by everybody."),
    ],
)
def test_what_a_paragraph_stands_under_or_goes_on_with_comes_along(before: str, named: str) -> None:
    content = f"{FILLER}\n\n{before}\n\n{named}\n\n{FILLER}"
    assert said(content, named).endswith(f"{before}\n\n{named}")


@pytest.mark.parametrize(
    ("named", "behind"),
    [
        ("Adults take two tablets.", "Children must not take them."),
        ("Sie können jederzeit kündigen.", "Geschäftskunden können nicht kündigen."),
        ("| To | Days |\n|---|---|\n| Paris | 2 |", "Islands take two more days."),
    ],
)
def test_what_narrows_it_behind_comes_along(named: str, behind: str) -> None:
    assert said(f"{FILLER}\n\n{named}\n\n{behind}\n\n{FILLER}", named).endswith(f"{named}\n\n{behind}")


def test_a_limit_before_comes_along_whatever_is_named() -> None:
    limit = "This page applies to Enterprise accounts only."
    assert said(f"{limit}\n\n{FILLER}\n\nOpen Settings.", "Open Settings.") == f"{limit}\n\nOpen Settings."
    assert said(f"{limit} {FILLER} {FILLER}".replace("three", "3", 1), "number 3").startswith(limit)


def test_what_is_said_under_a_question_keeps_it_over_paragraphs() -> None:
    content = f"Is it safe?\n\nNo, keep away.\n\n{FILLER}\n\nIt is made of rice."
    assert said(content, "rice").startswith("Is it safe?\n\nNo, keep away.")
