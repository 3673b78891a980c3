"""What the roles of one worker say of themselves: that they move, and what keeps them from their work."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from fte_agent.ports import Clock
from fte_runtime.clock import SystemClock
from fte_runtime.failures import sentence

STILL_SECONDS = 45.0
"""A role that ended no step for so long hangs: no step may take longer, a full worker's wait for a turn included."""

STILL = "has not moved for a while; its log may say why"


@dataclass(slots=True)
class _State:
    moved: float
    error: str | None = None
    until: float = 0.0


@dataclass(slots=True)
class Pulse:
    """The last sign of life of every role, and its last error for as long as that stands."""

    clock: Clock = field(default_factory=SystemClock)
    _states: dict[str, _State] = field(default_factory=dict)
    _moving: frozenset[str] = frozenset()

    def expect(self, roles: Iterable[str]) -> None:
        """From now on each of ``roles`` must move; others are only known by their errors."""
        self._moving = frozenset(roles)
        for role in self._moving:
            self._state(role)

    def failed(self, role: str, error: BaseException, seconds: float = 0.0) -> None:
        """A role cannot do its work; no `beat` within ``seconds`` says otherwise."""
        state = self._state(role)
        state.moved = self.clock.monotonic()
        state.error, state.until = sentence(error), state.moved + seconds

    def beat(self, role: str) -> None:
        """A step ended, and nothing was in its way."""
        state = self._state(role)
        state.moved = self.clock.monotonic()
        if state.moved >= state.until:
            state.error = None

    def well(self, role: str) -> None:
        """The very work that failed is done."""
        state = self._state(role)
        state.moved, state.error = self.clock.monotonic(), None

    def findings(self) -> dict[str, str | None]:
        """By role what is wrong with it now, in words that anybody may read, or None."""
        now = self.clock.monotonic()
        return {
            role: state.error or (STILL if role in self._moving and now - state.moved > STILL_SECONDS else None)
            for role, state in self._states.items()
        }

    def _state(self, role: str) -> _State:
        return self._states.setdefault(role, _State(self.clock.monotonic()))
