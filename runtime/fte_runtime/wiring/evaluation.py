"""The evaluation's composition: the employee as the worker hires it, on knowledge in memory."""

from collections.abc import Sequence

from fte_agent.composition import ChosenModel, build_turn_ports, offline_model
from fte_agent.domain.behaviour import Behaviour, Company
from fte_agent.escalation.rules import EscalationRules
from fte_agent.evaluation.accepted import HiddenSections, accepted_uris
from fte_agent.evaluation.play import NoCustomers, SearchWithout, play
from fte_agent.evaluation.report import Report, Run
from fte_agent.evaluation.score import score
from fte_agent.evaluation.suite import Suite, merged
from fte_agent.knowledge.embedding import embedded
from fte_agent.knowledge.memory import InMemoryKnowledge
from fte_agent.knowledge.ranking import RankedSearch
from fte_agent.offline.embedder import shared_embedder
from fte_agent.turn.decide import TurnPorts
from fte_runtime.clock import SystemClock
from fte_runtime.evaluation import Documents


async def evaluate(
    suites: Sequence[Suite],
    documents: Documents,
    rules: EscalationRules,
    *,
    company: str,
    removal: bool = True,
    allow_missing: bool = False,
) -> Report:
    """Play all suites on an employee of ``company`` and score them.

    Raises:
        InvalidSuite: suites share a ticket id, or a ticket accepts a section that the documents do not have.
    """
    tickets = merged(suites)
    accepted = accepted_uris(tickets, documents.sections, allow_missing=allow_missing)
    ports, search_without = await _hired(documents, rules, company)
    records = await play(tickets, accepted, ports, search_without if removal else None)
    run = Run(
        suites=tuple(suite.name for suite in suites),
        company=company,
        snapshot=documents.snapshot,
        sections=len(documents.sections),
        model=ports.model.name,
        embedder=shared_embedder().identity,
        finished=ports.clock.now(),
    )
    return Report(run, records, score(records))


async def _hired(documents: Documents, rules: EscalationRules, company: str) -> tuple[TurnPorts, SearchWithout]:
    """The turn's ports, and the same search with some sections hidden."""
    embedder, knowledge, snapshot = shared_embedder(), InMemoryKnowledge(), documents.snapshot
    items = await embedded(documents.sections, embedder)
    await knowledge.write_snapshot(snapshot, embedder.identity, embedder.dimensions, items)
    behaviour = Behaviour(
        revision="evaluation",
        company=Company(company),
        model_provider="Offline",
        model_name="offline",
        knowledge_snapshot=snapshot,
    )
    chosen = ChosenModel(offline_model())
    ports = await build_turn_ports(
        behaviour, rules, chosen, knowledge=knowledge, customers=NoCustomers(), clock=SystemClock()
    )
    return ports, lambda hidden: RankedSearch(HiddenSections(knowledge, hidden), embedder, snapshot)
