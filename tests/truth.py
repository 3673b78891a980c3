"""For each fault: how long until ``Ready`` tells it, until it is told to be over, and until a customer is answered."""

import time
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from truth_faults import FAULTS, Fault
from truth_grounds import open_world
from truth_world import World

PATIENCE_SECONDS = 120.0
"""Longer than any bound: a time over its bound is told, too."""
MENDED = "mended"
"""The product, by chance about to look, had it right before there was anything to tell."""


@dataclass(frozen=True)
class Row:
    """One fault's figures in seconds; None for what never happened."""

    fault: Fault
    told: float | None
    reason: str
    recovered: float | None
    answered: float | None

    @property
    def kept(self) -> bool:
        """Whether every time is within its bound, and the reason one that was expected."""
        bounds = (
            (0.0 if self.reason == MENDED else self.told, self.fault.told_within),
            (self.recovered, self.fault.recovered_within),
            (self.answered, self.fault.answered_within),
        )
        return self.reason in (*self.fault.reasons, MENDED) and all(
            took is not None and took <= most for took, most in bounds
        )

    def as_line(self) -> str:
        """A row of the table."""
        times = (
            f"{_seconds(took)} ({most:g})"
            for took, most in (
                (self.told, self.fault.told_within),
                (self.recovered, self.fault.recovered_within),
                (self.answered, self.fault.answered_within),
            )
        )
        return f"| {self.fault.name} | `{self.reason or 'none'}` | {' | '.join(times)} |"


def _seconds(took: float | None) -> str:
    return "never" if took is None else f"{took:.1f}"


def chosen(words: str, *, kind: bool) -> list[Fault]:
    """The faults whose name holds ``words``; on kind those that it can show."""
    return [each for each in FAULTS if words in each.name and not (kind and each.bare)]


def merged(page: str, rows: Sequence[Row]) -> list[str]:
    """The table's lines in the order of the faults: those of ``rows``, others as they stand on the page."""
    lines = {line.split(" | ")[0]: line for line in page.splitlines() if line.startswith("| ")}
    lines |= {line.split(" | ")[0]: line for line in (row.as_line() for row in rows)}
    return [lines[start] for each in FAULTS if (start := f"| {each.name}") in lines]


async def measured(world: World, fault: Fault) -> Row:
    """Break, wait until it is told, mend, wait until that is told, and see that a customer is answered."""
    failed = ""
    try:
        async with asynccontextmanager(fault.broken)(world):
            began = time.monotonic()
            ready = await world.until_told(PATIENCE_SECONDS)
            told = time.monotonic() - began
            mended = ready is None and fault.mended is not None and await fault.mended(world)
    except AssertionError as error:  # what else was to be seen is told in the place of the reason
        failed = str(error)
    recovered = await world.until_well(PATIENCE_SECONDS)
    answered = await world.until_answered(PATIENCE_SECONDS)
    return Row(
        fault,
        told if ready else None,
        failed or (ready["reason"] if ready else MENDED if mended else ""),
        recovered,
        answered,
    )


async def run(folder: Path, faults: Sequence[Fault], *, kind: bool, said: Callable[[Row], None]) -> list[Row]:
    """Every fault in turn on one world; ``said`` hears of each as it is done."""
    rows = []
    async with open_world(folder, kind=kind) as world:
        for fault in faults:
            rows.append(await measured(world, fault))
            said(rows[-1])
    return rows
