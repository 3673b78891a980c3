import pytest

from fte_agent.text.questions import separate_questions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How do I pay my bill?", ["How do I pay my bill?"]),
        ("It is broken. Nothing works.", []),
        (
            "I moved. How do I change my address? And where are my old invoices?",
            ["I moved. How do I change my address?", "And where are my old invoices?"],
        ),
        (
            "How do I export tasks? Will they keep their colours?",
            ["How do I export tasks? Will they keep their colours?"],
        ),
        ("How do I export tasks? Is that normal?", ["How do I export tasks? Is that normal?"]),
        (
            "how do i send a jacket back and do you take american express",
            ["how do i send a jacket back", "do you take american express"],
        ),
        (
            "Two things please: 1) Where do I enter the tax number? 2) Can I get it printed on paper?",
            ["Two things please: 1) Where do I enter the tax number?", "2) Can I get it printed on paper?"],
        ),
        (
            "Two questions: when is the shop open on Saturday, and do I need my own rope for the wall there?",
            ["Two questions: when is the shop open on Saturday", "do I need my own rope for the wall there?"],
        ),
        ("How can I drag and drop files?", ["How can I drag and drop files?"]),
        (
            "Is the sky red? Is the lawn blue? Is the roof green? Is the door grey? Thanks!",
            ["Is the sky red?", "Is the lawn blue?", "Is the roof green? Is the door grey?"],
        ),
    ],
)
def test_separate_questions(text: str, expected: list[str]) -> None:
    assert separate_questions(text) == expected
