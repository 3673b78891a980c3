"""What a model is told of a customer's past."""

from collections.abc import Iterator

from fte_agent.domain.identity import EarlierTicket, Past
from fte_agent.ports import NOTHING_KNOWN
from fte_agent.text.cleaning import line

MAX_CHARS = 300
"""Of a subject, a question or an answer."""


def history_text(past: Past) -> str:
    """The tickets, newest first, each text on a line of its own, and how many other conversations there are.

    Of nobody of whom nothing may be told it says more than of somebody without a past.
    """
    if not past.tickets and not past.untold:
        return NOTHING_KNOWN
    lines = ["Earlier tickets of this customer, newest first:"] if past.tickets else []
    lines += [told for ticket in past.tickets for told in _lines(ticket)]
    if past.untold:
        lines.append(f"Other conversations of this customer that must not be told here: {past.untold}.")
    return "\n".join(lines)


def _lines(ticket: EarlierTicket) -> Iterator[str]:
    subject = _short(ticket.subject) or "no subject"
    yield f"- Ticket {ticket.number}, {ticket.opened_at:%Y-%m-%d}, {ticket.channel}, {ticket.status}: {subject}"
    if ticket.question:
        yield f"  The customer's last message: {_short(ticket.question)}"
    if ticket.answer:
        yield f"  Our last reply: {_short(ticket.answer)}"


def _short(text: str) -> str:
    """``text`` on one line, so that nothing in it looks like a line of ours, and cut where it is long."""
    told = line(text)
    return told if len(told) <= MAX_CHARS else f"{told[: MAX_CHARS - 1].rstrip()}…"
