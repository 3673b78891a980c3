"""What was decided and why, as text for people."""

from collections.abc import Iterable, Sequence

from fte_agent.domain.turns import Decision
from fte_agent.text.cleaning import line
from fte_agent.turn.tools import SEARCH_KNOWLEDGE_BASE
from fte_prototype.sandbox import Searched
from fte_prototype.store import EscalationView, TicketView

MAX_QUERY_CHARS = 80
Facts = Sequence[tuple[str, Sequence[str]]]
"""Labels with their lines, in reading order."""


def facts(decision: Decision, searches: Iterable[Searched]) -> Facts:
    """Why the employee decided so: what it retrieved, called, cites, and why a person is asked."""
    listed = [("retrieved", [each for search in searches for each in _found(search)])]
    listed += [("tools", [_tools(decision)]), ("outcome", [decision.outcome.value])]
    if decision.escalation is not None:
        given = decision.escalation
        listed.append(("reason", [f"{given.reason} (raised by: {given.trigger})"]))
        listed.append(("why", [given.summary]))
    listed.append(("citations", [f"{cited.heading} [{cited.uri}]" for cited in decision.citations]))
    return [(label, lines or ["none"]) for label, lines in listed]


def ticket_facts(ticket: TicketView, escalations: Iterable[EscalationView]) -> Facts:
    """A ticket with all that was said, and the brief of its escalation."""
    listed: list[tuple[str, Sequence[str]]] = [
        ("ticket", [f"{ticket.number} ({ticket.ticket_id})"]),
        ("channel", [ticket.channel]),
        ("status", [f"{ticket.status}, handled by: {ticket.handler}"]),
        ("filed as", [f"{ticket.category}, priority {ticket.priority}"]),
        ("messages", [f"{m.seq}. {m.author}: {line(m.body)}" for m in ticket.messages]),
    ]
    for each in escalations:
        if each.ticket_id == ticket.ticket_id:
            listed.append(("escalated", [f"{each.reason} (raised by: {each.trigger})", each.summary]))
            listed.append(("brief", _brief(each)))
    return listed


def as_text(listed: Facts) -> str:
    """Facts in two columns, indented."""
    width = max(len(label) for label, _ in listed)
    rows = [("" if number else label, each) for label, lines in listed for number, each in enumerate(lines)]
    return "".join(f"  {label:<{width}}  {each}\n" for label, each in rows)


def reply_text(decision: Decision) -> str:
    """The reply's parts as the customer sees them, each behind a bar."""
    if not decision.parts:
        return "  no reply\n"
    parts = ["".join(f"  | {each}\n".replace(" \n", "\n") for each in part.split("\n")) for part in decision.parts]
    return f"  reply by {decision.author}:\n" + "  ---\n".join(parts)


def _found(search: Searched) -> list[str]:
    query = line(search.query)
    asked = f"for: {query[:MAX_QUERY_CHARS]}{'…' if len(query) > MAX_QUERY_CHARS else ''}"
    rows = [f"{p.score:.2f}  {p.section.heading} [{p.section.uri}]" for p in search.passages]
    return [asked, *(rows or ["nothing"])]


def _tools(decision: Decision) -> str:
    names = [call.name if call.status == "ok" else f"{call.name} ({call.status})" for call in decision.tool_calls]
    searches = sum(call.name == SEARCH_KNOWLEDGE_BASE for call in decision.tool_calls)
    return ", ".join(names) + (f"; {searches} searches" if searches > 1 else "")


def _brief(escalation: EscalationView) -> list[str]:
    brief = escalation.brief
    if brief is None:
        return ["none"]
    return [
        f"request: {line(brief.request)}",
        *(f"evidence: {cited.heading} [{cited.uri}]" for cited in brief.evidence),
        *(f"tried: {line(query)}" for query in brief.tried),
        *([f"draft: {line(brief.draft)}"] if brief.draft else []),
    ]
