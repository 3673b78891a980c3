"""How tickets are played: how often, how many at a time, what is known already, and with how much patience."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple

from fte_agent.errors import ModelFailed, ModelFault
from fte_agent.evaluation.record import Ending, Played

WAITS = (5.0, 20.0)
"""Seconds before a turn is tried again whose model failed, beyond what its run waited itself."""

ENOUGH = 3
"""So many tickets in a row that no patience helped end the run: it is not the tickets."""

_DEFINITE = frozenset({ModelFault.CREDENTIALS, ModelFault.QUOTA, ModelFault.MISCONFIGURED})

playing: ContextVar[str] = ContextVar("playing", default="")
"""The name of the play whose turn runs here."""


class Play(NamedTuple):
    """One play of a ticket; ``number`` counts from 1."""

    ticket: str
    number: int

    def __str__(self) -> str:
        return f"{self.ticket}/{self.number}"


class Patience:
    """With a model that fails in a way that may pass: a turn is tried again, and then a person has it.

    So it is in production, where a burst waits and goes to a person at the deadline of an answer.
    """

    def __init__(self, waits: tuple[float, ...] = WAITS, pause: Callable[[float], Awaitable[None]] = asyncio.sleep):
        self._waits = waits
        self._pause = pause
        self._given_up = 0

    async def ending(self, turn: Callable[[], Awaitable[Ending]], overdue: Ending) -> Ending:
        """How a turn ends, ``overdue`` if it does not.

        Raises:
            ModelFailed: waiting does not help this model, or did not help the last `ENOUGH` turns.
        """
        for wait in (*self._waits, None):
            try:
                ending = await turn()
            except ModelFailed as error:
                if error.reason in _DEFINITE:
                    raise
                if wait is not None:
                    await self._pause(wait)
                    continue
                self._given_up += 1
                if self._given_up >= ENOUGH:
                    raise
                return overdue
            if ending.asked_model:
                self._given_up = 0
            return ending
        raise AssertionError("the last wait is none")


@dataclass(frozen=True, slots=True)
class Plan:
    """Every ticket is played ``repeats`` times, ``concurrency`` turns at a time.

    Plays in ``known`` are over. ``keep`` is told of each other one as it ends. ``watch`` is called after every turn and
    may raise to end it all. Without ``patience`` the first failure that may pass ends it.
    """

    repeats: int = 1
    concurrency: int = 1
    known: Mapping[Play, Played] = field(default_factory=dict)
    keep: Callable[[Play, Played], None] = lambda play, played: None
    watch: Callable[[Play], None] = lambda play: None
    patience: Patience | None = None
