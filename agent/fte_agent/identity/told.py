"""The account of a customer's past that a model is given."""

from fte_agent.domain.identity import EarlierTicket, Past
from fte_agent.ports import NOTHING_KNOWN
from fte_agent.text.cleaning import line


def history_text(past: Past) -> str:
    """What may be told of ``past``, newest first; the same sentence wherever nothing may."""
    lines = []
    if past.tickets:
        lines += ["Earlier tickets of this customer, newest first:", *map(_told, past.tickets)]
    if past.untold:
        lines.append(f"Other conversations, of which nothing may be told: {past.untold}")
    return "\n".join(lines) or NOTHING_KNOWN


def _told(ticket: EarlierTicket) -> str:
    head = f"- {ticket.opened_at:%Y-%m-%d}, ticket {ticket.number}, {ticket.channel}, {ticket.status}"
    asked = f"; asked: {line(ticket.question)}" if ticket.question else ""
    answered = f"; answered: {line(ticket.answer)}" if ticket.answer else ""
    return f"{head}: {line(ticket.subject) or 'no subject'}{asked}{answered}"
