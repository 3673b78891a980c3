"""The lines of a journal: what was played under which conditions, so that an interrupted run goes on where it ended.

A line of conditions stands before the plays made under them. Plays count under equal conditions alone, wherever in the
journal they stand: who returns to an earlier document finds its plays again.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from fte_agent.evaluation.plan import Play
from fte_agent.evaluation.record import Played

Conditions = Mapping[str, str]
"""What must be the same for a play to count again: names in words for people, and a digest of each."""

_PLAYED = TypeAdapter(Played)


class NoJournal(Exception):
    """A text is no journal of evaluations."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The plays made under the same conditions. ``changed`` names those that differ from the last ones written.

    ``current`` says that the last conditions written are these, so that further plays may follow at once.
    """

    plays: Mapping[Play, Played]
    changed: tuple[str, ...] = ()
    current: bool = False


def conditions_line(conditions: Conditions) -> str:
    """The line before plays."""
    return json.dumps({"conditions": dict(conditions)}, sort_keys=True)


def play_line(play: Play, played: Played) -> str:
    """The line of one play."""
    return json.dumps({"ticket": play.ticket, "play": play.number, **_PLAYED.dump_python(played, mode="json")})


def read(lines: Iterable[str], conditions: Conditions) -> Kept:
    """What counts of a journal's lines; one that an interruption broke off is passed over.

    Raises:
        NoJournal: the first line holds no conditions.
    """
    plays: dict[Play, Played] = {}
    last: Conditions | None = None
    for line in lines:
        told = _object(line)
        if isinstance(found := told.get("conditions"), dict):
            last = found
        elif last is None:
            raise NoJournal("the first line holds no conditions")
        elif last == conditions and (one := _play(told)) is not None:
            plays[one[0]] = one[1]
    if last is None or last == conditions:
        return Kept(plays, current=last is not None)
    return Kept(plays, tuple(name for name in {**conditions, **last} if conditions.get(name) != last.get(name)))


def _object(line: str) -> dict[str, object]:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _play(told: Mapping[str, object]) -> tuple[Play, Played] | None:
    try:
        ticket, number = told["ticket"], told["play"]
        played = _PLAYED.validate_python({name: told.get(name) for name in ("ending", "removed")}, strict=False)
    except (KeyError, ValidationError):
        return None
    return (Play(ticket, number), played) if isinstance(ticket, str) and isinstance(number, int) else None
