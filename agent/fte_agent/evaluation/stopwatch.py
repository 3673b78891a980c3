"""Times the stages of a turn from outside, by standing before its ports."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from fte_agent.domain.knowledge import Passage
from fte_agent.domain.turns import Usage
from fte_agent.evaluation.record import Latency
from fte_agent.ports import Clock, Model, ModelRequest, Search, ToolPort
from fte_agent.turn.decide import TurnPorts
from fte_agent.turn.policy import EscalationClassifier, Verdict


class Stopwatch:
    """Adds up the milliseconds of each stage on a monotonic clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spent: dict[str, float] = {}

    @contextmanager
    def running(self, stage: str) -> Iterator[None]:
        """Count the block for ``stage``, also when it raises."""
        started = self._clock.monotonic()
        try:
            yield
        finally:
            spent = (self._clock.monotonic() - started) * 1000
            self._spent[stage] = self._spent.get(stage, 0.0) + spent

    def latency(self) -> Latency:
        """What was counted so far."""
        spent = self._spent
        return Latency(spent.get("total", 0.0), spent.get("classify"), spent.get("search"), spent.get("model"))

    def timed(self, ports: TurnPorts) -> TurnPorts:
        """The same ports, counted."""
        return replace(
            ports,
            search=_TimedSearch(ports.search, self),
            model=_TimedModel(ports.model, self),
            classifier=_TimedClassifier(ports.classifier, self),
        )


class _TimedSearch:
    def __init__(self, search: Search, watch: Stopwatch) -> None:
        self._search = search
        self._watch = watch

    async def search(self, query: str, max_results: int) -> list[Passage]:
        with self._watch.running("search"):
            return await self._search.search(query, max_results)


class _TimedModel:
    def __init__(self, model: Model, watch: Stopwatch) -> None:
        self.name = model.name
        self.prompt_version = model.prompt_version
        self._model = model
        self._watch = watch

    async def run(self, request: ModelRequest, tools: ToolPort) -> Usage:
        with self._watch.running("model"):
            return await self._model.run(request, tools)


class _TimedClassifier:
    def __init__(self, classifier: EscalationClassifier, watch: Stopwatch) -> None:
        self._classifier = classifier
        self._watch = watch

    async def classify(self, text: str) -> Verdict | None:
        with self._watch.running("classify"):
            return await self._classifier.classify(text)

    async def sentiment(self, text: str) -> int:
        with self._watch.running("classify"):
            return await self._classifier.sentiment(text)
