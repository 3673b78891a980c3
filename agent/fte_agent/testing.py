"""Doubles for the ports, for tests of this and other packages: in memory, deterministic, inspectable."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from fte_agent.channels import TRAITS, WEB_FORM
from fte_agent.domain.identity import Past
from fte_agent.domain.knowledge import Passage, Section
from fte_agent.domain.messages import Author, StoredMessage
from fte_agent.domain.turns import TurnContext, Usage
from fte_agent.ports import ModelRequest, ToolPort
from fte_agent.turn.policy import Verdict

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass
class FixedClock:
    """A `Clock` that moves by ``step`` seconds with each look at the monotonic one, and otherwise by hand."""

    step: float = 0.0
    seconds: float = 0.0

    def now(self) -> datetime:
        """The start plus what has passed."""
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Seconds passed so far."""
        self.seconds += self.step
        return self.seconds


@dataclass
class FixedSearch:
    """A `Search` that finds the same passages for every query and remembers the queries."""

    passages: Sequence[Passage] = ()
    error: Exception | None = None
    queries: list[str] = field(default_factory=list)

    async def search(self, query: str, max_results: int) -> list[Passage]:
        """The first ``max_results`` passages, or the error."""
        self.queries.append(query)
        if self.error is not None:
            raise self.error
        return list(self.passages[:max_results])


@dataclass
class FixedHistory:
    """A `CustomerStore` with one past for everybody."""

    account: Past = field(default_factory=Past)
    error: Exception | None = None

    async def past(self, context: TurnContext) -> Past:
        """The past, or the error."""
        if self.error is not None:
            raise self.error
        return self.account


@dataclass
class WordClassifier:
    """An `EscalationClassifier` by plain substring, for tests that are not about classification."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    moods: dict[str, int] = field(default_factory=dict)

    async def classify(self, text: str) -> Verdict | None:
        """The verdict of the first word that stands in ``text``."""
        return next((verdict for word, verdict in self.verdicts.items() if word in text.casefold()), None)

    async def sentiment(self, text: str) -> int:
        """The mood of the first word that stands in ``text``, else 0."""
        return next((mood for word, mood in self.moods.items() if word in text.casefold()), 0)


ToolScript = Sequence[tuple[str, object]]
"""Calls to play: a tool's name and its arguments, as a value to be encoded or as raw text."""


@dataclass
class ScriptedMind:
    """A `Model` that plays given calls, one script a run, whatever it is told; ``error`` is raised at the end."""

    scripts: list[ToolScript] = field(default_factory=list)
    usage: Usage = field(default_factory=lambda: Usage(10, 5))
    error: Exception | None = None
    before: Callable[[ModelRequest], None] | None = None
    name: str = "scripted"
    prompt_version: str = "scripted-1"
    requests: list[ModelRequest] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    async def run(self, request: ModelRequest, tools: ToolPort) -> Usage:
        """Play the next script to its end, without asking whether the turn is still open."""
        self.requests.append(request)
        if self.before is not None:
            self.before(request)
        for name, arguments in self.scripts.pop(0) if self.scripts else ():
            raw = arguments if isinstance(arguments, str) else json.dumps(arguments)
            self.heard.append(await tools.invoke(name, raw))
        if self.error is not None:
            raise self.error
        return self.usage


def a_context(
    *bodies: str, subject: str = "", history: Iterable[str] = (), attempt: int = 1, max_chars: int | None = None
) -> TurnContext:
    """A turn's context on the web form: customer messages ``bodies`` after ``history``, with the form's limit."""
    said = [StoredMessage(seq, Author.CUSTOMER, body, START) for seq, body in enumerate((*history, *bodies), start=1)]
    earlier = len(said) - len(bodies)
    return TurnContext(
        conversation_id=UUID(int=1),
        ticket_id=UUID(int=2),
        customer_id=UUID(int=3),
        channel=WEB_FORM,
        channel_name="website",
        subject=subject,
        customer_name="Ada",
        burst=tuple(said[earlier:]),
        history=tuple(said[:earlier]),
        max_chars=max_chars or TRAITS[WEB_FORM].style.max_chars,
        attempt=attempt,
    )


def a_passage(content: str, *, uri: str = "docs/help.md#top", score: float = 0.9, heading: str = "Help") -> Passage:
    """A passage with ``content``."""
    return Passage(Section(uri, "Handbook", heading, content), score)
