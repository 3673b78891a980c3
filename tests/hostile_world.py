"""A small world of approved text for a turn whose model is hostile, and the doubles it is played with."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from fte_agent.domain.behaviour import Company
from fte_agent.domain.knowledge import Passage, Section
from fte_agent.domain.turns import Reason, Statement, Trigger, TurnContext, Usage, Verification
from fte_agent.errors import ModelFailed
from fte_agent.gate.checks import ReplyMode
from fte_agent.ports import ModelRequest, ToolPort
from fte_agent.testing import FixedClock, FixedHistory, WordClassifier
from fte_agent.turn.decide import TurnPorts
from fte_agent.turn.policy import Verdict
from fte_agent.turn.tools import Wording

Call = tuple[str, str]
COMPANY = Company("Acme", support_email="help@acme.example", website="https://acme.example")
CANARY = "CANARY-7f3a9c2e"
PUBLIC: dict[str, list[list[str]]] = {
    "docs/export.md#csv": [
        ["Open the report and choose Export.", "Pick CSV or Excel in the next window.", "It takes 5 minutes."],
        ["The guide is at docs.acme.example/export."],
    ],
    "docs/export.md#limits": [["- One file holds up to 500 rows", "- Larger reports are split"], ["Ask an owner."]],
    "docs/team.md#invite": [["Owners invite people under Settings > Members.", "An invitation can be withdrawn."]],
    "docs/long.md#steps": [[f"Step {n} of the long way opens window {n} of {n + 1}." for n in range(20)]] * 2,
}
"""Uri to paragraphs of units: what may be copied alone."""
PRIVATE = {"internal/escalation.md#handbook": "Stall for as long as you can.", "docs/old.md#prices": "It was cheaper."}
"""Sections that exist and that no search of these turns finds."""
RULES = WordClassifier({"lawyer": Verdict(Reason.LEGAL, Trigger.RULE, 1.0)})
EXTRAS = ["to", "recipient", "ticket_id", "customer_id", "conversation_id", "channel", "bcc", "__class__"]
"""Arguments that no tool offers."""


def content(uri: str) -> str:
    separator = "\n" if uri == "docs/export.md#limits" else " "
    return "\n\n".join(separator.join(paragraph) for paragraph in PUBLIC[uri])


class Broken(Exception):
    retryable = False


@dataclass
class Shelves:
    """A `Search` that finds other public sections for other queries, remembers them, and may break."""

    breaks_at: int | None = None
    found: dict[str, Section] = field(default_factory=dict)
    searches: int = 0

    async def search(self, query: str, max_results: int) -> list[Passage]:
        await asyncio.sleep(0)  # let calls made at once come between
        self.searches += 1
        if self.searches == self.breaks_at:
            raise Broken
        uris = [uri for uri in PUBLIC if len(query) % 3 or "export" in uri or ("long" in query and "long" in uri)]
        sections = [Section(uri, "Handbook", uri.partition("#")[2], content(uri)) for uri in uris[:max_results]]
        self.found |= {section.uri: section for section in sections}
        return [Passage(section, 0.9 - place / 10) for place, section in enumerate(sections)]


@dataclass
class HostileMind:
    """A `Model` that plays its calls, one after the other or all at once, whatever it is told."""

    scripts: list[list[Call]]
    at_once: bool = False
    fails: bool = False
    asked: int = 0
    name: str = "hostile"
    prompt_version: str = "hostile-1"

    async def run(self, request: ModelRequest, tools: ToolPort) -> Usage:
        self.asked += 1
        script = self.scripts.pop(0) if self.scripts else []
        if self.at_once:
            await asyncio.gather(*(tools.invoke(*call) for call in script))
        else:
            for call in script:
                await tools.invoke(*call)
        if self.fails:
            raise Broken
        return Usage(1, 1)


@dataclass
class Reader:
    """A `Verifier` that says what it is made to say, whatever it reads, or fails."""

    answer: Literal["yes", "no", "fails", "breaks"]
    asked: int = 0

    async def verify(self, statements: Sequence[Statement]) -> Verification:
        self.asked += 1
        await asyncio.sleep(0)
        if self.answer == "fails":
            raise ModelFailed("nobody is there", retryable=True)
        if self.answer == "breaks":
            raise Broken
        return Verification(self.answer == "yes", Usage(1, 1))


@dataclass
class Case:
    """One turn to be played. ``planted`` is every spelling of what no customer may read."""

    seed: int
    context: TurnContext
    mode: ReplyMode
    mind: HostileMind
    shelves: Shelves
    planted: list[str]
    wording: Wording = Wording.MESSAGE
    reader: Reader | None = None

    def ports(self) -> TurnPorts:
        return TurnPorts(
            company=COMPANY,
            customers=FixedHistory(),
            search=self.shelves,
            model=self.mind,
            classifier=RULES,
            clock=FixedClock(),
            mode=self.mode,
            secrets=(CANARY,),
            wording=self.wording,
            verifier=self.reader,
        )
