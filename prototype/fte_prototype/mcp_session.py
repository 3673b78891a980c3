"""One MCP session: one turn on one customer's message, played by whoever calls the tools."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter

from fte_agent.domain.messages import InboundMessage
from fte_agent.domain.turns import Outcome
from fte_agent.ports import Claim
from fte_agent.turn import tools
from fte_agent.turn.decide import TurnPorts, decision_of, open_turn
from fte_agent.turn.endings import Ending, apply_rules, end_turn
from fte_prototype.sandbox import REVISION, Sandbox
from fte_prototype.store import EscalationView, InMemoryTicketStore, TicketView

WORKER = "mcp"
CLOSED = "Refused: the turn is closed."
RULED = "Refused: rules decided what this customer is told. The turn is closed."


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call had no effect."""

    text: str


@dataclass(frozen=True, slots=True)
class Filed:
    """The ticket was filed."""

    ticket: str


@dataclass(frozen=True, slots=True)
class Account:
    """What may be told of the customer's earlier conversations."""

    account: str


@dataclass(frozen=True, slots=True)
class Found:
    """One section that a search found; ``uri`` is what a reply cites."""

    uri: str
    title: str
    heading: str
    content: str
    score: float


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search found, best first."""

    passages: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """How the turn ended, and the reply as the customer reads it."""

    outcome: Outcome
    reply: str


Result = Filed | Account | Findings | Closed


class McpSandbox(Sandbox):
    """A sandbox whose only turn is not played by its own employee."""

    async def session(self, message: InboundMessage) -> "Session":
        """The turn on ``message``; raises `Rejected` when the store cannot take it."""
        filed = await self.store.ingest(message)
        claim = await self.store.claim(WORKER, [filed.conversation_id])
        if claim is None:
            raise AssertionError("a sandbox with one message has nothing else to work on")
        return Session(self.store, self._ports, claim)


class Session:
    """What `run_turn` does around a model's calls is done here around a client's.

    The rules speak before a closing call counts, a reply that the gate refused may be repaired once, and a turn
    that cannot go on goes to a person. What it came to is committed at once.
    """

    def __init__(self, store: InMemoryTicketStore, ports: TurnPorts, claim: Claim) -> None:
        self._store = store
        self._ports = ports
        self._claim = claim
        self._turn = open_turn(claim.context, ports)
        self._repairing = False
        self._closed: Closed | None = None
        self._busy = asyncio.Lock()

    @property
    def ticket(self) -> TicketView:
        """The session's ticket as it stands."""
        return self._store.ticket(self._claim.context.ticket_id)

    @property
    def escalations(self) -> tuple[EscalationView, ...]:
        """The hand-overs that wait for a person."""
        return tuple(each for each in self._store.escalations() if each.status == "open")

    async def call(self, name: str, arguments: Mapping[str, object]) -> Result | Refusal:
        """Call one of the employee's tools, one at a time; whatever is wrong with the call is a refusal."""
        async with self._busy:
            if self._closed is not None:
                return Refusal(CLOSED)
            if name in tools.CLOSING and self._turn.history and (ruled := await self._ask_the_rules()):
                return ruled if (name, ruled.outcome) == (tools.ESCALATE_TO_HUMAN, Outcome.ESCALATE) else Refusal(RULED)
            before = len(self._turn.ledger)
            text = await self._turn.invoke(name, json.dumps(dict(arguments)))
            accepted = [line.status for line in self._turn.ledger[before:]] == ["ok"]
            closed = await self._go_on()
            if not accepted:
                return Refusal(text)
            return closed if closed is not None and name in tools.CLOSING else _read(name, text)

    async def _ask_the_rules(self) -> Closed | None:
        """Close the turn where that needs no model, nor a client."""
        ending = await apply_rules(self._turn, self._claim.context, self._ports.classifier)
        return None if ending is None else await self._close(ending)

    async def _go_on(self) -> Closed | None:
        """Leave the turn open, after a first reply that the gate refused too, or close it."""
        if self._turn.refusal and not self._repairing:
            self._turn.reopen()
            self._repairing = True
        return None if self._turn.open else await self._close(end_turn(self._turn, self._claim.context))

    async def _close(self, ending: Ending) -> Closed:
        decision = decision_of(self._turn, self._claim.context, self._ports, ending)
        if not await self._store.commit(self._claim, decision, revision=REVISION):
            raise AssertionError("nobody else works in this sandbox, so no claim is lost")
        self._closed = Closed(decision.outcome, decision.text or "")
        return self._closed


def _read(name: str, text: str) -> Result:
    """What the turn said of an accepted call that did not close it."""
    match name:
        case tools.CREATE_TICKET:
            return TypeAdapter(Filed).validate_json(text)
        case tools.SEARCH_KNOWLEDGE_BASE:
            return TypeAdapter(Findings).validate_json(text)
    return Account(text)
