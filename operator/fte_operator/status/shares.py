"""What the pods of one API report together, and how many of them have a fault."""

import re
from collections.abc import Mapping, Sequence

from fte_operator.status.health import SILENT_AFTER, Report

_SHARE = re.compile(r" \((\d+ of \d+ pods)\)$")


def merged(reports: Sequence[Report]) -> Report | None:
    """What several pods of one API say together: a fault of one is a fault, and says of how many it is."""
    if len(reports) < 2:
        return reports[0] if reports else None
    found: dict[str, str | None] = {}
    for part in dict.fromkeys(part for report in reports for part in report):
        errors = [error for report in reports if (error := report.get(part)) is not None]
        share = "" if len(errors) == len(reports) else f" ({len(errors)} of {len(reports)} pods)"
        found[part] = f"{errors[0]}{share}" if errors else None
    return found


class Pods:
    """The pods of one API, each with what it said last: one that says nothing once or twice takes nothing back."""

    def __init__(self) -> None:
        self._heard: dict[str, Report] = {}
        self._missed: dict[str, int] = {}

    def after(self, answers: Mapping[str, Report | None]) -> Report | None:
        """What they say together, with these answers by address; None if nobody answered."""
        for address in self._heard.keys() - answers.keys():
            del self._heard[address]
        for address, answer in answers.items():
            self._missed[address] = 0 if answer is not None else self._missed.get(address, 0) + 1
            if answer is not None:
                self._heard[address] = answer
            elif self._missed[address] >= SILENT_AFTER:
                self._heard.pop(address, None)
        self._missed = {address: self._missed[address] for address in answers}
        if not any(answer is not None for answer in answers.values()):
            return None
        return merged([self._heard[address] for address in answers if address in self._heard])


def divided(error: str) -> tuple[str, str]:
    """A fault without the share of pods that have it, and that: ``1 of 2 pods``, or nothing where all have."""
    share = _SHARE.search(error)
    return (error[: share.start()], share[1]) if share else (error, "")
