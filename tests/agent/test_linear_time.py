"""What reads a customer's words takes time in proportion to them: nobody blocks a worker with 4,000 characters."""

import contextlib
import itertools
from collections.abc import Callable

import pytest
from growth import BOUND, growth

from fte_agent.channels import EMAIL
from fte_agent.domain.behaviour import Company
from fte_agent.gate.facts import facts
from fte_agent.knowledge.sections import InvalidSource, sections_of
from fte_agent.learning.answers import answer_of, question_of
from fte_agent.learning.doubts import Vocabulary, doubts
from fte_agent.learning.personal import People
from fte_agent.reply.formatting import format_for_channel
from fte_agent.text.markdown import plain, sentences
from fte_agent.text.redaction import redact

SIGNS = "a1 .@-_/:$%,(<&\\é\n"
REPEATS = [
    *SIGNS,
    *map("".join, itertools.permutations(SIGNS, 2)),
    *("e.g. ", "1.111", "a.b@", "a@b.", "aa.", "1.1.", "$1 ", "jan", "1 jan ", "mailto:", "&amp;", "<b>"),
]


@pytest.mark.parametrize("read", [facts, sentences, plain])
def test_four_times_the_text_takes_about_four_times_as_long(read: Callable[[str], object]) -> None:
    assert [repeat for repeat in REPEATS if growth(read, repeat, 1000) > BOUND] == []


def formatted(text: str) -> None:
    format_for_channel(EMAIL, text, Company("Acme"))


def cut(text: str) -> None:
    with contextlib.suppress(InvalidSource):
        sections_of("docs", "guide.md", text)


PEOPLE = People(["Ada Lovelace"], ["b.byron@example.org"])


def learned(text: str) -> None:
    answer_of(text, PEOPLE)
    question_of(text, PEOPLE)
    doubts(text, Vocabulary())


HARD = {
    formatted: ["**a ", "__a ", "a**", "**", "`", "` `` ", "[", "[a](", "```\n", "\0"],
    redact: ["4", "4 ", "4111 ", "4111.1111-", "BE68 ", "BE68", "XX00 ", "XX00X"],
    cut: ["<!--", "<!-- asked: a -->\n", "```\n<!--", "-->", " ", "\n", "~~~"],
}


@pytest.mark.parametrize(("read", "repeat"), [(read, repeat) for read, repeats in HARD.items() for repeat in repeats])
def test_a_long_text_too_takes_time_in_proportion(read: Callable[[str], object], repeat: str) -> None:
    assert growth(lambda text: read(f"x {text}"), repeat, 16_000) <= BOUND


ANSWERS = [
    *(
        "A ",
        "Aa. ",
        "12 A ",
        "1 A Road ",
        "Ada ",
        "best ",
        "thanks, ",
        "\n",
        " ",
        "hi ",
        "your a ",
        "order 1",
        "1-",
        "1a",
    ),
    *("A1", "[name] ", "name: ", "password is ", "rue A ", "ask a ", "a at b dot c ", "that ", "-", "> ", "a\n", "A\n"),
    *("i just ", "- a\n", "www.", "/1", "a@", "(", "1/"),
]


@pytest.mark.parametrize("repeat", ANSWERS)
def test_what_a_person_answered_is_read_in_proportion(repeat: str) -> None:
    assert growth(learned, repeat, 1500) <= BOUND


def test_the_measure_tells_once_through_from_the_square() -> None:
    assert growth(lambda text: [char.isalpha() for char in text], "a", 5_000) <= BOUND
    assert growth(lambda text: [text.count(char) for char in text], "a", 4_000) > BOUND
