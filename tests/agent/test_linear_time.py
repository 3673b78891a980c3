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


HARD = {
    formatted: ["**a ", "__a ", "a**", "**", "`", "` `` ", "[", "[a](", "```\n", "\0"],
    redact: ["4", "4 ", "4111 ", "4111.1111-", "BE68 ", "BE68", "XX00 ", "XX00X"],
    cut: ["<!--", "<!-- asked: a -->\n", "```\n<!--", "-->", " ", "\n", "~~~"],
}


@pytest.mark.parametrize(("read", "repeat"), [(read, repeat) for read, repeats in HARD.items() for repeat in repeats])
def test_a_long_text_too_takes_time_in_proportion(read: Callable[[str], object], repeat: str) -> None:
    assert growth(lambda text: read(f"x {text}"), repeat, 16_000) <= BOUND


def test_the_measure_tells_once_through_from_the_square() -> None:
    assert growth(lambda text: [char.isalpha() for char in text], "a", 5_000) <= BOUND
    assert growth(lambda text: [text.count(char) for char in text], "a", 4_000) > BOUND
