"""What an employee's own ``/health`` says, and when it counts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

KAFKA, TOPICS, DATABASE, WRITES = "kafka", "topics", "database", "writes"
ANSWERING = ("workers", "roles", "readers", "unread", "unanswered", "sight")
"""Parts that speak of the work itself, the one that explains most first."""
CREDENTIALS, REGISTRATION = "credentials", "registration"
_MAX_ERROR = 300

Faults = Mapping[str, str]
"""Errors by part: the names above or a `channel_part`; a part that is well is absent."""

Report = Mapping[str, str | None]
"""`Faults`, and None for what is well among `ANSWERING` and parts of channels: what of those is absent is not known."""


def channel_part(name: str, part: str | None = None) -> str:
    """The part that a channel is, or a `part` of it: `CREDENTIALS` or `REGISTRATION`."""
    return f"channel {name}" if part is None else f"channel {name} {part}"


def parts_read(channels: Iterable[str]) -> frozenset[str]:
    """The parts that conditions are made of, for an employee on `channels`."""
    below = (None, CREDENTIALS, REGISTRATION)
    of_channels = (channel_part(channel, part) for channel in channels for part in below)
    return frozenset({KAFKA, TOPICS, DATABASE, WRITES, *ANSWERING, *of_channels})


def report(body: bytes) -> Report | None:
    """What a report says; None for anything that is no report."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    match said:
        case {"kafka": dict(kafka), "database": dict(database), "channels": dict(channels)}:
            parts = {KAFKA: kafka, DATABASE: database} | {name: said[name] for name in (TOPICS, WRITES) if name in said}
            parts |= {channel_part(name): channel for name, channel in channels.items()}
            work = said.get("answering", {})
        case _:
            return None
    if not (_are_parts(parts) and isinstance(work, dict) and _are_parts(work)):
        return None
    found: dict[str, str | None] = {name: _error(part) for name, part in parts.items() if not part["ok"]}
    found |= {name: None if work[name]["ok"] else _error(work[name]) for name in ANSWERING if name in work}
    for channel in channels:
        below = channels[channel].get("parts", {})
        if not (isinstance(below, dict) and _are_parts(below)):
            return None
        found |= {channel_part(channel, name): None if part["ok"] else _error(part) for name, part in below.items()}
    return found


def merged(reports: Sequence[Report]) -> Report | None:
    """What several pods of one API say together: a fault of one is a fault, and says of how many it is."""
    if len(reports) < 2:
        return reports[0] if reports else None
    found: dict[str, str | None] = {}
    for part in dict.fromkeys(part for report in reports for part in report):
        errors = [error for report in reports if (error := report.get(part)) is not None]
        share = "" if len(errors) == len(reports) else f"{len(errors)} of {len(reports)} pods: "
        found[part] = f"{share}{errors[0]}" if errors else None
    return found


def _are_parts(parts: Mapping[str, Any]) -> bool:
    return all(isinstance(part, dict) and isinstance(part.get("ok"), bool) for part in parts.values())


@dataclass(frozen=True, slots=True)
class Verdict:
    """`counted` are the faults that conditions show; `latest` are those of the latest report.

    `known` are parts of channels and of the work (and whatever has a fault that counts): what is not among them was
    not reported, or only once, as a fault.

    A fault counts from its second report in a row on, so that a blip flips nothing, and from its first while another
    counts, so that what follows from that one does not come after a word of recovery; one good report clears it. The
    text that is shown changes only for one that came twice in a row, so that wavering errors write nothing.
    """

    counted: Faults = field(default_factory=dict)
    latest: Faults = field(default_factory=dict)
    known: frozenset[str] = frozenset()

    @property
    def settled(self) -> bool:
        """Whether no fault waits for its second report."""
        return self.latest.keys() == self.counted.keys()

    def after(self, report: Report) -> "Verdict":
        """The verdict once `report` is in."""
        faults = {part: error for part, error in report.items() if error is not None}
        again = {part: error for part, error in faults.items() if part in self.latest or self.counted}
        shown = {part: self.counted[part] for part, error in again.items() if self._keeps(part, error)}
        known = frozenset(p for p, error in report.items() if error is None or p in self.known or p in again)
        return Verdict({**again, **shown}, faults, known)

    def _keeps(self, part: str, error: str) -> bool:
        return part in self.counted and self.latest.get(part) != error


def _error(part: Mapping[str, Any]) -> str:
    """One line of text, no matter what was sent."""
    return " ".join(str(part.get("error") or "no reason given").split())[:_MAX_ERROR]
