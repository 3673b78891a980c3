"""The evaluation's composition: the employee as the worker hires it, on knowledge in memory."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from fte_agent.composition import ChosenModel, build_model, build_turn_ports
from fte_agent.evaluation.accepted import HiddenSections, accepted_uris
from fte_agent.evaluation.outlook import Progress, estimate
from fte_agent.evaluation.plan import Play
from fte_agent.evaluation.play import NoCustomers, SearchWithout, play
from fte_agent.evaluation.record import Played, Record
from fte_agent.evaluation.report import Report, Run
from fte_agent.evaluation.score import score
from fte_agent.evaluation.spending import spending
from fte_agent.evaluation.suite import Suite, SuiteTicket, merged
from fte_agent.knowledge.embedding import embedded
from fte_agent.knowledge.memory import InMemoryKnowledge
from fte_agent.knowledge.ranking import RankedSearch
from fte_agent.offline.embedder import shared_embedder
from fte_agent.turn.decide import TurnPorts
from fte_runtime.clock import SystemClock
from fte_runtime.evaluation import BadInput
from fte_runtime.evaluation_run import Manner, NotAgreed, keeping, traffic_of
from fte_runtime.examinee import Examinee


async def evaluate(suites: Sequence[Suite], examinee: Examinee, manner: Manner | None = None) -> Report:
    """Play all suites on an employee and score them.

    Raises:
        InvalidSuite: suites share a ticket id, or a ticket accepts a section that the documents do not have.
        BadInput: the key or a file of ``manner`` cannot be used.
        NotAgreed: it was not to begin.
        NotRecorded: a replay lacks a request.
        ModelFailed: the model could not be asked.
    """
    manner, tickets = manner or Manner(), merged(suites)
    accepted = accepted_uris(tickets, examinee.documents.sections, allow_missing=manner.allow_missing)
    traffic = traffic_of(manner, examinee.secrets)
    if (embedding := examinee.behaviour.embedding) is not None:
        manner.say(f"sections are found by {shared_embedder().identity}, and not by the document's {embedding.model}")
    async with AsyncExitStack() as opened:
        try:
            built = build_model(examinee.behaviour, examinee.access, traffic)
            chosen = await opened.enter_async_context(built)
        except ValueError as error:
            raise BadInput(f"the model cannot be reached: {error}") from None
        ports, search_without = await _hired(examinee, chosen)
        conditions = examinee.conditions(tickets, shared_embedder().identity, removal=manner.removal)
        kept = opened.enter_context(keeping(manner, traffic, conditions))
        due = _due(tickets, accepted, manner, kept.known)
        if due and examinee.hosted and manner.replay is None:
            await _begin(due, examinee, chosen, manner)
        progress = Progress(len(due), examinee.cost, ports.clock)

        def told(played: Played) -> None:
            if line := progress.played(played):
                manner.say(line)

        plan = kept.plan(manner, told, patient=examinee.hosted)
        records = await play(tickets, accepted, ports, search_without if manner.removal else None, plan)
    return _report(suites, examinee, ports, records)


async def _begin(due: Sequence[SuiteTicket], examinee: Examinee, chosen: ChosenModel, manner: Manner) -> None:
    """Tell what it will take, have it agreed to, and have the key looked at before anything is played."""
    if manner.journal is None:
        manner.say("an interrupted run begins anew: --journal FILE or --report DIR keeps what was played")
    manner.say(estimate(due, examinee.sizes(), examinee.cost, manner.concurrency))
    if not manner.agree():
        raise NotAgreed("nothing was played")
    if chosen.check is not None:
        await chosen.check()


def _due(
    tickets: Sequence[SuiteTicket],
    accepted: Mapping[str, frozenset[str]],
    manner: Manner,
    known: Mapping[Play, Played],
) -> list[SuiteTicket]:
    """The tickets of the turns that are still to be played, one for each turn."""
    due = []
    for number in range(1, manner.repeats + 1):
        for ticket in tickets:
            if Play(ticket.id, number) not in known:
                again = manner.removal and number == 1 and bool(accepted[ticket.id])
                due += [ticket, ticket] if again else [ticket]
    return due


def _report(suites: Sequence[Suite], examinee: Examinee, ports: TurnPorts, records: Sequence[Record]) -> Report:
    run = Run(
        suites=tuple(suite.name for suite in suites),
        company=examinee.behaviour.company.name,
        snapshot=examinee.documents.snapshot,
        sections=len(examinee.documents.sections),
        model=ports.model.name,
        embedder=shared_embedder().identity,
        finished=ports.clock.now(),
        revision=examinee.behaviour.revision or None,
    )
    return Report(run, records, score(records), spending(records, examinee.cost) if examinee.hosted else None)


async def _hired(examinee: Examinee, chosen: ChosenModel) -> tuple[TurnPorts, SearchWithout]:
    """The turn's ports, and the same search with some sections hidden."""
    embedder, knowledge, snapshot = shared_embedder(), InMemoryKnowledge(), examinee.documents.snapshot
    items = await embedded(examinee.documents.sections, embedder)
    await knowledge.write_snapshot(snapshot, embedder.identity, embedder.dimensions, items)
    ports = await build_turn_ports(
        examinee.on_documents,
        examinee.rules,
        chosen,
        knowledge=knowledge,
        customers=NoCustomers(),
        clock=SystemClock(),
    )
    return ports, lambda hidden: RankedSearch(HiddenSections(knowledge, hidden), embedder, snapshot)
