"""What is known of a hosted model's health: by the turns, and by a look at its endpoint while nobody writes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import MappingProxyType

from fte_agent.domain.turns import Usage
from fte_agent.errors import ModelFailed, ModelFault
from fte_agent.ports import Clock, Model, ModelRequest, ToolPort
from fte_runtime.worker.loop import Loop

PART = "model"
"""The part of the worker's report; it begins with the fault's stable word."""

CHECK_SECONDS = 30.0

ENOUGH = 2
"""So many failures in a row that may each pass by themselves count; what is definite counts at once."""

FORGOTTEN_SECONDS = 900.0
"""For how long a turn's failure is told without another: beyond the deadline of every burst that met it."""

_DEFINITE = frozenset({ModelFault.CREDENTIALS, ModelFault.QUOTA, ModelFault.MISCONFIGURED})
WORDS = MappingProxyType(
    {
        ModelFault.CREDENTIALS: "the model's endpoint refuses the key",
        ModelFault.QUOTA: "the account at the model's endpoint has nothing left to spend",
        ModelFault.MISCONFIGURED: "the model's endpoint does not know the address, the model or what is asked of it",
        ModelFault.RATE_LIMITED: "the model's endpoint takes no more requests for now",
        ModelFault.UNAVAILABLE: "the model's endpoint cannot be reached or does not serve",
        ModelFault.TIMEOUT: "the model's endpoint does not answer in time",
        ModelFault.REJECTED: "the model's endpoint refuses what it is asked",
        ModelFault.UNUSABLE: "what the model's endpoint answers is no answer of its API",
    }
)


@dataclass(slots=True)
class _Witness:
    """One source's last fault that counts, with its failures in a row and the time of the last one."""

    fault: ModelFault | None = None
    times: int = 0
    at: float = 0.0

    def failed(self, reason: ModelFault, now: float) -> None:
        self.times, self.at = self.times + 1, now
        if reason in _DEFINITE or self.times >= ENOUGH:
            self.fault = reason

    def well(self) -> None:
        self.fault, self.times = None, 0


@dataclass(slots=True)
class ModelHealth:
    """Whether the model answers. Turns know best: a look that fails on between their successes is not believed.

    ``part`` is what it is called in reports, where it is the health of something else that is hosted.
    """

    clock: Clock
    part: str = PART
    _turns: _Witness = field(default_factory=_Witness)
    _looks: _Witness = field(default_factory=_Witness)
    _known: bool = False
    _answered: bool = False
    _believed: bool = True

    def turned(self, error: ModelFailed | None) -> None:
        """A turn asked the model; what is about that turn alone, and so not ``retryable``, says nothing of it."""
        if error is None:
            self._turns.well()
            self._known, self._answered = True, True
        elif error.retryable:
            self._turns.failed(error.reason, self.clock.monotonic())
            self._known = True

    def looked(self, error: ModelFailed | None) -> None:
        """The endpoint was looked at."""
        if error is None:
            self._looks.well()
            self._believed = True
        else:
            self._believed = self._believed and not (self._answered and self._looks.times)
            self._looks.failed(error.reason, self.clock.monotonic())
        self._known, self._answered = True, False

    def findings(self) -> dict[str, str | None]:
        """The part with what is wrong, or None where it is well; nothing before the first look or turn."""
        if not self._known:
            return {}
        fault = self._fault()
        return {self.part: None if fault is None else f"{fault}: {WORDS[fault].replace(PART, self.part)}"}

    def _fault(self) -> ModelFault | None:
        recent = self.clock.monotonic() - self._turns.at < FORGOTTEN_SECONDS
        if self._turns.fault is not None and recent:
            return self._turns.fault
        return self._looks.fault if self._believed and not self._answered else None


class WatchedModel:
    """The model itself; its health hears how each run ended."""

    def __init__(self, model: Model, health: ModelHealth) -> None:
        self.name = model.name
        self.prompt_version = model.prompt_version
        self._model = model
        self._health = health

    async def run(self, request: ModelRequest, tools: ToolPort) -> Usage:
        """As the model's."""
        try:
            usage = await self._model.run(request, tools)
        except ModelFailed as error:
            self._health.turned(error)
            raise
        self._health.turned(None)
        return usage


@dataclass(frozen=True, slots=True)
class ModelWatch:
    """A hosted model's health, and the look at its endpoint, which raises `ModelFailed`."""

    health: ModelHealth
    check: Callable[[], Awaitable[None]]


class ModelLook:
    """A role that looks every `CHECK_SECONDS`: every worker for itself, for each has a network of its own."""

    name = "model-look"

    def __init__(self, watch: ModelWatch, loop: Loop) -> None:
        self._watch = watch
        self._loop = loop

    async def run(self) -> None:
        """Look until told to stop."""
        await self._loop.run(self.step)

    async def step(self) -> bool:
        """Look once; False, for there is nothing more to do."""
        await self._loop.unless_stopped(self._look())
        return False

    async def _look(self) -> None:
        try:
            await self._watch.check()
        except ModelFailed as error:
            self._watch.health.looked(error)
        else:
            self._watch.health.looked(None)
