"""Plays tickets through the real turn: one after the other, as their latency is measured, unless told otherwise."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from fte_agent.channels import TRAITS
from fte_agent.domain.identity import Past
from fte_agent.domain.messages import Author, StoredMessage
from fte_agent.domain.turns import Decision, Reason, TurnContext, Usage
from fte_agent.evaluation.plan import Plan, Play, playing
from fte_agent.evaluation.record import Ending, Latency, Played, Record
from fte_agent.evaluation.stopwatch import Stopwatch
from fte_agent.evaluation.suite import SuiteTicket
from fte_agent.ports import Search
from fte_agent.turn.decide import MAX_ATTEMPTS, TurnPorts, escalate_exhausted, run_turn

_TICKETS = UUID("9a29ef7c-32ac-57f0-bbd0-d7fff28321e7")
"""Namespace of the identifiers made of ticket ids (RFC 9562, version 5); that of the format's own address."""

SearchWithout = Callable[[frozenset[str]], Search]
"""Makes a search that finds all sections but those with the given uris."""


class NoCustomers:
    """A `CustomerStore` in which every customer is new."""

    async def past(self, context: TurnContext) -> Past:
        """That of somebody who never wrote before."""
        return Past()


async def play(
    tickets: Sequence[SuiteTicket],
    accepted: Mapping[str, frozenset[str]],
    ports: TurnPorts,
    search_without: SearchWithout | None = None,
    plan: Plan | None = None,
) -> list[Record]:
    """Play every ticket as the plan says; those that sections answer once more without these, if there is a way.

    Raises:
        Exception: a port failed in a way that may pass by itself, and the plan has no patience with it; any other
            failure is an ending.
    """
    plan = plan or Plan()
    plays = dict(plan.known)

    async def one(ticket: SuiteTicket, which: Play) -> None:
        playing.set(str(which))
        uris = accepted[ticket.id]
        played = Played(await _ending(ticket, ports, plan, which))
        if search_without is not None and uris and which.number == 1:
            without = replace(ports, search=search_without(uris))
            played = replace(played, removed=await _ending(ticket, without, plan, which))
        plays[which] = played
        plan.keep(which, played)

    rounds = [[Play(ticket.id, number) for ticket in tickets] for number in range(1, plan.repeats + 1)]
    due = ((ticket, which) for plays_of in rounds for ticket, which in zip(tickets, plays_of, strict=True))
    await _all((one(ticket, which) for ticket, which in due if which not in plays), plan.concurrency)
    return [
        Record.of(ticket, accepted[ticket.id], [plays[which] for which in its])
        for ticket, its in zip(tickets, zip(*rounds, strict=True), strict=True)
    ]


async def _all(jobs: Iterator[Coroutine[object, object, None]], at_once: int) -> None:
    """Run all jobs, ``at_once`` at a time, each begun in turn; the first that fails ends the others."""

    async def work() -> None:
        for job in jobs:
            await job

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


def context_of(ticket: SuiteTicket, now: datetime) -> TurnContext:
    """The turn's context as the store would give it, in the last attempt: a failing turn goes to a person."""
    said = [(each.author, each.text) for each in ticket.history]
    said += [(Author.CUSTOMER, body) for body in ticket.messages]
    stored = tuple(StoredMessage(seq, author, body, now) for seq, (author, body) in enumerate(said, start=1))
    earlier = len(ticket.history)
    return TurnContext(
        conversation_id=uuid5(_TICKETS, f"{ticket.id}/conversation"),
        ticket_id=uuid5(_TICKETS, f"{ticket.id}/ticket"),
        customer_id=uuid5(_TICKETS, f"{ticket.id}/customer"),
        channel=ticket.channel,
        channel_name=ticket.channel,
        subject=ticket.subject,
        customer_name=ticket.customer_name,
        burst=stored[earlier:],
        history=stored[:earlier],
        max_chars=TRAITS[ticket.channel].style.max_chars,
        attempt=MAX_ATTEMPTS,
        automated=ticket.automated,
    )


async def _ending(ticket: SuiteTicket, ports: TurnPorts, plan: Plan, which: Play) -> Ending:
    context = context_of(ticket, ports.clock.now())

    async def turn() -> Ending:
        watch = Stopwatch(ports.clock)
        try:
            with watch.running("total"):
                decision = await run_turn(context, watch.timed(ports))
        finally:
            plan.watch(which)
        return _ended(decision, watch.latency())

    if plan.patience is None:
        return await turn()
    overdue = escalate_exhausted(context, ports.company, Reason.OVERDUE)
    return await plan.patience.ending(turn, replace(_ended(overdue, Latency(0.0)), usage=Usage()))


def _ended(decision: Decision, latency: Latency) -> Ending:
    return Ending(
        outcome=decision.outcome,
        reason=decision.escalation.reason if decision.escalation else None,
        citations=tuple(citation.uri for citation in decision.citations),
        tools=tuple(call.name for call in decision.tool_calls),
        text=decision.text or "",
        usage=decision.usage,
        latency=latency,
    )
