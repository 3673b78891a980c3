"""Questions without an answer, those that ask the same together."""

from fte_agent.knowledge.gaps import MAX_CHARS, Gap, grouped
from fte_agent.offline.embedder import shared_embedder


async def test_those_that_ask_the_same_count_together_and_the_most_asked_come_first() -> None:
    questions = [
        "Do you have an app for Android?",
        "do you have an app for android",
        "Is there an Android app?",
        "Can I pay by bank transfer?",
        "May I pay by bank transfer?",
        "Which planets have rings?",
    ]
    assert await grouped(questions, shared_embedder()) == [
        Gap("Do you have an app for Android?", 3),
        Gap("Can I pay by bank transfer?", 2),
        Gap("Which planets have rings?", 1),
    ]


async def test_nothing_asked_is_no_gap_and_a_long_question_is_cut() -> None:
    assert await grouped([], shared_embedder()) == []
    assert await grouped(["", "?!"], shared_embedder()) == []
    (gap,) = await grouped(["word " * 200], shared_embedder())
    assert len(gap.question) <= MAX_CHARS
