"""What was measured, as figures and as lines of docs/benchmarks.md."""

import os
import platform
from collections.abc import Mapping, Sequence
from math import ceil
from statistics import median

import numpy as np
from turns.measure import Measured

from fte_agent.gate.checks import ReplyMode

STAGES = {"total": "whole turn", "classify": "classify", "search": "all searches", "model": "model and its searches"}


def figures(turns: Sequence[Measured]) -> dict[str, float]:
    """The figures of one round."""
    wall, cpu = [turn.wall.total for turn in turns], [turn.cpu.total for turn in turns]
    searches = [turn.wall.search for turn in turns if turn.wall.search is not None]
    gates = [[median(turn.gate[mode]) for turn in turns if turn.gate] for mode in ReplyMode]
    return {
        "gate_ms": max(map(median, gates)),
        "turn_p95_ms": percentile(wall, 0.95),
        "turn_cpu_p95_ms": percentile(cpu, 0.95),
        "search_p95_ms": percentile(searches, 0.95),
        "turn_p50_ms": percentile(wall, 0.50),
        "turn_ratio": median(cpu) / median(turn.bare for turn in turns),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """By nearest rank, as an evaluation's report has it."""
    return sorted(values)[ceil(share * len(values)) - 1]


def rows(summary: Mapping[str, float], each: Sequence[Mapping[str, float]], targets: Mapping[str, float]) -> list[str]:
    """The figures with their spread over the rounds."""
    lines = ["| figure | median | least | most | target |", "|---|--:|--:|--:|--:|"]
    for name, value in summary.items():
        values = [figure[name] for figure in each if name in figure]
        spread = f"{min(values):.2f} | {max(values):.2f}" if values else " | "
        target = f"< {targets[name]:g}" if name in targets else ""
        lines.append(f"| `{name}` | {value:g} | {spread} | {target} |")
    return lines


def stages(turns: Sequence[Measured]) -> list[str]:
    """The table's lines: each stage over the turns that came to it, then what stands beside the turn."""
    lines = []
    for field, name in STAGES.items():
        cpu, wall = (
            [ms for latency in by if (ms := getattr(latency, field)) is not None]
            for by in ([turn.cpu for turn in turns], [turn.wall for turn in turns])
        )
        lines.append(f"| {name} | {len(cpu)} | {spent(cpu)} | {spent(wall)} |")
    lines.append(f"| the words embedded alone | {len(turns)} | {spent([turn.bare for turn in turns])} |  |  |")
    for mode in ReplyMode:
        calls = [turn.gate[mode] for turn in turns if turn.gate]
        lines.append(f"| gate, {mode} | {len(calls)} | {spent(list(map(median, calls)))} |  |  |")
        lines.append(f"| gate, {mode}, first call | {len(calls)} | {spent([each[0] for each in calls])} |  |  |")
    return lines


def spent(ms: Sequence[float]) -> str:
    """Two cells: p50 and p95."""
    return " | ".join(f"{percentile(ms, share):.2f}" for share in (0.50, 0.95))


def described() -> str:
    """The machine, without its name."""
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"one of {os.cpu_count()} {platform.machine()} cores, Python {platform.python_version()}, "
        f"NumPy {np.__version__}, OpenBLAS with one thread; load averages at the end {load}, 1 of it the benchmark's"
    )
