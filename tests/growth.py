"""How the time of reading grows with the text: a ratio of two sizes taken side by side, whatever the machine is at."""

import time
from collections.abc import Callable

TIMES = 4
"""The longer text in units of the shorter one; a reader that goes through it once takes about as many times as long."""

BOUND = 10.0
"""Halfway between once through (4) and the square (16)."""

_LOOKS = 6


def growth(read: Callable[[str], object], repeat: str, short: int) -> float:
    """CPU time for ``TIMES * short`` characters of ``repeat`` in units of that for ``short``.

    Each is the least of a few looks, as others use the machine; looks that already tell are enough.
    """
    sizes = (short, TIMES * short)
    least = dict.fromkeys(sizes, float("inf"))
    for _ in range(_LOOKS):
        for size in sizes:
            least[size] = min(least[size], _seconds(read, (repeat * size)[:size]))
        if least[sizes[1]] / least[short] <= TIMES + 1:
            break
    return least[sizes[1]] / least[short]


def _seconds(read: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    read(text)
    return time.process_time() - started
