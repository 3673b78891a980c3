"""What an employee's own ``/health`` says, and when it counts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KAFKA, DATABASE = "kafka", "database"
_MAX_ERROR = 300

Faults = Mapping[str, str]
"""Errors by part: `KAFKA`, `DATABASE` or `channel_part`; a part that is well is absent."""


def channel_part(name: str) -> str:
    """The part that a channel is."""
    return f"channel {name}"


def faults(body: bytes) -> Faults | None:
    """What a report complains of; None for anything that is no report."""
    try:
        report = json.loads(body)
    except (ValueError, RecursionError):
        return None
    match report:
        case {"kafka": dict(kafka), "database": dict(database), "channels": dict(channels)}:
            parts = {KAFKA: kafka, DATABASE: database} | {channel_part(name): c for name, c in channels.items()}
        case _:
            return None
    if not all(isinstance(part, dict) and isinstance(part.get("ok"), bool) for part in parts.values()):
        return None
    return {name: _error(part) for name, part in parts.items() if not part["ok"]}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`counted` are the faults that conditions show; `latest` are those of the latest report.

    A fault counts from its second report in a row on, so that a blip flips nothing; one good report clears it. The
    text that is shown changes only for one that came twice in a row, so that wavering errors write nothing.
    """

    counted: Faults = field(default_factory=dict)
    latest: Faults = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Whether no fault waits for its second report."""
        return self.latest.keys() == self.counted.keys()

    def after(self, report: Faults) -> "Verdict":
        """The verdict once `report` is in."""
        again = {part: error for part, error in report.items() if part in self.latest}
        shown = {part: self.counted[part] for part, error in again.items() if self._keeps(part, error)}
        return Verdict({**again, **shown}, report)

    def _keeps(self, part: str, error: str) -> bool:
        return part in self.counted and self.latest[part] != error


def _error(part: Mapping[str, Any]) -> str:
    """One line of text, no matter what was sent."""
    return " ".join(str(part.get("error") or "no reason given").split())[:_MAX_ERROR]
