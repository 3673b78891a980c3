"""The sandbox: one employee over one in-memory store; a message in, a decision out."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from fte_agent.composition import ChosenModel, build_turn_ports, offline_model
from fte_agent.domain.behaviour import Behaviour, Company, Policy
from fte_agent.domain.knowledge import Passage
from fte_agent.domain.messages import InboundMessage
from fte_agent.domain.turns import Decision
from fte_agent.offline.embedder import shared_embedder
from fte_agent.ports import Claim, Clock, Search
from fte_agent.turn.decide import TurnPorts, run_turn
from fte_prototype.clock import SystemClock
from fte_prototype.knowledge import DOCUMENTS, RULES, learn, read_rules, read_sections
from fte_prototype.store import InMemoryCustomerStore, InMemoryTicketStore

WORKER = "sandbox"
REVISION = "prototype"
COMPANY = Company("Northwind Desk", support_email="support@northwind.example", website="https://desk.northwind.example")
"""The fictional company of the repository's dossier."""


@dataclass(frozen=True, slots=True)
class Searched:
    """One search of a turn, and what it found, best first."""

    query: str
    passages: tuple[Passage, ...]


class Sandbox:
    """An employee with its store. ``searches`` are those of the last message, for whoever wants to see why.

    A sandbox works on one message at a time; what arrives meanwhile waits.
    """

    def __init__(self, store: InMemoryTicketStore, ports: TurnPorts) -> None:
        self.store = store
        self.company = ports.company
        self.searches: list[Searched] = []
        self._ports = replace(ports, search=_Watched(ports.search, self.searches))
        self._busy = asyncio.Lock()

    @classmethod
    async def open(
        cls,
        *,
        knowledge: Path = DOCUMENTS,
        rules: Path = RULES,
        company: Company = COMPANY,
        keywords: Sequence[str] = (),
        clock: Clock | None = None,
    ) -> Self:
        """Hire an employee from a file or folder of Markdown and a file of escalation rules; takes some seconds.

        Raises:
            CannotOpen: knowledge or rules cannot be used as they stand.
        """
        clock = clock or SystemClock()
        learned = read_rules(rules)
        base, snapshot = await learn(read_sections(knowledge), shared_embedder())
        store = InMemoryTicketStore(clock)
        policy = Policy(escalation_keywords=tuple(keywords))
        behaviour = Behaviour(REVISION, company, "Offline", "offline", snapshot, policy)
        customers = InMemoryCustomerStore(store)
        chosen = ChosenModel(offline_model())
        ports = await build_turn_ports(behaviour, learned, chosen, knowledge=base, customers=customers, clock=clock)
        return cls(store, ports)

    async def receive(self, message: InboundMessage) -> Decision | None:
        """Store ``message`` and work until nothing is due; what was decided of its conversation last.

        None where the employee has nothing to say: a duplicate, an automatic message, or a person has the
        conversation.

        Raises:
            Rejected: the message cannot be stored.
            Exception: its turn failed; the message is kept and due again after a back-off.
        """
        async with self._busy:
            self.searches.clear()
            done = await self.store.ingest(message)
            decided: Decision | None = None
            while claim := await self.store.claim(WORKER):
                own = claim.conversation_id == done.conversation_id
                try:
                    decision = await self._turn(claim)
                except Exception:
                    if own:
                        raise
                    continue  # a message before failed again: its run says so, and it is due once more later
                decided = decision or decided if own else decided
            return decided

    async def _turn(self, claim: Claim) -> Decision | None:
        """One claimed burst, to its commit or back; None when it was superseded."""
        self.searches.clear()
        try:
            decision = await run_turn(claim.context, self._ports)
        except asyncio.CancelledError:
            await self.store.release(claim)
            raise
        except Exception as error:
            counts = getattr(error, "retryable", False) is not True
            await self.store.release(claim, f"{type(error).__name__}: {error}", counts=counts)
            raise
        return decision if await self.store.commit(claim, decision, revision=REVISION) else None


class _Watched:
    """A `Search` that also writes down what it found."""

    def __init__(self, search: Search, seen: list[Searched]) -> None:
        self._search = search
        self._seen = seen

    async def search(self, query: str, max_results: int) -> list[Passage]:
        """The best passages, as the search behind it finds them."""
        found = await self._search.search(query, max_results)
        self._seen.append(Searched(query, tuple(found)))
        return found
