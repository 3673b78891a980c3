"""What an employee's own ``/health`` says, and when it counts."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MODEL, EMBEDDER = "model", "embedder"
KAFKA, TOPICS, DATABASE, WRITES = "kafka", "topics", "database", "writes"
ANSWERING = ("workers", "roles", MODEL, EMBEDDER, "readers", "unread", "unanswered", "sight")
"""Parts that speak of the work itself, the one that explains most first."""
BUDGET = "budget"
"""Part that says what there is to say of the budget, and is no fault whatever that is."""
CREDENTIALS, REGISTRATION, SYNC, CONSENT = "credentials", "registration", "sync", "consent"
CHANNEL_PARTS = (CREDENTIALS, REGISTRATION, SYNC, CONSENT)
"""Parts of a channel that conditions tell of; others that are reported are a newer release's."""
_WARNINGS = frozenset({CONSENT})
"""Parts of a channel that say what will be wrong: nothing is, until it is."""
_MAX_ERROR = 300

SILENT_AFTER = 3
"""Questions in a row without an answer: that is no blip, nor an API that just starts."""

Faults = Mapping[str, str]
"""Errors by part: the names above or a `channel_part`; a part that is well is absent."""

Report = Mapping[str, str | None]
"""`Faults`, and None for what is well among `ANSWERING`, `BUDGET` and parts of channels.

What of those is absent is not known."""


def channel_part(name: str, part: str | None = None) -> str:
    """The part that a channel is, or a `part` of it, one of `CHANNEL_PARTS`."""
    return f"channel {name}" if part is None else f"channel {name} {part}"


def is_warning(part: str) -> bool:
    """Whether a part that is not well is no fault yet."""
    return part == BUDGET or (part.startswith("channel ") and part.partition(" ")[2].partition(" ")[2] in _WARNINGS)


def report(body: bytes, employee: str, channels: Iterable[str]) -> Report | None:
    """What `employee`, ``namespace/name``, reports of its work and of `channels`; None for anything else.

    Nothing more of it is kept, or put together: whoever answers chooses how much there is.
    """
    said = _said(body)
    if said is None or said.get("employee", employee) != employee:  # an address may be another's by now
        return None
    listed, work = said["channels"], said.get("answering", {})
    told = {name: listed[name] for name in channels if name in listed}
    parts = {name: said[name] for name in (KAFKA, DATABASE, TOPICS, WRITES) if name in said}
    parts |= {channel_part(name): channel for name, channel in told.items()}
    if not (_are_parts(parts) and isinstance(work, dict)):
        return None
    stated = {name: work[name] for name in ANSWERING if name in work}
    for name, channel in told.items():
        if not isinstance(below := channel.get("parts", {}), dict):
            return None
        stated |= {channel_part(name, part): below[part] for part in CHANNEL_PARTS if part in below}
    if not _are_parts(stated):
        return None
    found: dict[str, str | None] = {name: _error(part) for name, part in parts.items() if not part["ok"]}
    if BUDGET in work:
        if not isinstance(budget := work[BUDGET], dict):
            return None
        found[BUDGET] = _line(said_of_it) if isinstance(said_of_it := budget.get("said"), str) else None
    return found | {name: None if part["ok"] else _error(part) for name, part in stated.items()}


def _said(body: bytes) -> dict[str, Any] | None:
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    return said if all(isinstance(said.get(part), dict) for part in (KAFKA, DATABASE, "channels")) else None


def _are_parts(parts: Mapping[str, Any]) -> bool:
    return all(isinstance(part, dict) and isinstance(part.get("ok"), bool) for part in parts.values())


@dataclass(frozen=True, slots=True)
class Verdict:
    """`counted` are the faults that conditions show; `latest` are those of the latest report.

    `known` are parts of channels and of the work (and whatever has a fault that counts): what is not among them was
    not reported, or only once, as a fault.

    A fault counts from its second report in a row on, so that a blip flips nothing, and from its first while another
    (no warning: those last for days) counts, so that what follows from that one does not come after a word of recovery;
    one good report clears it. The text that is shown changes only for one that came twice in a row, so that wavering
    errors write nothing.
    """

    counted: Faults = field(default_factory=dict)
    latest: Faults = field(default_factory=dict)
    known: frozenset[str] = frozenset()

    @property
    def is_well(self) -> bool:
        """Whether no fault counts."""
        return all(map(is_warning, self.counted))

    @property
    def settled(self) -> bool:
        """Whether no fault waits for its second report."""
        return self.latest.keys() == self.counted.keys()

    def after(self, report: Report) -> "Verdict":
        """The verdict once `report` is in."""
        faults = {part: error for part, error in report.items() if error is not None}
        again = {part: error for part, error in faults.items() if part in self.latest or not self.is_well}
        shown = {part: self.counted[part] for part, error in again.items() if self._keeps(part, error)}
        known = frozenset(p for p, error in report.items() if error is None or p in self.known or p in again)
        return Verdict({**again, **shown}, faults, known)

    def _keeps(self, part: str, error: str) -> bool:
        return part in self.counted and self.latest.get(part) != error


def _error(part: Mapping[str, Any]) -> str:
    return _line(part.get("error") or "no reason given")


def _line(said: object) -> str:
    """One line of text, no matter what was sent."""
    return " ".join(str(said).split())[:_MAX_ERROR]
