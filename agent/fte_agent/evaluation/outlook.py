"""What playing will take: an estimate from sizes before it begins, and from what was played as it goes on."""

from collections.abc import Sequence
from dataclasses import dataclass

from fte_agent.domain.turns import Usage
from fte_agent.evaluation.record import Played
from fte_agent.evaluation.spending import Cost, dollars
from fte_agent.evaluation.suite import SuiteTicket
from fte_agent.ports import Clock

CHARS_PER_TOKEN = 4
"""Of English, roughly."""

SHOWN_SECTIONS = 5
WRITTEN_TOKENS = 200
"""Of a model's answer, if it does not think aloud."""

TURN_SECONDS = 3.0
"""Of a turn with a model; a guess until some were played."""

_STEPS = 20
_FIRST = 3


@dataclass(frozen=True, slots=True)
class Sizes:
    """Characters: of what every request holds, and of a section on the average."""

    fixed: int
    section: float


def estimate(due: Sequence[SuiteTicket], sizes: Sizes, cost: Cost, at_once: int) -> str:
    """What the turns of ``due`` will take, a ticket as often as it is to be played."""
    words = sum(len(text) for t in due for text in (t.subject, *t.messages, *(said.text for said in t.history)))
    characters = len(due) * (sizes.fixed + SHOWN_SECTIONS * sizes.section) + words
    usage = Usage(round(characters / CHARS_PER_TOKEN), len(due) * WRITTEN_TOKENS, 0)
    money = cost(usage)
    priced = "a cost that is not known, as the document holds no prices" if money is None else f"about {dollars(money)}"
    return (
        f"{len(due)} turns to play. If the model is asked once in each: about {usage.input_tokens:,} tokens in, "
        f"{usage.output_tokens:,} out, and {priced}; about {_time(len(due) * TURN_SECONDS / at_once)}."
    )


class Progress:
    """Says how far it is: after the first few turns, and then twenty times."""

    def __init__(self, turns: int, cost: Cost, clock: Clock) -> None:
        self._turns = turns
        self._cost = cost
        self._clock = clock
        self._begun = clock.monotonic()
        self._done = 0
        self._spent = 0
        self._next = min(_FIRST, turns)

    def played(self, played: Played) -> str | None:
        """A line when there is something new to say."""
        for ending in (played.ending, played.removed):
            if ending is not None:
                self._done += 1
                self._spent += self._cost(ending.usage) or 0
        if self._done < self._next:
            return None
        self._next = min(self._turns, self._done + max(1, self._turns // _STEPS))
        left = self._turns - self._done
        told = f"{self._done} of {self._turns} turns"
        if self._spent:
            told += f", {dollars(self._spent)} so far"
        if left <= 0:
            return told
        seconds = (self._clock.monotonic() - self._begun) / self._done * left
        more = f" and {dollars(round(self._spent / self._done * left))}" if self._spent else ""
        return f"{told}; about {_time(seconds)}{more} to go"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
