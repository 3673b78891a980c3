"""Calls of a model, and what they cost."""

from dataclasses import dataclass, field

from fte_agent.domain.turns import Usage
from fte_agent.ports import Clock, Model, ModelRequest, ToolPort


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
