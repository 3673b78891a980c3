"""Calls of a model, and what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fte_agent.domain.turns import Statement, Usage
from fte_agent.errors import ModelFailed
from fte_agent.ports import Clock, Model, ModelRequest, ToolPort, Verifier


@dataclass(slots=True)
class ModelUsage:
    """What a turn's calls cost so far; one call of unknown usage makes the sum unknown."""

    usage: Usage = field(default_factory=lambda: Usage(0, 0))
    seconds: float = 0.0
    times: int = 0

    async def call(self, model: Model, request: ModelRequest, tools: ToolPort, clock: Clock) -> None:
        """Let the model work on the turn once more; its failure counts its time, too, and what it used is unknown."""
        started = clock.monotonic()
        self.times += 1
        used = Usage()
        try:
            used = await model.run(request, tools)
        finally:
            self.usage = self.usage.plus(used)
            self.seconds += clock.monotonic() - started

    async def verify(self, verifier: Verifier, statements: Sequence[Statement]) -> bool:
        """Let a reply be read once more: its failure is a no, and what it cost then is unknown."""
        used = Usage()
        try:
            read = await verifier.verify(statements)
            used = read.usage
        except ModelFailed:
            return False
        finally:
            self.usage = self.usage.plus(used)
        return read.holds
