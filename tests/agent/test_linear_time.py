"""What reads a customer's words takes time in proportion to them: nobody blocks a worker with 4,000 characters."""

import itertools
import time
from collections.abc import Callable

import pytest

from fte_agent.facts import facts
from fte_agent.markdown import sentences

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
