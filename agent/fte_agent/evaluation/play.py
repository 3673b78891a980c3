"""Plays tickets through the real turn, one after the other, as their latency is measured."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from fte_agent.channels import TRAITS
from fte_agent.domain.messages import Author, StoredMessage
from fte_agent.domain.turns import TurnContext
from fte_agent.evaluation.record import Ending, Record
from fte_agent.evaluation.stopwatch import Stopwatch
from fte_agent.evaluation.suite import SuiteTicket
from fte_agent.ports import NOTHING_KNOWN, Search
from fte_agent.turn.decide import MAX_ATTEMPTS, TurnPorts, run_turn

_TICKETS = UUID("9a29ef7c-32ac-57f0-bbd0-d7fff28321e7")
"""Namespace of the identifiers made of ticket ids (RFC 9562, version 5); that of the format's own address."""

SearchWithout = Callable[[frozenset[str]], Search]
"""Makes a search that finds all sections but those with the given uris."""


class NoCustomers:
    """A `CustomerStore` in which every customer is new."""

    async def history(self, context: TurnContext) -> str:
        """The account of somebody who never wrote before."""
        return NOTHING_KNOWN


async def play(
    tickets: Iterable[SuiteTicket],
    accepted: Mapping[str, frozenset[str]],
    ports: TurnPorts,
    search_without: SearchWithout | None = None,
) -> list[Record]:
    """Play every ticket; those that sections answer once more without these, if ``search_without`` is given.

    Raises:
        Exception: a port failed in a way that may pass by itself; any other failure is an ending.
    """
    records = []
    for ticket in tickets:
        context, uris = context_of(ticket, ports.clock.now()), accepted[ticket.id]
        record = Record(ticket, uris, await _ending(context, ports))
        if search_without is not None and uris:
            removed = await _ending(context, replace(ports, search=search_without(uris)))
            record = replace(record, removed=removed)
        records.append(record)
    return records


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


async def _ending(context: TurnContext, ports: TurnPorts) -> Ending:
    watch = Stopwatch(ports.clock)
    with watch.running("total"):
        decision = await run_turn(context, watch.timed(ports))
    return Ending(
        outcome=decision.outcome,
        reason=decision.escalation.reason if decision.escalation else None,
        citations=tuple(citation.uri for citation in decision.citations),
        tools=tuple(call.name for call in decision.tool_calls),
        text=decision.text or "",
        tokens=decision.usage.total,
        latency=watch.latency(),
    )
