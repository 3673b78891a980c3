"""Singleton invariants: how many rows of the store break a rule that must always hold, as gauges."""

from collections.abc import Mapping
from typing import Protocol

from fte_runtime.metrics import WorkerMetrics

PERIOD_SECONDS = 60.0


class InvariantStore(Protocol):
    """Named queries over the store, each of which should find nothing."""

    async def violations(self) -> Mapping[str, int]:
        """Rows found, by invariant."""


class Invariants:
    """Refreshes ``fte_invariant_violations``."""

    role = "invariants"
    key = ""
    period = PERIOD_SECONDS

    def __init__(self, *, store: InvariantStore, metrics: WorkerMetrics) -> None:
        self._store = store
        self._metrics = metrics

    async def step(self) -> None:
        """Ask once."""
        for name, rows in (await self._store.violations()).items():
            self._metrics.invariants.labels(name).set(rows)
