"""What reads a customer's words takes time in proportion to them: nobody blocks a worker with 4,000 characters."""

import contextlib
import itertools
import time
from collections.abc import Callable

import pytest

from fte_agent.channels import EMAIL
from fte_agent.domain.behaviour import Company
from fte_agent.gate.facts import facts
from fte_agent.knowledge.sections import InvalidSource, sections_of
from fte_agent.reply.formatting import format_for_channel
from fte_agent.text.markdown import sentences
from fte_agent.text.redaction import redact

SIGNS = "a1 .@-_/:$%,(<&\\é\n"
REPEATS = [
    *SIGNS,
    *map("".join, itertools.permutations(SIGNS, 2)),
    *("e.g. ", "1.111", "a.b@", "a@b.", "aa.", "1.1.", "$1 ", "jan", "1 jan ", "mailto:", "&amp;", "<b>"),
]
LINEAR = 4
QUADRATIC = 16


@pytest.mark.parametrize("read", [facts, sentences])
def test_four_times_the_text_takes_about_four_times_as_long(read: Callable[[str], object]) -> None:
    assert [repeat for repeat in REPEATS if growth(read, repeat) > (LINEAR + QUADRATIC) / 2] == []


def formatted(text: str) -> None:
    format_for_channel(EMAIL, text, Company("Acme"))


def cut(text: str) -> None:
    with contextlib.suppress(InvalidSource):
        sections_of("docs", "guide.md", text)


LONG = 64_000
HARD = {
    formatted: ["**a ", "__a ", "a**", "**", "`", "` `` ", "[", "[a](", "```\n", "\0"],
    redact: ["4", "4 ", "4111 ", "4111.1111-", "BE68 ", "BE68", "XX00 ", "XX00X"],
    cut: ["<!--", "<!-- asked: a -->\n", "```\n<!--", "-->", " ", "\n", "~~~"],
}


@pytest.mark.parametrize(("read", "repeat"), [(read, repeat) for read, repeats in HARD.items() for repeat in repeats])
def test_a_long_text_is_read_in_well_under_a_second(read: Callable[[str], object], repeat: str) -> None:
    assert min(seconds(read, "x " + (repeat * LONG)[:LONG]) for _ in range(2)) < 0.7


def growth(read: Callable[[str], object], repeat: str) -> float:
    """Time for 4,000 characters in units of that for 1,000; the least of a few looks, as others use the machine."""
    least = float("inf")
    for _ in range(6):
        short, long = (seconds(read, (repeat * size)[:size]) for size in (1000, 4000))
        least = min(least, long / short)
        if least <= LINEAR + 1:
            break
    return least


def seconds(read: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    read(text)
    return time.process_time() - started
